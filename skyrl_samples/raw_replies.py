"""The models' own words: kept by item while its story is told, then in one compressed file a run.

A line of `raw_llm/<run>.jsonl.gz` is one reply: `request_id`, `attempt`, `used` (whether the sample was made
from it), `refused` (why not), `text`, `reasoning`, `finish_reason`, `model`, `usage`. Lines are sorted, and
the bytes depend on nothing but them.
"""

import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path

import orjson
from pydantic import BaseModel

from roles.replies import UnusableReply, read_reply
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Model, Request
from toolworlds.records.samples import RawReply
from utils import UserError, dump_line, explain_os_errors, open_atomic

FOLDER = "raw_llm"


@dataclass(slots=True)
class _Kept:
    request_id: str
    attempt: int
    completion: Completion
    refused: list[str] | None = None
    """Why its content was refused; None while nobody said so."""


class KeepingModel:
    """Passes requests on and keeps what came back until the item's story takes it."""

    def __init__(self, inner: Model) -> None:
        self.name = inner.name
        self._inner = inner
        self._kept: dict[str, list[_Kept]] = defaultdict(list)

    async def complete(self, request: Request) -> Completion:
        """The inner model's completion."""
        completion = await self._inner.complete(request)
        item = request.request_id.split("/")[0]
        self._kept[item].append(_Kept(request.request_id, request.attempt, completion))
        return completion

    def refuse(self, item: str, reasons: list[str]) -> None:
        """Notes why the item's last reply cannot be used."""
        self._kept[item][-1].refused = reasons

    def last(self, item: str) -> tuple[str, Completion]:
        """The item's last reply with its request id."""
        kept = self._kept[item][-1]
        return kept.request_id, kept.completion

    def take(self, item: str, reply_type: type[BaseModel]) -> list[dict[str, Json]]:
        """The item's replies as lines; they are not kept any longer. One that was not refused was used."""
        return [_as_line(kept, reply_type) for kept in self._kept.pop(item, [])]

    async def aclose(self) -> None:
        """Closes the inner model."""
        await self._inner.aclose()

    def describe(self) -> dict[str, Json]:
        """The inner model's description."""
        return self._inner.describe()


def _as_line(kept: _Kept, reply_type: type[BaseModel]) -> dict[str, Json]:
    said = kept.completion
    refused = explain_unreadable(said, reply_type) if kept.refused is None else kept.refused
    return {
        "request_id": kept.request_id,
        "attempt": kept.attempt,
        "used": not refused,
        "refused": refused,
        "text": said.text,
        "reasoning": said.reasoning,
        "finish_reason": said.finish_reason,
        "model": said.model,
        "usage": asdict(said.usage),
    }


def explain_unreadable(said: Completion, reply_type: type[BaseModel]) -> list[str]:
    """Why a reply cannot be read as its type; [] if it can."""
    try:
        read_reply(said, reply_type)
    except UnusableReply as unusable:
        return unusable.reasons
    return []


def read_replies(path: Path) -> Iterator[dict[str, Json]]:
    """The lines of a run's file."""
    with explain_os_errors(path), gzip.open(path) as file:
        try:
            yield from map(orjson.loads, file)
        except (orjson.JSONDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise UserError(f"{path} is no file of raw replies: {error}; remove it") from error


def find_file(folder: Path, link: RawReply) -> Path | None:
    """The file that a sample in the folder links to; None for a place where no run puts one."""
    path = folder / FOLDER / Path(link.path).name
    return path if link.path == f"{FOLDER}/{path.name}" and path.is_file() else None


def merge_replies(path: Path, lines: Iterable[dict[str, Json]]) -> None:
    """Adds lines, sorted by request id, to a run's file; of two with one request id the new one stays."""
    known = read_replies(path) if path.exists() else iter(())
    _write(path, _keep_last(merge(known, lines, key=_request_id)))


def prune_replies(path: Path, is_linked: Callable[[str], bool]) -> tuple[int, int]:
    """Drops the lines of request ids that are not linked; returns how many were kept and dropped."""
    counts = Counter(is_linked(_request_id(line)) for line in read_replies(path))
    if counts[True]:
        _write(path, (line for line in read_replies(path) if is_linked(_request_id(line))))
    else:
        path.unlink()
    return counts[True], counts[False]


def _request_id(line: dict[str, Json]) -> str:
    return str(line["request_id"])


def _keep_last(lines: Iterable[dict[str, Json]]) -> Iterator[dict[str, Json]]:
    """The last of each run of lines with one request id."""
    for _, same in groupby(lines, key=_request_id):
        *_, last = same
        yield last


def _write(path: Path, lines: Iterable[dict[str, Json]]) -> None:
    with (
        open_atomic(path) as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as compressed,
    ):
        for line in lines:
            compressed.write(dump_line(line))
