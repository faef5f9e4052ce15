"""An input: a JSONL file, a JSON array, or a folder of records, read as a stream."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dataset_export.sources.conversations import CONVERSATIONS
from dataset_export.sources.episodes import EPISODES
from dataset_export.sources.kind import InputKind
from dataset_export.sources.rows import ROWS
from dataset_export.sources.samples import SAMPLES
from dataset_export.sources.trajectories import TRAJECTORIES
from utils import UserError, explain_os_errors, list_stems

KINDS: dict[str, InputKind] = {
    "gt_tool_calls": ROWS,
    "agent_turns": TRAJECTORIES,
    "conversation_id": CONVERSATIONS,
    "episode_id": EPISODES,
    "reward_spec": SAMPLES,
}
"""A key that only this kind's records have -> the kind."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a record stands."""

    path: Path
    offset: int = 0
    length: int = -1
    """-1: to the end of the file."""

    def __str__(self) -> str:
        return str(self.path) if self.length < 0 else f"{self.path}, byte {self.offset}"

    def read(self) -> bytes:
        """The record's bytes."""
        with explain_os_errors(self.path), self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


class Input:
    """The records of `--input`, a file or a folder; raises UserError unless they are of one kind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with explain_os_errors(path):
            is_folder = path.is_dir()
            path.stat()
        found = [(file, _find_kind(file)) for file in (_list_files(path) if is_folder else [path])]
        self._files = [file for file, kind in found if kind]
        kinds = {kind.noun: kind for _, kind in found if kind}
        if not kinds:
            names = ", ".join(kind.noun for kind in KINDS.values())
            raise UserError(f"{path} holds no {names}; give --input what a stage of this project wrote")
        if len(kinds) > 1:
            raise UserError(f"{path} holds {' and '.join(kinds)}; give --input one of its files")
        self.kind = next(iter(kinds.values()))

    @property
    def folder(self) -> Path:
        """Where the records lie, with what was written beside them."""
        return self.path if self.path.is_dir() else self.path.parent

    def scan(self) -> Iterator[tuple[Spot, bytes]]:
        """Every record with its place, in order."""
        for file in self._files:
            yield from _scan_file(file)

    def hash(self) -> str:
        """The sha256 of the content: of the file, or of the files' names and hashes."""
        digests = [(file.name, _hash_file(file)) for file in self._files]
        if self.path.is_file():
            return digests[0][1]
        return hashlib.sha256(msgspec.json.encode(digests)).hexdigest()


def _list_files(folder: Path) -> list[Path]:
    """JSONL files, or JSON files where there are none."""
    for suffix in (".jsonl", ".json"):
        if stems := list_stems(folder, suffix):
            return [folder / f"{stem}{suffix}" for stem in sorted(stems)]
    return []


def _find_kind(file: Path) -> InputKind | None:
    """The kind of a file's first record; None for an empty file, or one with other things in it."""
    _, first = next(_scan_file(file), (None, b"{}"))
    try:
        keys = msgspec.json.decode(first, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise UserError(f"{file} does not begin with a JSON object: {error}; check --input") from error
    return next((kind for key, kind in KINDS.items() if key in keys), None)


def _scan_file(path: Path) -> Iterator[tuple[Spot, bytes]]:
    """JSON lines, a JSON array, or one record over many lines, as `utils.write_json` writes it."""
    with explain_os_errors(path), path.open("rb") as file:
        opening = file.read(64).strip()
    if path.suffix != ".jsonl" and opening[:1] == b"[":
        return _scan_array(path)
    if path.suffix == ".json" and b"\n" in opening:
        return iter([(Spot(path), Spot(path).read())])
    return _scan_lines(path)


def _scan_lines(path: Path) -> Iterator[tuple[Spot, bytes]]:
    """The lines of a file; one that a crash cut off at the very end is left out."""
    offset = 0
    with explain_os_errors(path), path.open("rb") as file:
        for line in file:
            if line.strip() and (line.endswith(b"\n") or _is_json(line)):
                yield Spot(path, offset, len(line)), line
            offset += len(line)


def _scan_array(path: Path) -> Iterator[tuple[Spot, bytes]]:
    with explain_os_errors(path):
        data = path.read_bytes()
    try:
        items = msgspec.json.decode(data, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise UserError(
            f"{path} is not JSON: {error}; repair it or re-run the stage that wrote it"
        ) from error
    end = 0
    for item in map(bytes, items):
        start = data.index(item, end)
        end = start + len(item)
        yield Spot(path, start, len(item)), item


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _hash_file(path: Path) -> str:
    with explain_os_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
