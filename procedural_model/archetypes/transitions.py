"""Transition, approve, bulk: moves along a status machine."""

from typing import Annotated, Literal

from pydantic import Field

from procedural_model.archetypes.operation import Absence, Guard, Operation
from procedural_model.generators import Where
from records.worlds import Name


class Transition(Operation):
    """Moves one entity to a status."""

    archetype: Literal["transition"]
    verb: str
    """What is done, in the imperative: `dispatch`."""
    to: str
    sources: Annotated[list[str], Field(alias="from")] = []
    """Statuses it may come from; all that the flow allows otherwise."""
    takes: list[Name] = []
    """Fields given with it and stored, e.g. `[reason]`."""
    stamp: Name | None = None
    """Field that receives `now`."""
    needs: dict[Name, Where] = {}
    """ref field -> what the referenced entity must look like."""
    guards: list[Guard] = []
    without: list[Absence] = []


class Approve(Operation):
    """Grants an amount, up to what was asked for and what the approver may grant; large ones need a second person."""

    archetype: Literal["approve"]
    to: str
    sources: Annotated[list[str], Field(alias="from")] = []
    requested: Name
    granted: Name
    """Field that receives the amount."""
    by: Name
    """Ref field that receives the approver."""
    limit: Name
    """The approver's field with the most he or she may grant."""
    second: Name
    """Ref field that receives the second approver."""
    second_above: float
    """Amounts above it need a second approver, other than the first."""


class Bulk(Operation):
    """Moves all entities that meet conditions to a status."""

    archetype: Literal["bulk"]
    verb: str
    to: str
    sources: Annotated[list[str], Field(alias="from")]
    filters: list[Name]
    """Words and refs; the first is required, the others optional."""
