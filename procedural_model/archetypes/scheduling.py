"""Schedule, reschedule, availability: a resource is taken up once at a time. The collection has a `calendar`."""

from typing import Annotated, Literal

from pydantic import Field

from procedural_model.archetypes.operation import Guard, Operation
from procedural_model.generators import Where
from records.worlds import Name


class Schedule(Operation):
    """A new entity that takes up a resource without overlap, not in the past."""

    archetype: Literal["schedule"]
    takes: list[Name]
    """Fields given as arguments; the calendar's resource, start and length among them."""
    needs: dict[Name, Where] = {}
    guards: list[Guard] = []


class Reschedule(Operation):
    """Moves an entity to another start (and length) on its resource, without overlap."""

    archetype: Literal["reschedule"]
    sources: Annotated[list[str], Field(alias="from")]


class Availability(Operation):
    """Whether a resource is free from a start for a length; `on` is the collection with the calendar."""

    archetype: Literal["availability"]
