"""Cancel and remove: ends with compensation."""

from typing import Annotated, Literal

from pydantic import Field

from procedural_model.archetypes.operation import Absence, Operation
from procedural_model.generators import Where
from records.base import Record
from records.worlds import Name


class Refund(Record):
    """What is paid back, and where to."""

    amount: Name
    """Field with what was paid."""
    to: Name
    """Ref field to whoever paid."""
    balance: Name
    """That entity's field that is credited."""
    start: Name | None = None
    """Date or datetime field that the tiers count down to."""
    tiers: list[tuple[float, float]]
    """[(hours before start, share)], longest first; the first that fits counts, none fits: nothing."""


class Cancel(Operation):
    """Ends an entity; its tallies go down by themselves, and money may flow back."""

    archetype: Literal["cancel"]
    to: str = "cancelled"
    sources: Annotated[list[str], Field(alias="from")] = []
    reasons: list[str] = []
    """Reasons to choose from, if one is to be given and stored."""
    reason: Name | None = None
    """Field that receives the reason."""
    refund: Refund | None = None


class Remove(Operation):
    """Deletes an entity that nothing depends on."""

    archetype: Literal["remove"]
    when: Where = {}
    without: list[Absence] = []
