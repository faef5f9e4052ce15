"""What exists in one conversation: the things that were returned or made, with ids, values and statuses."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from conversations.execution.fields import Field
from conversations.execution.values import draw_id
from toolworlds.language.words import split_name
from toolworlds.records.base import Json

_NAMES = frozenset({"name", "title", "headline", "label"})


@dataclass(slots=True)
class Thing:
    """Something with an id: a hotel, a booking, a song."""

    entity: str
    id: Json
    values: dict[str, Json] = field(default_factory=dict)
    """By `key_of` their field."""
    links: dict[str, Json] = field(default_factory=dict)
    """Entity -> id of what it belongs to or is about."""
    made: bool = False
    """Whether a call made it; else it was found."""
    gone: str = ""
    """`cancelled` or `deleted`, once it is."""


def key_of(name: str, entity: str) -> str:
    """Under which key a thing keeps a field: `hotel_name`, `title` and `name` of a hotel are one."""
    words = [word for word in split_name(name) if word not in entity.split("_")]
    key = "_".join(words) or name
    return "name" if key in _NAMES else key


class World:
    """The things of one conversation, in order of their appearance."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._things: dict[tuple[str, Json], Thing] = {}
        self._by_id: dict[Json, Thing] = {}
        self._aliases: dict[tuple[str, Json], Thing] = {}

    def find(self, entity: str, thing_id: Json) -> Thing | None:
        """The thing of this kind and id, or with this code of its own, such as a confirmation."""
        return self._things.get((entity, thing_id)) or self._aliases.get((entity, thing_id))

    def alias(self, entity: str, code: Json, thing: Thing) -> None:
        """Lets a code stand for the thing."""
        self._aliases.setdefault((entity, code), thing)

    def find_any(self, thing_id: Json) -> Thing | None:
        """A thing of any kind with this id."""
        return self._by_id.get(thing_id)

    def list_things(self, entity: str) -> Iterator[Thing]:
        """All things of a kind."""
        return (thing for thing in self._things.values() if thing.entity == entity)

    def add(self, entity: str, thing_id: Json) -> Thing:
        """The thing, which is new unless it was there."""
        thing = self._things.setdefault((entity, thing_id), Thing(entity, thing_id))
        self._by_id.setdefault(thing_id, thing)
        return thing

    def mint(self, entity: str, key: Field, cause: str) -> Thing:
        """A new thing; its id follows from what caused it. The same cause gives the same thing."""
        rng = self.roll(entity, cause)
        thing_id = draw_id(entity, key, rng)
        while (known := self.find_any(thing_id)) is not None and known.values.get("·cause") != cause:
            thing_id = draw_id(entity, key, rng)
        thing = self.add(entity, thing_id)
        thing.values["·cause"] = cause
        return thing

    def roll(self, *parts: object) -> random.Random:
        """Dice for one purpose; no purpose disturbs another."""
        return random.Random(f"{self.seed}:{':'.join(map(str, parts))}")
