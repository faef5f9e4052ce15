"""Update, note, escalate, extend: changes to one entity's own fields."""

from typing import Literal

from procedural_model.archetypes.operation import Operation
from procedural_model.generators import Where
from records.worlds import Name


class Update(Operation):
    """New values for some details; at least one must be given."""

    archetype: Literal["update"]
    takes: list[Name]
    """At least two fields, all optional arguments; none that a calc or the status depends on."""
    when: Where = {}


class Note(Operation):
    """Writes a free-text field."""

    archetype: Literal["note"]
    field: Name
    when: Where = {}


class Escalate(Operation):
    """Raises a level, never lowers it."""

    archetype: Literal["escalate"]
    field: Name
    levels: list[str]
    """From lowest to highest."""
    when: Where = {}


class Extend(Operation):
    """Moves a date later, a limited number of times."""

    archetype: Literal["extend"]
    field: Name
    count: Name
    """A whole-number field that counts the extensions."""
    most: int
    """How many extensions there may be."""
    when: Where = {}
