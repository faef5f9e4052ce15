"""Keeps new values in order: within what a call asked for, an end after its start, a low below its high."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from conversations.execution.agreement import find_route
from conversations.execution.calls import ORDERED, Call
from conversations.execution.geography import count_flight_minutes
from conversations.execution.shapes import Group, Leaf
from conversations.execution.values import spell_moment
from toolworlds.language.words import split_name
from toolworlds.records.base import Json

_WET = frozenset(["rain", "showers", "drizzle", "storm", "thunderstorm", "snow", "sleet"])
_FAIR = frozenset(["sunny", "clear"])


def keep_bounds(value: Json, leaf: Leaf, call: Call, rng: random.Random) -> Json:
    """The value within what the call asked for."""
    if leaf.kind not in ORDERED:
        return value
    low, high = call.bounds(leaf.kind)
    if isinstance(value, str):
        return _keep_days(value, low, high, rng)
    if isinstance(low, int | float) and value < low:
        value = (
            low + (min(high - low, low * 0.2) if isinstance(high, int | float) else low * 0.2) * rng.random()
        )
    if isinstance(high, int | float) and value > high:
        value = max(high * rng.uniform(0.6, 1), low if isinstance(low, int | float) else 0)
    digits = 1 if leaf.kind in ("rating", "distance") else 2
    if leaf.kind == "rating":
        value = min(
            value, 10.0 if isinstance(leaf.field.example, int | float) and leaf.field.example > 5 else 5.0
        )
    return round(value) if leaf.field.type == "integer" else round(value, digits)


def _keep_days(value: str, low: Json, high: Json, rng: random.Random) -> str:
    if not isinstance(low, str) and not isinstance(high, str):
        return value
    try:
        if not isinstance(low, str):
            last = date.fromisoformat(high[:10])
            return (last - timedelta(days=rng.randint(0, 60))).isoformat() + value[10:]
        first = date.fromisoformat(low[:10])
        last = date.fromisoformat(high[:10]) if isinstance(high, str) else first + timedelta(days=9)
    except ValueError:
        return value
    day = first + timedelta(days=rng.randint(0, max(0, (last - first).days)))
    return day.isoformat() + value[10:]


def keep_weather(value: Json, leaf: Leaf, filled: Mapping[str, Json]) -> Json:
    """A chance of rain that goes with the sky beside it."""
    sky = filled.get("condition")
    if leaf.kind != "percent" or not isinstance(value, int | float) or not isinstance(sky, str):
        return value
    if not {"rain", "precipitation"} & set(split_name(leaf.name)):
        return value
    if set(sky.lower().split()) & _WET:
        return 55 + value % 41
    return value % 16 if set(sky.lower().split()) & _FAIR else 10 + value % 36


def keep_order(
    value: Json, leaf: Leaf, filled: Mapping[str, Json], shape: Group | None, rng: random.Random
) -> Json:
    """An end after its start: arrival after departure, a high above its low."""
    other, sign = filled.get(leaf.field.other_end), 1 if leaf.field.is_last else -1
    if isinstance(value, int | float) and isinstance(other, int | float):
        gap = (value - other) * sign
        return value if gap > 0 else other + sign * (2 + round(abs(value - other)) % 9)
    if not isinstance(value, str) or not isinstance(other, str):
        return value
    minutes = sign * _find_length(leaf, filled, shape, rng)
    try:
        if leaf.kind == "time":
            moment = datetime.fromisoformat(f"2000-01-01T{other}") + timedelta(minutes=minutes)
            return moment.isoformat(timespec="minutes")[11:]
        if len(other) == len("2000-01-01"):
            return (date.fromisoformat(other) + timedelta(days=sign * rng.randint(1, 5))).isoformat()
        moment = datetime.fromisoformat(other.rstrip("Z")) + timedelta(minutes=minutes)
        return spell_moment(moment, replace(leaf.field, example=other))
    except ValueError:
        return value


def _find_length(leaf: Leaf, filled: Mapping[str, Json], shape: Group | None, rng: random.Random) -> int:
    """Minutes from start to end: as is said beside them, as a flight takes by both clocks, or any."""
    for name, value in filled.items():
        if "duration" in name and isinstance(value, int):
            return value
    if leaf.kind == "time" and shape and (route := find_route(filled, shape)):
        return count_flight_minutes(*route) + 5 * rng.randint(0, 5)
    return 5 * rng.randint(9, 60)
