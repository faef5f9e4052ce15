"""Random damage to a JSON value: what a model says that is almost right."""

import random

from toolworlds.records.base import Json

ODDITIES: list[Json] = [
    None,
    True,
    -1,
    1e308,
    2**70,
    "",
    "x" * 500,
    "import",
    "{{ 7 }}",
    [],
    {},
    {"$arg": "x"},
]


def damage(value: Json, chance: random.Random, rate: float = 0.03) -> Json:
    """The value with some of its parts, at any depth, replaced by oddities."""
    if chance.random() < rate:
        return chance.choice(ODDITIES)
    if isinstance(value, dict):
        return {key: damage(inner, chance, rate) for key, inner in value.items()}
    if isinstance(value, list):
        return [damage(inner, chance, rate) for inner in value]
    return value
