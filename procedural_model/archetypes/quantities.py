"""Transfer, adjust, pay: quantities that are conserved or bounded."""

from typing import Literal

from procedural_model.archetypes.operation import Log, Operation
from procedural_model.generators import Where
from records.worlds import Name


class Transfer(Operation):
    """Moves a quantity from one entity to another of the same collection."""

    archetype: Literal["transfer"]
    field: Name
    reserved: Name | None = None
    """Field whose quantity cannot be moved."""
    same: list[Name] = []
    """Fields in which the two must agree, e.g. the product or the currency."""
    differ: list[Name] = []
    when: Where = {}
    """What both must look like."""
    log: Log | None = None


class Adjust(Operation):
    """Adds to or takes from a quantity, within its invariants."""

    archetype: Literal["adjust"]
    field: Name
    reasons: list[str]
    most: float
    """The largest change in one go."""
    when: Where = {}
    log: Log | None = None


class Pay(Operation):
    """Pays off (part of) what is due from a balance; paid in full, it changes status."""

    archetype: Literal["pay"]
    due: Name
    """Field with what is still to be paid."""
    account: Name
    """Ref field to whoever pays."""
    balance: Name
    """Field of the payer that is charged."""
    to: str
    """Status when nothing is due any more."""
    when: Where = {}
    log: Log | None = None
