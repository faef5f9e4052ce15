"""Invents environments: subfields, scenarios, a world, the tools on it, their rules, and chains of tools."""

from typing import ClassVar, Literal

from pydantic import Field

from roles.base import Check, Role
from roles.cards import show_schema, show_tool
from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tools import EnvSpec, ErrorMessage, Footprint, UsageRule
from toolworlds.records.worlds import Name, WorldSchema


class Idea(Record):
    """Something named and described in a sentence or two."""

    name: str = Field(min_length=1)
    description: str = Field(min_length=1)


class Subfields(Record):
    """Parts of a field that differ in their data and in what people do."""

    subfields: list[Idea]


class Scenarios(Record):
    """Jobs that people do in a subfield; each becomes one environment."""

    scenarios: list[Idea]


class WorldDraft(Record):
    """A world as proposed: nothing of it holds until `check_environment` finds it sound."""

    policy: str
    now: str
    world_schema: WorldSchema
    collections: dict[Name, list[Entity]]


class ToolDraft(Record):
    """A tool without its rules."""

    tool_name: Name
    tool_description: str
    parameters: dict[str, Json]
    effect: Literal["read", "write"]
    footprint: Footprint


class ToolDrafts(Record):
    """The tools of one environment."""

    tools: list[ToolDraft]


class Metadata(Record):
    """What a tool's documentation adds to its draft, and perhaps its exact implementation."""

    usage: list[UsageRule]
    error_messages: list[ErrorMessage]
    output_details: dict[str, str]
    twin: str | None = None
    """Starlark source, or None where the model would rather not."""


class SequenceDraft(Record):
    """A chain of tool names and what a user gets done with it."""

    tools: list[Name]
    purpose: str


class SequenceDrafts(Record):
    """Chains of tools."""

    sequences: list[SequenceDraft]


class EnvGenerator(Role):
    """Invents what an environment is made of."""

    name: ClassVar[str] = "env_generator"
    parts: ClassVar[tuple[str, ...]] = ("subfields", "tasks", "world", "tools", "metadata", "sequences")
    sampling: ClassVar[Sampling] = Sampling(temperature=0.8, top_p=0.95, max_tokens=8192)
    world_sampling: ClassVar[Sampling] = Sampling(temperature=0.8, top_p=0.95, max_tokens=12288)

    async def subfields(
        self, item: str, field: str, count: int, *, check: Check[Subfields] | None = None
    ) -> Subfields:
        """`count` subfields of a field."""
        return await self.ask("subfields", item, {"field": field, "count": count}, Subfields, check)

    async def tasks(
        self, item: str, field: str, subfield: Idea, count: int, *, check: Check[Scenarios] | None = None
    ) -> Scenarios:
        """`count` scenarios of a subfield."""
        inputs = {"field": field, "subfield": subfield.to_json(), "count": count}
        return await self.ask("tasks", item, inputs, Scenarios, check)

    async def world(
        self,
        item: str,
        field: str,
        subfield: Idea,
        scenario: Idea,
        *,
        check: Check[WorldDraft] | None = None,
    ) -> WorldDraft:
        """The world of a scenario: policy, clock, schema and 8 to 30 entities a collection."""
        inputs = {"field": field, "subfield": subfield.to_json(), "scenario": scenario.to_json()}
        return await self.ask("world", item, inputs, WorldDraft, check, sampling=self.world_sampling)

    async def tools(
        self,
        item: str,
        scenario: Idea,
        world: WorldDraft,
        minimum: int,
        maximum: int,
        *,
        check: Check[ToolDrafts] | None = None,
    ) -> ToolDrafts:
        """Between `minimum` and `maximum` tools that share the world."""
        inputs = _world_inputs(world) | {
            "scenario": scenario.to_json(),
            "minimum": minimum,
            "maximum": maximum,
        }
        return await self.ask("tools", item, inputs, ToolDrafts, check, sampling=self.world_sampling)

    async def metadata(
        self, item: str, world: WorldDraft, tool: ToolDraft, *, check: Check[Metadata] | None = None
    ) -> Metadata:
        """One tool's rules, refusals, reply fields and, where the model can, its twin."""
        inputs = _world_inputs(world) | {"tool": tool.to_json()}
        return await self.ask("metadata", item, inputs, Metadata, check)

    async def sequences(
        self,
        item: str,
        spec: EnvSpec,
        count: int,
        minimum: int,
        maximum: int,
        *,
        check: Check[SequenceDrafts] | None = None,
    ) -> SequenceDrafts:
        """`count` chains of `minimum` to `maximum` tools of the spec, each a believable piece of work."""
        inputs = {
            "scenario": spec.scenario,
            "policy": spec.policy,
            "world_schema": show_schema(spec.world_schema),
            "tools": [show_tool(tool) for tool in spec.tools],
            "count": count,
            "minimum": minimum,
            "maximum": maximum,
        }
        return await self.ask("sequences", item, inputs, SequenceDrafts, check, reference=spec)


def _world_inputs(world: WorldDraft) -> dict[str, Json]:
    return {
        "policy": world.policy,
        "now": world.now,
        "world_schema": world.world_schema.to_json()["collections"],
        "collections": world.collections,
    }
