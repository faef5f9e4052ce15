"""All archetypes of the catalogue."""

from typing import Annotated

from pydantic import Field

from toolworlds.models.embedded.archetypes.assigning import Assign, Reassign, Release, Swap
from toolworlds.models.embedded.archetypes.cancelling import Cancel, Remove
from toolworlds.models.embedded.archetypes.creating import Create
from toolworlds.models.embedded.archetypes.measuring import Aggregate, Breakdown, Quote
from toolworlds.models.embedded.archetypes.quantities import Adjust, Pay, Transfer
from toolworlds.models.embedded.archetypes.reading import Find, Get, History
from toolworlds.models.embedded.archetypes.scheduling import Availability, Reschedule, Schedule
from toolworlds.models.embedded.archetypes.searching import Rank, Search
from toolworlds.models.embedded.archetypes.transitions import Approve, Bulk, Transition
from toolworlds.models.embedded.archetypes.updating import Escalate, Extend, Note, UpdateDetails

AnyOperation = Annotated[
    Search | Find | Get | History | Rank | Aggregate | Breakdown | Quote | Availability
    | Create | UpdateDetails | Note | Escalate | Extend | Transition | Approve | Bulk | Assign | Reassign
    | Release | Swap | Transfer | Adjust | Pay | Cancel | Remove | Schedule | Reschedule,
    Field(discriminator="archetype"),
]  # fmt: skip
"""One operation of a subfield; `archetype` says which."""
