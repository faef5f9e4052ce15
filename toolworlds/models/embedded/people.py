"""People's names from many countries (`people.yml`)."""

import random
from pathlib import Path

from toolworlds.language.phrases import read_phrases


def load_names() -> tuple[list[str], list[str]]:
    """First names and last names."""
    names = read_phrases(Path(__file__).with_suffix(".yml"))
    return names["first"], names["last"]


def draw_person(rng: random.Random) -> str:
    """A full name."""
    first, last = load_names()
    return f"{rng.choice(first)} {rng.choice(last)}"
