"""Entity types: the nouns of a subfield as the catalogue writes them."""

from typing import Annotated, Literal

from pydantic import Field

from procedural_model.generators import AnyGenerator, Choice, Where
from records.base import Json, Record
from records.worlds import Name


class StatusFlow(Record):
    """The life of an entity: where it is born and which way it may go."""

    initial: str
    flow: dict[str, list[str]]
    """status -> statuses it may move to; [] ends it. Every status stands here."""
    seed: dict[str, float] = {}
    """How often each status occurs in the seed; a status left out does not occur. All alike if empty."""


class Rule(Record):
    """A predicate over an entity's fields and the same in words."""

    rule: str
    """A Starlark expression, e.g. `reserved <= quantity`; nullable fields need a guard: `x == None or x > 0`."""
    says: str


class Calendar(Record):
    """Entities that take up a resource for a while; live ones never overlap on it."""

    resource: Name
    """The ref field naming what is taken up."""
    start: Name
    """A datetime field, or a date field when the unit is days."""
    length: Name
    """A whole-number field."""
    unit: Literal["minutes", "hours", "days"]
    live: Where
    """Which entities take up the resource, by status."""


class EntityType(Record):
    """One kind of thing and its collection."""

    noun: str
    plural: str
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,9}$")]
    """Ids read `<prefix>_<8 hex digits>`."""
    description: str
    count: tuple[int, int] = (8, 12)
    """How many the seed holds."""
    label: Name | None = None
    """The field by which people call one; its values are unique. None: people describe it by its attributes."""
    presets: list[dict[Name, Json]] = []
    """Rows of values that belong together, each used once; fields not in the row come from their generators."""
    fields: dict[Name, AnyGenerator]
    """In order: a generator may look at the fields above it. `status` is made from the flow, first of all."""
    status: StatusFlow | None = None
    calendar: Calendar | None = None
    invariants: list[Rule] = []

    def generator(self, field: str) -> AnyGenerator:
        """The generator of a field; the status is a choice of its flow's words."""
        if field == "status" and self.status:
            return Choice(choice=self.status.seed or list(self.status.flow))
        return self.fields[field]
