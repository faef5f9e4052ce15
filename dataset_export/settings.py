"""What an export is told."""

from dataclasses import dataclass
from pathlib import Path

from dataset_export.splits import Shares
from dataset_export.survey import Selection


@dataclass(frozen=True, slots=True)
class Settings:
    """The flags of an export, read once."""

    source: Path
    format: str
    output: Path
    shares: Shares
    select: Selection = "solved"
    include_procedural: bool = False
    licence: str = "unknown"
    """As the hub names it, e.g. `apache-2.0`."""
    seed: int = 0
    """Which environments go to which split follows from it."""
