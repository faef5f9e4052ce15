"""The phrases, read from `phrases/*.yml`, and how their places are filled."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from records.base import Json

FOLDER = Path(__file__).resolve().parent.parent / "phrases"


@cache
def load_phrases(name: str) -> Json:
    """What one file of phrases holds."""
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def choose(rng: random.Random, templates: Sequence[str], **places: str) -> str:
    """One of the templates with its places filled; `{{do}}`-like names must all be given."""
    return rng.choice(templates).format(**places)
