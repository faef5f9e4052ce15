"""Generators: what a field of an entity may hold, as written in the catalogue. One key names the kind."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from toolworlds.language.words import write_email
from toolworlds.models.embedded.expressions import fits
from toolworlds.models.embedded.people import draw_person
from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.worlds import Name
from toolworlds.world.calc import round_to


def _listed(value: Any) -> Any:
    """`{status: open}` means `{status: [open]}`."""
    if isinstance(value, dict):
        return {key: held if isinstance(held, list) else [held] for key, held in value.items()}
    return value


Where = Annotated[dict[Name, list[Json]], BeforeValidator(_listed)]
"""field -> values that fit; all must hold. A single value may be written without the list."""

Span = tuple[int, int]
Range = tuple[float, float]
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(slots=True)
class EntityDraft:
    """An entity in the making and all that its fields may look at."""

    rng: random.Random
    now: datetime
    collection: str
    entity: Entity
    """The fields filled so far."""
    collections: dict[str, list[Entity]]

    def taken(self, field: str) -> set[Json]:
        """The values that other entities of the collection have in a field."""
        return {entity[field] for entity in self.collections[self.collection]}


class Exhausted(Exception):  # noqa: N818 — says what happened; always caught while a world is built
    """No value is left that fits; the draft is dropped."""


class Generator(Record):
    """What all kinds share."""

    says: str | None = None
    """What people call the field; the field's name with spaces otherwise."""
    unit: str | None = None
    """What a number counts: `kg`, `EUR`, `pallets`."""
    optional: Share = 0
    """Share of entities that have no value (null)."""
    only_when: Where = {}
    """Null unless the entity's own earlier fields fit, e.g. `{status: [assigned, in_transit]}`."""

    @property
    def may_be_null(self) -> bool:
        """Whether an entity may lack the value."""
        return bool(self.optional or self.only_when)

    def fill(self, draft: EntityDraft, field: str) -> Json:
        """The value of a field in a draft, or null where that is allowed; raises Exhausted."""
        if not fits(draft.entity, self.only_when) or draft.rng.random() < self.optional:
            return None
        return self.draw(draft, field)

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A value; raises Exhausted."""
        raise Exhausted(field)


class ProperName(Generator):
    """A proper name, each used once."""

    names: list[str]

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A name not used yet."""
        taken = draft.taken(field)
        return _pick(draft.rng, [name for name in self.names if name not in taken])


class Person(Generator):
    """A person's full name from the shared international pool, each used once."""

    person: bool

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A name not used yet."""
        taken = draft.taken(field)
        return next(name for _ in range(10_000) if (name := draw_person(draft.rng)) not in taken)


class Email(Generator):
    """An address made from another field of the entity that holds a name."""

    email: Name

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """An address made from the named field."""
        return write_email(draft.entity[self.email], draft.rng.choice(["com", "net", "org"]))


class Phone(Generator):
    """A number in which each `#` becomes a digit."""

    phone: str

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """Random digits in the pattern."""
        return _spell(draft.rng, self.phone)


class Code(Generator):
    """A code people read out, each used once: `#` becomes a digit, `@` a capital letter."""

    code: str

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A code not used yet."""
        taken = draft.taken(field)
        codes = [_spell(draft.rng, self.code) for _ in range(4)]
        return _pick(draft.rng, [code for code in codes if code not in taken])


class Choice(Generator):
    """One of a few words, with weights if they are given."""

    choice: list[str] | dict[str, float]

    @property
    def words(self) -> list[str]:
        """The words in the order written."""
        return list(self.choice)

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A word by its weight."""
        weights = list(self.choice.values()) if isinstance(self.choice, dict) else None
        return draft.rng.choices(self.words, weights)[0]


class Integer(Generator):
    """A whole number of a range, in steps."""

    integer: Span
    step: Annotated[int, Field(gt=0)] = 1

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A number on the grid of steps from the lower end."""
        low, high = self.integer
        return draft.rng.randrange(low, high + 1, self.step)


class Number(Generator):
    """A decimal number of a range, in steps."""

    number: Range
    step: Annotated[float, Field(gt=0)] = 0.01

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A number on the grid of steps from the lower end."""
        low, high = self.number
        return round_to(low + self.step * draft.rng.randint(0, int((high - low) / self.step + 1e-9)), 6)


class OneOf(Generator):
    """One of a few numbers: pallet places, container lengths, tariff steps."""

    sizes: list[int] | list[float]

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """One of the numbers."""
        return draft.rng.choice(self.sizes)


class Flag(Generator):
    """A boolean; the share is how often it is true."""

    flag: Share

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """True for its share."""
        return draft.rng.random() < self.flag


class Dated(Generator):
    """What both kinds of dates share."""

    past_when: Where = {}
    """For entities that look so, the span lies as far back as it else lies ahead, e.g. `{status: done}`."""

    def draw_days(self, draft: EntityDraft, span: Span) -> timedelta:
        """Days from the clock."""
        low, high = span
        if self.past_when and fits(draft.entity, self.past_when):
            low, high = -max(high, 1), -max(low, 1)
        return timedelta(days=draft.rng.randint(low, high))


class DayField(Dated):
    """A calendar day, counted in days from the clock."""

    date: Span

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A day as `2026-03-10`."""
        return to_day(draft.now + self.draw_days(draft, self.date))


class MomentField(Dated):
    """A date with time, days from the clock, within the hours of a day, on a grid of minutes."""

    datetime: Span
    hours: Span = (8, 18)
    every: int = 30

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A moment as `2026-03-10T09:30:00`."""
        day = draft.now.replace(hour=0, minute=0, second=0) + self.draw_days(draft, self.datetime)
        first, last = (hour * 60 for hour in self.hours)
        return (day + timedelta(minutes=draft.rng.randrange(first, last + 1, self.every))).isoformat()


class Stamp(Generator):
    """When something happened, days from the clock, never later than it; a new entity gets `now`."""

    stamp: Span

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A past moment of a working day, to five minutes."""
        day = draft.now + timedelta(days=draft.rng.randint(*self.stamp))
        moment = day.replace(hour=draft.rng.randint(7, 18), minute=draft.rng.randrange(0, 60, 5), second=0)
        return (moment if moment <= draft.now else moment - timedelta(days=1)).isoformat()


class Text(Generator):
    """Free text, one of the variants."""

    text: list[str]

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """One of the variants."""
        return draft.rng.choice(self.text)


class Fixed(Generator):
    """Always this value in the seed, and in a new entity that is given no other."""

    fixed: bool | int | float | str

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """The value."""
        return self.fixed


def to_day(moment: datetime) -> str:
    """The day as `2026-03-10`; 29 February becomes the 28th, so that one pattern fits every year."""
    return moment.date().isoformat().replace("-02-29", "-02-28")


def _pick(rng: random.Random, values: list[Json]) -> Json:
    if not values:
        raise Exhausted
    return rng.choice(values)


def _spell(rng: random.Random, pattern: str) -> str:
    letters = {"#": "0123456789", "@": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    return "".join(rng.choice(letters[sign]) if sign in letters else sign for sign in pattern)
