"""People's names from many countries (`people.yml`)."""

import random
from functools import cache
from pathlib import Path

import yaml


@cache
def load_names() -> tuple[list[str], list[str]]:
    """First names and last names."""
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    names: dict[str, list[str]] = yaml.load(text, Loader=yaml.CBaseLoader)
    return names["first"], names["last"]


def draw_person(rng: random.Random) -> str:
    """A full name."""
    first, last = load_names()
    return f"{rng.choice(first)} {rng.choice(last)}"
