"""The phrases, read from `phrases/*.yml`, and how their places are filled."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from toolworlds.records.base import Json

FOLDER = Path(__file__).resolve().parent.parent / "phrases"


@cache
def load_phrases(name: str) -> Json:
    """What one file of phrases holds."""
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)


def choose(rng: random.Random, templates: Sequence[str], **places: str) -> str:
    """One of the templates with its places filled."""
    return rng.choice(templates).format(**places)
