"""All archetypes of the catalogue."""

from typing import Annotated

from pydantic import Field

from procedural_model.archetypes.assigning import Assign, Reassign, Release, Swap
from procedural_model.archetypes.cancelling import Cancel, Remove
from procedural_model.archetypes.creating import Create
from procedural_model.archetypes.measuring import Aggregate, Breakdown, Quote
from procedural_model.archetypes.quantities import Adjust, Pay, Transfer
from procedural_model.archetypes.reading import Find, Get, History
from procedural_model.archetypes.scheduling import Availability, Reschedule, Schedule
from procedural_model.archetypes.searching import Rank, Search
from procedural_model.archetypes.transitions import Approve, Bulk, Transition
from procedural_model.archetypes.updating import Escalate, Extend, Note, Update

AnyOperation = Annotated[
    Search | Find | Get | History | Rank | Aggregate | Breakdown | Quote | Availability
    | Create | Update | Note | Escalate | Extend | Transition | Approve | Bulk | Assign | Reassign | Release
    | Swap | Transfer | Adjust | Pay | Cancel | Remove | Schedule | Reschedule,
    Field(discriminator="archetype"),
]  # fmt: skip
"""One operation of a subfield; `archetype` says which."""
