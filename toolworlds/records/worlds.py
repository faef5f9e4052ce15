"""Worlds: the schema of a field's data, its state at one moment, and changes to it."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from toolworlds.records.base import Entity, Json, Record

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A collection, field, tool or argument name."""

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "contains"]

Condition = tuple[Name, Operator, Json]
"""One test on an entity: field, operator, value (or a reference to one). A list of them means *all hold*."""


class Invariant(Record):
    """What every entity of a collection must satisfy before and after every call."""

    predicate: str
    """A Starlark expression over the entity's fields by name, e.g. `seats_taken <= seats`."""
    message: str
    """The same in words, shown when a call would break it."""


class StatusMachine(Record):
    """Which values a status field may take, and from which to which it may move."""

    field: Name
    initial: list[str]
    """Statuses in which a new entity may be born."""
    transitions: dict[str, list[str]]
    """status -> statuses it may move to; a status without moves is terminal and maps to []."""


class CollectionSpec(Record):
    """One typed collection of entities."""

    description: str
    id_field: Name = "id"
    id_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,9}$")]
    """Minted ids read `<prefix>_<8 hex digits>`."""
    entity_schema: dict[str, Json]
    """JSON Schema 2020-12 of one entity, the id field included; `additionalProperties` is false."""
    references: dict[Name, Name] = {}
    """field -> collection: the field holds an id of that collection, or null where the schema allows it."""
    invariants: list[Invariant] = []
    status: StatusMachine | None = None
    free_text: list[Name] = []
    """Fields holding prose, in which an end state may differ from the ground truth's."""
    label: Name | None = None
    """The field by which people call an entity (a name, a number plate); None when only the id tells."""


class WorldSchema(Record):
    """The named collections of a world."""

    collections: dict[Name, CollectionSpec]


class WorldState(Record):
    """All data of a world at one moment."""

    now: str
    """The clock, ISO 8601 without zone, e.g. `2026-03-10T09:00:00`."""
    minted: dict[Name, int] = {}
    """collection -> how many ids were minted so far; part of the state, so that minting replays."""
    collections: dict[Name, list[Entity]]
    """collection -> entities, sorted by id."""


class Insert(Record):
    """Adds one entity. A proposal carries no id; code mints it, and the committed operation holds it."""

    insert: Name
    values: Entity
    id: Json = None


class Update(Record):
    """Sets named fields of one entity."""

    update: Name
    id: Json
    set: dict[Name, Json]


class Increment(Record):
    """Adds a number (negative to subtract) to one field of one entity."""

    increment: Name
    id: Json
    field: Name
    by: Json


class UpdateWhere(Record):
    """Sets named fields of every entity that meets all conditions."""

    update_where: Name
    where: list[Condition]
    set: dict[Name, Json]


class Delete(Record):
    """Removes one entity."""

    delete: Name
    id: Json


def _operation_kind(value: object) -> str | None:
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    kinds = [kind for kind in ("insert", "update", "increment", "update_where", "delete") if kind in keys]
    return kinds[0] if len(kinds) == 1 else None


Operation = Annotated[
    Annotated[Insert, Tag("insert")]
    | Annotated[Update, Tag("update")]
    | Annotated[Increment, Tag("increment")]
    | Annotated[UpdateWhere, Tag("update_where")]
    | Annotated[Delete, Tag("delete")],
    Discriminator(_operation_kind),
]

Delta = list[Operation]
"""Changes in order. In a proposal values may be references; once committed all values are plain data."""
