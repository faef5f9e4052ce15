"""Says what a writing call does to the world: status, delta, reply, all by reference."""

from collections.abc import Mapping
from typing import Any, ClassVar

from roles.base import Check, Role
from roles.cards import show_schema, show_tool
from toolworlds.records.base import Entity, Json
from toolworlds.records.completions import Sampling
from toolworlds.records.tools import Proposal, ToolSpec, Twin
from toolworlds.records.worlds import WorldSchema


class EnvSimulator(Role):
    """Plays the backend of a tool that writes."""

    name: ClassVar[str] = "env_simulator"
    parts: ClassVar[tuple[str, ...]] = ("simulate",)
    sampling: ClassVar[Sampling] = Sampling(temperature=0.0, max_tokens=4096)

    async def simulate(
        self,
        item: str,
        tool: ToolSpec,
        arguments: Mapping[str, Json],
        schema: WorldSchema,
        view: Mapping[str, list[Entity]],
        now: str,
        *,
        check: Check[Proposal] | None = None,
        reference: Twin | None = None,
    ) -> Proposal:
        """What the call does; `view` holds the collections of the closed footprint and nothing else."""
        inputs = simulation_inputs(tool, arguments, schema, view, now) | {"writes": tool.footprint.writes}
        return await self.ask("simulate", item, inputs, Proposal, check, reference)


def simulation_inputs(
    tool: ToolSpec, arguments: Mapping[str, Any], schema: WorldSchema, view: Mapping[str, Json], now: str
) -> dict[str, Json]:
    """What both simulators are shown of a call."""
    return {
        "tool": show_tool(tool),
        "world_schema": show_schema(schema, view),
        "collections": dict(view),
        "now": now,
        "arguments": dict(arguments),
    }
