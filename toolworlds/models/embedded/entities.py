"""Entity types: the nouns of a subfield as the catalogue writes them, and what follows from them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from toolworlds.errors import UserError
from toolworlds.language.nouns import is_plural, with_article
from toolworlds.models.embedded.generators import Choice, Person, Where
from toolworlds.models.embedded.relations import AnyGenerator, Ref, TallyField
from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.worlds import Name
from toolworlds.world.calc import tidy

_ONE_OF_ONE = re.compile(r"in \[('[^']*')\]")
_PATH = re.compile(r"\b([a-z]\w*)\.([a-z]\w*)")


def add_unit(words: str, unit: str | None) -> str:
    """`weight, in kg`; `days asked for` names its unit itself."""
    return words if unit is None or f" {unit} " in f" {words} " else f"{words}, in {unit}"


def say_amount(amount: float, unit: str | None) -> str:
    """`500 kg`, `3`."""
    return f"{tidy(amount)} {unit}" if unit else f"{tidy(amount)}"


class CatalogueError(UserError):
    """A line of the catalogue does not fit the entities it speaks of."""


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
    """A Starlark expression, e.g. `reserved <= quantity`; a nullable field needs `x == None or x > 0`."""
    says: str


class ResourceCalendar(Record):
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

    @property
    def minutes(self) -> int:
        """Minutes in one unit of length."""
        return {"minutes": 1, "hours": 60, "days": 1440}[self.unit]


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
    """The field by which people call one; its values are unique. None: people describe it by attributes."""
    presets: list[dict[Name, Json]] = []
    """Rows of values that belong together, each used once; other fields come from their generators."""
    fields: dict[Name, AnyGenerator]
    """In order: a generator may look at the fields above it. `status` is made from the flow, first of all."""
    status: StatusFlow | None = None
    calendar: ResourceCalendar | None = None
    invariants: list[Rule] = []

    @property
    def slug(self) -> str:
        """The noun as a part of a tool's or an argument's name."""
        return self.noun.lower().replace(" ", "_").replace("-", "_")

    @property
    def one(self) -> str:
        """The noun with its article: `an order`, `a stock lot`."""
        return with_article(self.noun)

    @property
    def generators(self) -> dict[str, AnyGenerator]:
        """Every field but the id; the status, a choice of its flow's words, comes first."""
        status = {"status": Choice(choice=list(self.status.flow))} if self.status else {}
        return {**status, **self.fields}

    @property
    def rules(self) -> list[Rule]:
        """The invariants, those of bounded tallies among them."""
        bounds = [
            Rule(rule=f"{field} <= {tally.at_most}", says=self._say_full(field, tally.at_most))
            for field, tally in self.fields.items()
            if isinstance(tally, TallyField) and tally.at_most
        ]
        return [*self.invariants, *bounds]

    def _say_full(self, field: str, bound: str) -> str:
        its = "their" if self.label and isinstance(self.fields[self.label], Person) else "its"
        return f"the {self.noun}'s {self.called(field)} would exceed {its} {self.called(bound)}"

    def called(self, field: str) -> str:
        """What people call a field."""
        generator = self.generators[field]
        return generator.says or field.removesuffix("_id").replace("_", " ")

    def measured(self, field: str) -> str:
        """What people call a field, with its unit: `weight, in kg`."""
        return add_unit(self.called(field), self.generators[field].unit)

    def own(self, field: str) -> str:
        """A field as one entity's own: `the lot's weight`; `the time of the order` says whose it is."""
        whose = "the" if self.noun in self.called(field) else f"the {self.noun}'s"
        return f"{whose} {self.called(field)}"

    def spell_rule(self, rule: str) -> str:
        """A rule with `room_id.rate` as `the room's rate`, and one of one as that one."""
        return _ONE_OF_ONE.sub(
            r"== \1", _PATH.sub(lambda path: f"the {self.called(path[1])}'s {path[2]}", rule)
        )

    def is_counted(self, field: str) -> bool:
        """Whether people count it (`checked bags`, `people booked`) rather than measure it."""
        return is_plural(self.called(field))


@dataclass(frozen=True, slots=True)
class ParentTally:
    """A tally seen from the entities it counts: whose field changes when one of them does."""

    parent: str
    field: str
    tally: TallyField


@dataclass(frozen=True, slots=True)
class Domain:
    """The entity types of one subfield by collection."""

    entities: dict[str, EntityType]

    def __getitem__(self, collection: str) -> EntityType:
        return self.entities[collection]

    def generator(self, collection: str, field: str) -> AnyGenerator:
        """How a field of a collection is filled."""
        return self.entities[collection].generators[field]

    def references(self, collection: str) -> dict[str, str]:
        """ref field -> collection."""
        fields = self.entities[collection].fields
        return {name: field.ref for name, field in fields.items() if isinstance(field, Ref)}

    def referring(self, collection: str) -> Iterator[tuple[str, str]]:
        """(collection, ref field) of everything that may point at entities of this collection."""
        for other in self.entities:
            for field, target in self.references(other).items():
                if target == collection:
                    yield other, field

    def tallies_over(self, collection: str) -> list[ParentTally]:
        """The tallies in which entities of this collection count."""
        return [
            ParentTally(parent, field, tally)
            for parent, entity in self.entities.items()
            for field, tally in entity.fields.items()
            if isinstance(tally, TallyField) and tally.tally == collection
        ]

    def label_of(self, collection: str, entity: Entity) -> str | None:
        """What people call this entity, if it has a name."""
        label = self.entities[collection].label
        return None if label is None else entity[label]
