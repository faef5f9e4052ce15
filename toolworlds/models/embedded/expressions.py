"""Expressions of the catalogue: arithmetic and rules over fields, `field` or `ref_field.field`."""

import re
from collections.abc import Callable, Mapping

from toolworlds.records.base import Entity, Json
from toolworlds.world.calc import evaluate, round_to

_NAME = re.compile(r"""("[^"]*"|'[^']*')|\b([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)\b""")
_WORDS = {"and", "or", "not", "in", "if", "else", "min", "max", "round", "abs", "len"}


def names_in(expression: str) -> list[str]:
    """The fields an expression looks at, each once, in order; quoted words are none."""
    found = (match[2] for match in _NAME.finditer(expression))
    return list(dict.fromkeys(name for name in found if name and name not in _WORDS))


def flatten_names(expression: str) -> str:
    """The expression with `ref.field` written `ref__field`, so that each is one variable."""
    return _NAME.sub(lambda match: match[1] or flat(match[2]), expression)


def flat(name: str) -> str:
    """The variable that stands for a dotted name."""
    return name.replace(".", "__")


def compute(expression: str, decimals: int, value_of: Callable[[str], Json]) -> int | float:
    """The rounded value; `value_of` gives each name's. Raises CalcFault."""
    variables = {flat(name): value_of(name) for name in names_in(expression)}
    return round_to(evaluate(flatten_names(expression), variables), decimals)


def fits(entity: Entity, where: Mapping[str, list[Json]]) -> bool:
    """Whether the entity has one of the given values in each of the given fields."""
    return all(entity.get(field) in values for field, values in where.items())
