"""What every operation of the catalogue shares."""

from abc import ABC, abstractmethod

from toolworlds.models.embedded.archetypes.plan import ToolPlan
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.generators import Where
from toolworlds.records.base import Record
from toolworlds.records.worlds import Name


class Operation(Record, ABC):
    """One line of a subfield's `operations`: an archetype applied to a collection."""

    archetype: str
    """Which kind of operation; each kind is a class."""
    on: Name
    """The collection acted on."""
    name: Name | None = None
    """The tool's name; made from the archetype and the noun otherwise."""
    about: str | None = None
    """The tool's description; made from the archetype otherwise."""
    phrases: list[str] = []
    """How people ask for it: imperatives with `{it}` for the entity acted on."""

    @abstractmethod
    def plan(self, domain: Domain) -> ToolPlan:
        """The tool's parts; raises CatalogueError when the line does not fit the entities."""


class Guard(Record):
    """A condition that must hold before an operation, and the words of its refusal."""

    rule: str
    """A Starlark expression over the fields of the entity acted on and the operation's arguments, by name."""
    says: str


class Absence(Record):
    """Entities of another collection that must not exist, e.g. open tasks of a project to be closed."""

    of: Name
    by: Name
    """Their field that points at the entity acted on."""
    where: Where = {}
    says: str
    """The words of the refusal."""


class Log(Record):
    """An entity that an operation leaves behind as its trace."""

    into: Name
    values: dict[Name, str]
    """field -> `item` (id acted on), `other` (second id), `amount`, `reason`, `now`, or `=word`."""
