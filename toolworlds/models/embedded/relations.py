"""Generators that look at other fields or other entities, and the union of all kinds."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from toolworlds.models.embedded.expressions import compute, fits
from toolworlds.models.embedded.generators import (
    Choice,
    Code,
    DayField,
    Email,
    EntityDraft,
    Exhausted,
    Fixed,
    Flag,
    Generator,
    Integer,
    MomentField,
    Number,
    OneOf,
    Person,
    Phone,
    ProperName,
    Range,
    Span,
    Stamp,
    Text,
    Where,
    to_day,
)
from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import Name
from toolworlds.world.calc import round_to


class Ref(Generator):
    """The id of an entity of another collection."""

    ref: Name
    where: Where = {}
    """What the other entity must look like in the seed."""
    same: dict[Name, Name] = {}
    """own field -> its field: both must be equal in the seed."""

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """The id of a fitting entity."""
        wanted = {theirs: [draft.entity[own]] for own, theirs in self.same.items()} | self.where
        fitting = [entity["id"] for entity in draft.collections[self.ref] if fits(entity, wanted)]
        if not fitting:
            raise Exhausted(field)
        return draft.rng.choice(fitting)


class TallyField(Generator):
    """How many entities of another collection point here, or the sum of one of their fields.

    It is kept by every operation: who creates, moves, cancels or changes such an entity changes the tally.
    """

    tally: Name
    by: Name
    """The field of the other collection that points here."""
    sum: Name | None = None
    """Which of its fields to add up; None counts."""
    where: Where = {}
    """Which of them count, usually by status."""
    at_most: Name | None = None
    """Own field that bounds the tally; the seed and every operation respect it."""

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """0: it rises as the entities that it counts are made."""
        return 0

    def contribution(self, entity: Entity) -> int | float:
        """What an entity of the other collection adds."""
        if not fits(entity, self.where):
            return 0
        return entity[self.sum] if self.sum else 1


class Calc(Generator):
    """Arithmetic over own fields and fields of referenced entities: `hours * vehicle_id.hourly_rate`."""

    calc: str
    decimals: int = 2

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """The computed value."""
        return compute(self.calc, self.decimals, lambda name: _look_up(draft, name))


class Above(Generator):
    """Another number of the entity (a tally too) plus something."""

    above: Name
    by: Range
    step: Annotated[float, Field(gt=0)] = 1

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """The other number plus something on the grid of steps."""
        low, high = self.by
        steps = draft.rng.randint(0, int((high - low) / self.step + 1e-9))
        return round_to(draft.entity[self.above] + low + self.step * steps, 6)


class After(Generator):
    """Another date of the entity plus days, or plus hours."""

    after: Name
    days: Span | None = None
    hours: Span | None = None

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """The other date plus days or hours; the hour of a moment stays."""
        base = draft.entity[self.after]
        if self.hours:
            return (
                datetime.fromisoformat(base) + timedelta(hours=draft.rng.randint(*self.hours))
            ).isoformat()
        later = datetime.fromisoformat(base[:10]) + timedelta(days=draft.rng.randint(*(self.days or (1, 1))))
        return to_day(later) + base[10:]


class Cases(Generator):
    """Another generator for each value of an earlier word of the entity, so that attributes fit together."""

    match: Name
    cases: dict[str, "AnyGenerator"]

    def draw(self, draft: EntityDraft, field: str) -> Json:
        """A value by the case of the other field."""
        return self.cases[draft.entity[self.match]].fill(draft, field)


_KINDS = {
    "names": ProperName, "person": Person, "email": Email, "phone": Phone, "code": Code, "choice": Choice,
    "integer": Integer, "number": Number, "sizes": OneOf, "flag": Flag, "date": DayField,
    "datetime": MomentField, "stamp": Stamp, "text": Text, "fixed": Fixed, "ref": Ref, "tally": TallyField,
    "calc": Calc, "above": Above, "after": After, "match": Cases,
}  # fmt: skip


def _kind(value: object) -> str | None:
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    kinds = [kind for kind in _KINDS if kind in keys]
    return kinds[0] if len(kinds) == 1 else None


AnyGenerator = Annotated[
    Annotated[ProperName, Tag("names")]
    | Annotated[Person, Tag("person")]
    | Annotated[Email, Tag("email")]
    | Annotated[Phone, Tag("phone")]
    | Annotated[Code, Tag("code")]
    | Annotated[Choice, Tag("choice")]
    | Annotated[Integer, Tag("integer")]
    | Annotated[Number, Tag("number")]
    | Annotated[OneOf, Tag("sizes")]
    | Annotated[Flag, Tag("flag")]
    | Annotated[DayField, Tag("date")]
    | Annotated[MomentField, Tag("datetime")]
    | Annotated[Stamp, Tag("stamp")]
    | Annotated[Text, Tag("text")]
    | Annotated[Fixed, Tag("fixed")]
    | Annotated[Ref, Tag("ref")]
    | Annotated[TallyField, Tag("tally")]
    | Annotated[Calc, Tag("calc")]
    | Annotated[Above, Tag("above")]
    | Annotated[After, Tag("after")]
    | Annotated[Cases, Tag("match")],
    Discriminator(_kind),
]
"""Any of the kinds above; exactly one of their keys must be there."""


def _look_up(draft: EntityDraft, name: str) -> Json:
    """A field of the draft, or `ref.field` of an entity it refers to."""
    own, _, theirs = name.partition(".")
    if not theirs:
        return draft.entity[own]
    return next(
        entity[theirs]
        for entities in draft.collections.values()
        for entity in entities
        if entity["id"] == draft.entity[own]
    )
