"""Says what a writing call does to the world: status, delta, reply, all by reference."""

from typing import ClassVar

from roles.base import Check, Role
from roles.cards import show_call_in_world
from toolworlds.records.completions import Sampling
from toolworlds.records.tools import CallInWorld, Proposal, Twin


class EnvSimulator(Role):
    """Plays the backend of a tool that writes."""

    name: ClassVar[str] = "env_simulator"
    parts: ClassVar[tuple[str, ...]] = ("simulate",)
    sampling: ClassVar[Sampling] = Sampling(temperature=0.0, max_tokens=4096)

    async def simulate(
        self,
        item: str,
        call: CallInWorld,
        *,
        check: Check[Proposal] | None = None,
        reference: Twin | None = None,
    ) -> Proposal:
        """What the call does; the reference is the tool's twin."""
        inputs = show_call_in_world(call) | {"writes": call.tool.footprint.writes}
        return await self.ask("simulate", item, inputs, Proposal, check, reference)
