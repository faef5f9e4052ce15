"""Generators: what a field of an entity may hold, as written in the catalogue. One key names the kind."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from records.base import Json, Record
from records.worlds import Name


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


class Names(Generator):
    """A proper name, each used once."""

    names: list[str]


class Person(Generator):
    """A person's full name from the shared international pool, each used once."""

    person: bool


class Email(Generator):
    """An address made from another field of the entity that holds a name."""

    email: Name


class Phone(Generator):
    """A number in which each `#` becomes a digit."""

    phone: str


class Code(Generator):
    """A code people read out, each used once: `#` becomes a digit, `@` a capital letter."""

    code: str


class Choice(Generator):
    """One of a few words, with weights if they are given."""

    choice: list[str] | dict[str, float]

    @property
    def words(self) -> list[str]:
        """The words in the order written."""
        return list(self.choice)


class Integer(Generator):
    """A whole number of a range, in steps."""

    integer: Span
    step: Annotated[int, Field(gt=0)] = 1


class Number(Generator):
    """A decimal number of a range, in steps."""

    number: Range
    step: Annotated[float, Field(gt=0)] = 0.01


class Sizes(Generator):
    """One of a few numbers: pallet places, container lengths, tariff steps."""

    sizes: list[int] | list[float]


class Flag(Generator):
    """A boolean; the share is how often it is true."""

    flag: Share


class Day(Generator):
    """A calendar day, counted in days from the clock."""

    date: Span


class Moment(Generator):
    """A date with time, days from the clock, within the hours of a day, on a grid of minutes."""

    datetime: Span
    hours: Span = (8, 18)
    every: int = 30


class Stamp(Generator):
    """When something happened, days from the clock, never later than it; a new entity gets `now`."""

    stamp: Span


class Text(Generator):
    """Free text, one of the variants."""

    text: list[str]


class Fixed(Generator):
    """Always this value in the seed, and in a new entity that is given no other."""

    fixed: bool | int | float | str


class Ref(Generator):
    """The id of an entity of another collection."""

    ref: Name
    where: Where = {}
    """What the other entity must look like in the seed."""
    same: dict[Name, Name] = {}
    """own field -> its field: both must be equal in the seed."""


class Tally(Generator):
    """How many entities of another collection point here, or the sum of one of their fields.

    It is kept by every operation: whoever creates, moves, cancels or changes such an entity changes the tally.
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


class Calc(Generator):
    """Arithmetic over own fields and fields of referenced entities: `hours * vehicle_id.hourly_rate`."""

    calc: str
    decimals: int = 2


class Above(Generator):
    """Another number of the entity (a tally too) plus something."""

    above: Name
    by: Range
    step: Annotated[float, Field(gt=0)] = 1


class After(Generator):
    """Another date of the entity plus days, or plus hours."""

    after: Name
    days: Span | None = None
    hours: Span | None = None


class Cases(Generator):
    """Another generator for each value of an earlier word of the entity, so that attributes fit together."""

    match: Name
    cases: dict[str, "AnyGenerator"]


_KINDS = {
    "names": Names, "person": Person, "email": Email, "phone": Phone, "code": Code, "choice": Choice,
    "integer": Integer, "number": Number, "sizes": Sizes, "flag": Flag, "date": Day, "datetime": Moment, "stamp": Stamp,
    "text": Text, "fixed": Fixed, "ref": Ref, "tally": Tally, "calc": Calc, "above": Above, "after": After,
    "match": Cases,
}  # fmt: skip


def _kind(value: object) -> str | None:
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    kinds = [kind for kind in _KINDS if kind in keys]
    return kinds[0] if len(kinds) == 1 else None


AnyGenerator = Annotated[
    Annotated[Names, Tag("names")]
    | Annotated[Person, Tag("person")]
    | Annotated[Email, Tag("email")]
    | Annotated[Phone, Tag("phone")]
    | Annotated[Code, Tag("code")]
    | Annotated[Choice, Tag("choice")]
    | Annotated[Integer, Tag("integer")]
    | Annotated[Number, Tag("number")]
    | Annotated[Sizes, Tag("sizes")]
    | Annotated[Flag, Tag("flag")]
    | Annotated[Day, Tag("date")]
    | Annotated[Moment, Tag("datetime")]
    | Annotated[Stamp, Tag("stamp")]
    | Annotated[Text, Tag("text")]
    | Annotated[Fixed, Tag("fixed")]
    | Annotated[Ref, Tag("ref")]
    | Annotated[Tally, Tag("tally")]
    | Annotated[Calc, Tag("calc")]
    | Annotated[Above, Tag("above")]
    | Annotated[After, Tag("after")]
    | Annotated[Cases, Tag("match")],
    Discriminator(_kind),
]
"""Any of the kinds above; exactly one of their keys must be there."""
