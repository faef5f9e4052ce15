"""Find and get: one entity by its natural key or by its id; history: what belongs to it, by date."""

from typing import Literal

from procedural_model.archetypes.operation import Operation
from procedural_model.generators import Where
from records.worlds import Name


class Find(Operation):
    """Entities by a natural key (name, code, e-mail address)."""

    archetype: Literal["find"]
    by: Name | None = None
    """The key; the label otherwise."""
    show: list[Name]


class Get(Operation):
    """All fields of one entity, and some of those it refers to."""

    archetype: Literal["get"]
    include: list[str] = []
    """`<ref field>.<field>` of referenced entities, e.g. `customer_id.name`."""


class History(Operation):
    """The entities that point at one entity, newest first, optionally between two dates."""

    archetype: Literal["history"]
    of: Name
    """The ref field of `on` that points at the entity asked about."""
    date: Name
    where: Where = {}
    """Only these, e.g. `{status: [delivered]}`."""
    show: list[Name]
