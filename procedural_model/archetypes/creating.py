"""Create: a new entity with references."""

from typing import Literal

from procedural_model.archetypes.operation import Guard, Operation
from procedural_model.generators import Where
from records.worlds import Name


class Create(Operation):
    """A new entity. What it does not take is computed (calc), stamped, fixed, tallied, or empty."""

    archetype: Literal["create"]
    takes: list[Name]
    """Fields given as arguments."""
    needs: dict[Name, Where] = {}
    """ref field -> what the referenced entity must look like, e.g. `{vehicle_id: {status: available}}`."""
    guards: list[Guard] = []
