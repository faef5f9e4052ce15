"""The phrases of requests: `phrases/*.yml` beside this folder."""

from pathlib import Path

from toolworlds.language.phrases import read_phrases
from toolworlds.records.base import Json

FOLDER = Path(__file__).resolve().parent.parent / "phrases"


def load_phrases(name: str) -> Json:
    """What one file of phrases holds."""
    return read_phrases(FOLDER / f"{name}.yml")
