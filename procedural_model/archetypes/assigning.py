"""Assign, reassign, release, swap: who or what an entity is given to."""

from typing import Annotated, Literal

from pydantic import Field

from procedural_model.archetypes.operation import Guard, Operation
from procedural_model.generators import Where
from records.worlds import Name


class Assign(Operation):
    """Gives an entity to another one that has room for it (its tally's `at_most`)."""

    archetype: Literal["assign"]
    ref: Name
    """The ref field to fill."""
    to: str | None = None
    """The status it then has, if that changes."""
    sources: Annotated[list[str], Field(alias="from")] = []
    needs: Where = {}
    """What the other entity must look like."""
    same: dict[Name, Name] = {}
    """own field -> its field: both must be equal."""
    guards: list[Guard] = []


class Reassign(Operation):
    """Moves an entity that is given to one to another one that has room."""

    archetype: Literal["reassign"]
    ref: Name
    sources: Annotated[list[str], Field(alias="from")]
    needs: Where = {}
    same: dict[Name, Name] = {}


class Release(Operation):
    """Takes an entity back from the one it is given to."""

    archetype: Literal["release"]
    ref: Name
    to: str | None = None
    sources: Annotated[list[str], Field(alias="from")] = []


class Swap(Operation):
    """Exchanges what two entities are given to."""

    archetype: Literal["swap"]
    ref: Name
    when: Where = {}
    same: list[Name] = []
    """Fields in which the two must agree."""
