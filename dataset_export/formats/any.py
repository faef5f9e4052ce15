"""All formats by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dataset_export.dialogue import Dialogue
from dataset_export.formats.trl import to_trl
from records.base import Json


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is made."""

    takes: Literal["dialogue", "record"]
    suffix: Literal["jsonl", "parquet"]
    write: Callable[[Dialogue], dict[str, Json]] | None = None
    """None for `record`: there the bytes are what is written."""


FORMATS: dict[str, Format] = {
    "trl": Format("dialogue", "jsonl", to_trl),
    "parquet": Format("record", "parquet"),
}
