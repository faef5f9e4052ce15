"""How one person writes, from the first turn of a task to its summary."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from toolworlds.language.manner import Manner
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.records.base import Json


@dataclass(frozen=True, slots=True)
class WritingStyle:
    """A register of `phrases/registers.yml` in an order of one's own, and a manner of writing values."""

    register: Mapping[str, Json]
    manner: Manner


def choose_style(rng: random.Random) -> WritingStyle:
    """Anyone's style; `rng` is the task's own, so that all of its texts have the same one."""
    registers = list(load_phrases("registers").values())
    register = rng.choices(registers, [register["weight"] for register in registers])[0]
    return WritingStyle(
        {place: _shuffle(phrases, rng) for place, phrases in register.items()}, choose_manner(rng)
    )


def choose_manner(rng: random.Random) -> Manner:
    """One person's manner of writing values."""
    return Manner(
        money=rng.choice(("before", "after", "sign")),
        day=rng.choice(("day month", "day month", "month day", "nth of month", "weekday")),
        clock=rng.choice(("24", "24", "12", "words")),
        time_first=rng.random() < 0.5,
        spells_small=rng.random() < 0.4,
    )


def _shuffle(phrases: Json, rng: random.Random) -> Json:
    return rng.sample(phrases, len(phrases)) if isinstance(phrases, list) else phrases
