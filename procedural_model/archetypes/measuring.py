"""Aggregate, breakdown and quote: figures about entities."""

from typing import Literal

from procedural_model.archetypes.operation import Operation
from procedural_model.generators import Where
from procedural_model.relations import AnyGenerator
from records.worlds import Name


class Aggregate(Operation):
    """Count, total, average, lowest and highest of a number over the entities that meet conditions."""

    archetype: Literal["aggregate"]
    of: Name
    filters: list[Name]


class Breakdown(Operation):
    """How many entities stand under each word of a field."""

    archetype: Literal["breakdown"]
    by: Name
    filters: list[Name] = []


class Quote(Operation):
    """A figure computed from arguments and one entity's fields; nothing is changed."""

    archetype: Literal["quote"]
    gives: Name
    """Name of the computed figure in the reply."""
    calc: str
    """Arithmetic over the arguments and the entity's fields, e.g. `hours * hourly_rate`."""
    takes: dict[Name, AnyGenerator]
    """The arguments and what they may be: integer or number."""
    unit: str
    when: Where = {}
