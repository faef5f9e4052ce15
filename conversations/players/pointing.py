"""What people point at in a list: `the second one`, `the cheapest`, `whichever is rated highest`."""

import re
from collections.abc import Sequence

from toolworlds.language.numbers import ORDINALS
from toolworlds.records.base import Json

Member = dict[str, Json]
_THINGS = "one|result|hit|option|entry|match"
_ORDINAL = re.compile(rf"\b({'|'.join(ORDINALS)}|last) (?:{_THINGS})\b(?! (?:in|of|on|at)\b)", re.IGNORECASE)
"""`the first one in the day` is no place in a list."""
_CHEAPEST = re.compile(r"\b(?:cheapest|least expensive|lowest[- ]priced?|lowest price)\b", re.IGNORECASE)
_BEST = re.compile(
    r"\b(?:(?:best|top|highest)[- ]rated|rated (?:best|highest)|(?:best|highest) rating)\b", re.IGNORECASE
)


def find_pointed(text: str, members: Sequence[Member]) -> list[Member] | None:
    """The members of a list that a text points at; None where it points at none, or in more than one way."""
    found = [
        *(_take_place(match.lower(), members) for match in dict.fromkeys(_ORDINAL.findall(text))),
        *(_take_extreme(members, "price", least=True) for _ in _CHEAPEST.findall(text)[:1]),
        *(_take_extreme(members, "rating", least=False) for _ in _BEST.findall(text)[:1]),
    ]
    return found[0] if len(found) == 1 and found[0] else None


def _take_place(ordinal: str, members: Sequence[Member]) -> list[Member]:
    place = len(members) - 1 if ordinal == "last" else ORDINALS.index(ordinal)
    return [members[place]] if place < len(members) else []


def _take_extreme(members: Sequence[Member], word: str, *, least: bool) -> list[Member]:
    """All members with the least or greatest number in the one field of that name; [] where one has none."""
    keys = {key for member in members for key, value in member.items() if word in key and is_number(value)}
    if len(keys) != 1:
        return []
    (key,) = keys
    numbers: list[float] = [member[key] for member in members if is_number(member.get(key))]
    if len(numbers) < len(members):
        return []
    extreme = min(numbers) if least else max(numbers)
    return [member for member in members if member[key] == extreme]


def is_number(value: Json) -> bool:
    """Whether a value is a number, truth values left out."""
    return isinstance(value, int | float) and not isinstance(value, bool)
