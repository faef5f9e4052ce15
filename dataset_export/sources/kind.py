"""What every kind of input offers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeVar

import msgspec
import orjson

from dataset_export.columns import Columns
from dataset_export.dialogue import TrainingDialogue, TrainingPrompt
from toolworlds.records.base import Json, Record
from utils import UserError

Part = TypeVar("Part", bound=msgspec.Struct)
Whole = TypeVar("Whole")


@dataclass(frozen=True, slots=True)
class RankedRollout:
    """How a rollout ended: what `--select` chooses by."""

    task_id: str
    solved: bool
    valid: bool
    cost: tuple[int, int]
    """(the agent's messages, number of the rollout): the least is the best."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a first look at a record tells; nothing else of it stays in memory."""

    id: str
    environment: str
    """Records of one environment never stand in two splits."""
    procedural: bool = False
    """Made by the embedded model."""
    provenance: bytes = b""
    """JSON in which the prompts' hashes stand; empty where a record has none."""
    split: str = ""
    """The split that the record was made for; empty if the export decides."""
    outcome: RankedRollout | None = None
    has_tokens: bool = False
    """Its token ids are known, as sampled."""


@dataclass(frozen=True, slots=True)
class InputKind:
    """One kind of input. Its functions take a record's bytes and place, and raise UserError for another."""

    noun: str
    """The records, in the plural."""
    records: tuple[type[Record], ...]
    """What a record may be: the columns of the Parquet form follow from it."""
    read_head: Callable[[bytes, str], Head]
    read_dialogue: Callable[[bytes, str], TrainingDialogue] | None = None
    """None where no such record holds a dialogue. Raises Unfit for one that does not."""
    labels: Columns = field(default_factory=dict)
    """The columns of the dialogues' labels."""
    read_prompt: Callable[[bytes, str], TrainingPrompt] | None = None
    """None where no such record has a truth to reward by. Raises Unfit for one that has none."""
    template: str = ""
    """The prompt through which its records become dialogues and prompts; empty where they bring their own."""
    side_file: str = ""
    """The file beside the records in which results stand in full that a message holds cut off."""
    tools: Literal["own", "text", "none"] = "own"
    """How dialogues tell their tools: as functions, in the system text, or only by calling them."""


def decode(data: bytes, decoder: "msgspec.json.Decoder[Part]", place: str) -> Part:
    """A record's wanted parts, the others only skipped."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"{place} cannot be read: {error}; repair it or re-run the stage that wrote it"
        ) from error


def convert(value: Json, wanted: type[Whole], place: str) -> Whole:
    """A part of a record whose shape its type leaves open, as this package needs it."""
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        raise UserError(
            f"{place} cannot be read: {error}; repair it or re-run the stage that wrote it"
        ) from error


@lru_cache(maxsize=4096)
def is_procedural(provenance: bytes) -> bool:
    """Whether the embedded model had a part in a record, by its provenance."""
    return _names_engine(orjson.loads(provenance or b"null"))


def _names_engine(value: Json) -> bool:
    if isinstance(value, dict):
        return value.get("engine") == "procedural" or any(map(_names_engine, value.values()))
    return isinstance(value, list) and any(map(_names_engine, value))
