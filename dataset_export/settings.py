"""What an export is told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dataset_export.splits import Shares

Selection = Literal["solved", "best-of", "all"]


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """The flags of an export, read once."""

    source: Path
    format: str
    output: Path
    shares: Shares | None = None
    """None: all in one split, or in the splits that the records were made for."""
    select: Selection = "solved"
    include_procedural: bool = False
    keep_reasoning: bool = True
    tokenizer: Path | None = None
    """A tokenizer's folder: dialogues are written as token ids."""
    tools: Path | None = None
    """Functions that the records name and do not describe."""
    licence: str = "unknown"
    """As the hub names it, e.g. `apache-2.0`."""
    seed: int = 0
    """Which environments go to which split follows from it."""
