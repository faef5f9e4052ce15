"""Existing prompts: records of a file as they came, each with the request and the tools that it holds."""

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from skyrl_samples.store import read_records
from toolworlds.files import parse_json
from toolworlds.records.base import Json
from toolworlds.tokens.call_format import read_system
from utils import UserError, dump_line, explain_os_errors

LONGEST_PRINTED = 50_000
"""Characters up to which tools are read that are no JSON."""
SPEAKERS = {"system": "system", "human": "user", "user": "user"}
"""ShareGPT's names of those who speak in a prompt."""
_DECODER, _BETWEEN = json.JSONDecoder(), re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One record and what is read of it; nothing in it is ever changed."""

    number: int
    """From 1."""
    record: dict[str, Json]
    system: str
    """Byte for byte; empty where there is none."""
    request: str
    """The user's words, byte for byte; empty where there are none."""

    @property
    def task_id(self) -> str:
        """The id that the record already has, else one from its number."""
        known = (
            self.ground_truth.get("task_id"),
            _dig(self.record, "extra_info", "id"),
            self.record.get("id"),
        )
        return next((str(one) for one in known if one), item_of(self.number))

    @property
    def ground_truth(self) -> dict[str, Json]:
        """What the record holds of one; {} without."""
        truth = _dig(self.record, "reward_spec", "ground_truth")
        return truth if isinstance(truth, dict) else {}

    @property
    def metadata(self) -> dict[str, Json]:
        """What the record says of where it comes from; {} without."""
        known = _dig(self.record, "extra_info", "task_metadata")
        return known if isinstance(known, dict) else {}

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan already."""
        return bool(self.ground_truth.get("tool_sequence"))

    @property
    def env_id(self) -> str:
        """The environment in which an earlier plan was executed; empty without."""
        return str(_dig(self.metadata, "reference_run", "env_id") or "")

    def list_functions(self) -> list[dict[str, Json]]:
        """The tools that the record or its system text offers, as OpenAI functions; [] if there are none."""
        try:
            found = read_system(self.system)[1]
        except ValueError:
            found = _read_own_tools(self.record.get("tools")) or _read_tools_block(self.system)
        return [_unwrap(tool) for tool in found if isinstance(_unwrap(tool).get("name"), str)]


class PromptFile:
    """A file of SkyRL samples or ShareGPT conversations; of a JSONL file one record is read at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets: list[int] = []
        self._records: list[Json] = []
        if path.suffix == ".jsonl":
            self._offsets = _scan(path)
        else:
            self._records = list(read_records(path))

    def __len__(self) -> int:
        return len(self._offsets) or len(self._records)

    def __iter__(self) -> Iterator[Prompt]:
        return (self.load(number) for number in range(1, len(self) + 1))

    def load(self, number: int) -> Prompt:
        """One prompt. Raises UserError for other records."""
        place = f"{self._path}: record {number}"
        if self._records:
            return read_prompt(self._records[number - 1], number, place)
        try:
            return read_prompt(parse_json(self.read_line(number)), number, place)
        except ValueError as error:
            raise UserError(f"{place} is not JSON: {error}; repair or remove the line") from error

    def read_line(self, number: int) -> bytes:
        """One record as a line: of a JSONL file its own bytes."""
        if self._records:
            return dump_line(self._records[number - 1])
        with explain_os_errors(self._path), self._path.open("rb") as file:
            file.seek(self._offsets[number - 1])
            return file.readline().rstrip(b"\r\n") + b"\n"

    def sha256(self) -> str:
        """Of the file's bytes."""
        with explain_os_errors(self._path), self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def read_prompt(record: Json, number: int, place: str) -> Prompt:
    """One record. A conversation may be a bare list of turns; it is then kept under `conversations`."""
    if isinstance(record, list):
        record = {"conversations": record}
    if not isinstance(record, dict):
        raise UserError(f"{place} is a {type(record).__name__}, neither a SkyRL sample nor a conversation")
    if isinstance(record.get("prompt"), list):
        turns = [turn for turn in record["prompt"] if isinstance(turn, dict)]
        said = [(turn.get("role"), turn.get("content")) for turn in turns]
    elif isinstance(record.get("conversations"), list):
        turns = [turn for turn in record["conversations"] if isinstance(turn, dict)]
        said = [(SPEAKERS.get(str(turn.get("from"))), turn.get("value")) for turn in turns]
        said.append(("system", record.get("system")))
    else:
        raise UserError(f"{place} has neither `prompt` nor `conversations`; give SkyRL samples or ShareGPT")
    return Prompt(number, record, _first(said, "system"), _first(said, "user"))


def item_of(number: int) -> str:
    """The id of a record in an enriching run."""
    return f"prompt_{number:06d}"


def number_of(item: str) -> int:
    """The record's number, from 1."""
    return int(item.rpartition("_")[2])


def _scan(path: Path) -> list[int]:
    """Where each line begins that is not blank."""
    offsets, position = [], 0
    with explain_os_errors(path), path.open("rb") as file:
        for line in file:
            if line.strip():
                offsets.append(position)
            position += len(line)
    return offsets


def _first(said: list[tuple[Json, Json]], role: str) -> str:
    return next((text for who, text in said if who == role and isinstance(text, str) and text.strip()), "")


def _dig(value: Json, *keys: str) -> Json:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _read_own_tools(tools: Json) -> list[Json]:
    """A record's own `tools`: a list, or one as JSON in a text."""
    if isinstance(tools, str):
        try:
            tools = orjson.loads(tools)
        except orjson.JSONDecodeError:
            return []
    return tools if isinstance(tools, list) else []


def _unwrap(tool: Json) -> dict[str, Json]:
    inner = tool.get("function", tool) if isinstance(tool, dict) else None
    return inner if isinstance(inner, dict) else {}


def _read_tools_block(text: str) -> list[Json]:
    """What stands between the last <tools> and </tools>: JSON values, or Python's way of writing them."""
    block = text.rpartition("<tools>")[2].partition("</tools>")[0].strip() if "<tools>" in text else ""
    found, position = list[Json](), 0
    try:
        while position < len(block):
            value, end = _DECODER.raw_decode(block, position)
            found += value if isinstance(value, list) else [value]
            position = _BETWEEN.match(block, end).end()  # type: ignore[union-attr] # it matches nothing, too
        return found
    except (ValueError, RecursionError):
        return _read_printed(block)


def _read_printed(block: str) -> list[Json]:
    """A value as Python prints it: single quotes, True and None as words."""
    if len(block) > LONGEST_PRINTED:
        return []
    try:
        value = ast.literal_eval(block)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    return value if isinstance(value, list) else [value]
