"""Keeps the values of a thing in agreement: with its own name, its place, what it belongs to, the call."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from conversations.execution.geography import find_usual_high
from conversations.execution.names import City, find_city, find_named_city, load_pools
from conversations.execution.shapes import Group, Leaf, Shape
from conversations.execution.values import Scene, fit_type
from toolworlds.language.words import gather, split_name
from toolworlds.records.base import Json

_GIVERS = gather("teacher instructor trainer tutor")
_WITH = re.compile(r" with ([^\W\d_]\S* [^\W\d_]\S*)$")
_TELLING = gather("name other room category topic")
"""Kinds of fields that may say something of the fields beside them."""
_SEATS = {"window": "AF", "middle": "BE", "aisle": "CD"}
_IMPERIAL = ("imperial", "fahrenheit", "us")


def is_imperial(arguments: Mapping[str, Json]) -> bool:
    """Whether a call asks for degrees Fahrenheit and miles."""
    return any(
        isinstance(value, str) and value.lower() in _IMPERIAL and set(split_name(name)) & {"unit", "units"}
        for name, value in arguments.items()
    )


def keep_asked(value: Json, leaf: Leaf, arguments: Mapping[str, Json]) -> Json:
    """A value as the call wants it: a seat at the aisle, degrees and miles in the units that it asks for."""
    if leaf.kind == "seat" and isinstance(value, str) and re.fullmatch(r"\d+[A-F]", value):
        wanted = next((_SEATS[one] for one in arguments.values() if one in _SEATS), value[-1])
        return value[:-1] + wanted[int(value[:-1]) % len(wanted)]
    if leaf.kind not in ("temperature", "wind") or not is_imperial(arguments):
        return value
    turned = value * 1.8 + 32 if leaf.kind == "temperature" else value / 1.609
    return round(turned) if leaf.field.type == "integer" else float(round(turned))


def draw_temperature(leaf: Leaf, scene: Scene, weather: random.Random, rng: random.Random) -> Json:
    """Near that of the place and season, so that one day is like the next; `weather` are the place's dice."""
    usual = (find_usual_high(scene.city, scene.now) if scene.city else 18) + weather.randint(-2, 2)
    lower = {"min": -8, "max": 0}.get(leaf.field.side, -3)
    degrees = round(usual) + lower + rng.randint(-3, 3)
    return fit_type(degrees, leaf.field)


def keep_told(value: Json, leaf: Leaf, filled: Mapping[str, Json], shape: Group | None) -> Json:
    """What the thing's own name says of a field: the street, the maker, how many beds, how many weeks."""
    members = shape.members if shape else []
    named = [m.name for m in members if isinstance(m, Leaf) and m.kind in _TELLING]
    texts = [text for name in named if name != leaf.name and isinstance(text := filled.get(name), str)]
    if leaf.kind == "address" and isinstance(value, str):
        street = next((s for text in texts if (s := find_street(text)) and text.endswith(s)), "")
        return re.sub(r"(?<=\d )[^,]+", street, value, count=1) if street else value
    if leaf.kind == "brand":
        makers = load_pools()["parts"]["maker"]
        return next((m for text in texts for m in makers if text.startswith(f"{m} ")), value)
    told = load_pools()["tells"].get(leaf.name, {})
    return next((told[word] for text in texts for word in told if word in text), value)


def keep_above(value: Json, least: Json, place: int, rng: random.Random) -> Json:
    """A price of a part of what was said to cost so much and more: the first part costs just that."""
    if not isinstance(least, int | float) or isinstance(least, bool):
        return value
    return least if place == 0 else round(least * rng.uniform(1.08, 1.9) * 2) / 2


def find_street(text: str) -> str:
    """The street that a text names; empty if none."""
    return next((street for street in load_pools()["parts"]["street"] if street in text), "")


def list_streets(arguments: Mapping[str, Json]) -> Iterator[str]:
    """The streets that a call names."""
    return (
        street for value in arguments.values() if isinstance(value, str) and (street := find_street(value))
    )


def find_giver(part: str, filled: Mapping[str, Json]) -> str:
    """Who gives a thing by its own name, where the part is theirs: `Yoga with Ada Roe`; empty if nobody."""
    if part not in _GIVERS:
        return ""
    found = (_WITH.search(text) for text in filled.values() if isinstance(text, str))
    return next((match[1] for match in found if match), "")


def find_home(told: Sequence[Mapping[str, Json]]) -> City | None:
    """The city of a thing, whose values come first, or else of what it belongs to; None if unsaid."""
    names = ("city", "pickup_city", "destination_city")
    found = (find_city(v) for values in told for name in names if isinstance(v := values.get(name), str))
    return next((city for city in found if city), None)


def find_own_city(value: Json, entity: str) -> City | None:
    """The city that a made-up name or text names, of things that are named after cities."""
    return find_named_city(value) if isinstance(value, str) and entity in _named_after_cities() else None


@cache
def _named_after_cities() -> frozenset[str]:
    pools = load_pools()
    kinds = [pools["names"], pools["themed"], pools["texts"]]
    return frozenset(
        entity for kind in kinds for entity, patterns in kind.items() if any("{city}" in p for p in patterns)
    )


def find_route(filled: Mapping[str, Json], shape: Group) -> tuple[City, City] | None:
    """From where to where a flight goes, as far as its values say; None if they do not."""
    if "airline" not in filled:
        return None
    ends = [
        find_city(value)
        for side in ("start", "end")
        for leaf in shape.members
        if isinstance(leaf, Leaf)
        and leaf.kind == "city"
        and leaf.field.side == side
        and isinstance(value := filled.get(leaf.name), str)
    ]
    return (ends[0], ends[1]) if len(ends) == 2 and ends[0] and ends[1] else None


def name_item(item: Mapping[str, Json], members: list[Shape]) -> str:
    """What tells an item of a list from the others: its name, or the street of a way; empty if neither."""
    for member in members:
        if isinstance(member, Leaf) and member.kind in ("name", "way") and item.get(member.name):
            text = str(item[member.name])
            return find_street(text) or text if member.kind == "way" else text
    return ""
