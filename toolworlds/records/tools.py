"""Tools: what a tool declares, a call of it, and what came back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field

from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.worlds import Delta, Name, WorldSchema, WorldState

ReplySource = Literal["gate", "memo", "twin", "model"]


class Footprint(Record):
    """The collections a tool may look at and change. `world.schema` closes it over references."""

    reads: list[Name] = []
    writes: list[Name] = []


class UsageRule(Record):
    """A rule beyond the argument schema: across parameters, or about the world."""

    rule: str
    """In words, as shown to agents and simulators."""
    precondition: str | None = None
    """The same as a Starlark expression over the arguments by name (an omitted one is None); None when only
    a simulator or twin can check it. The gate refuses a call whose precondition is false, with status 422."""


class ErrorMessage(Record):
    """A refusal that the tool documents."""

    status: Annotated[int, Field(ge=400, le=499)]
    when: str
    message: str


class ToolSpec(Record):
    """One tool of an environment."""

    tool_name: Name
    tool_description: str
    parameters: dict[str, Json]
    """JSON Schema 2020-12 of the arguments object; `additionalProperties` is false."""
    usage: list[UsageRule] = []
    error_messages: list[ErrorMessage] = []
    output_details: dict[str, str] = {}
    """reply field -> what it holds."""
    effect: Literal["read", "write"]
    footprint: Footprint


class Twin(Record):
    """A tool's exact implementation in Starlark (`world/starlark.py` states the interface)."""

    source: str
    sha256: str


class ToolCall(Record):
    """A tool's name with its arguments, as asked for."""

    name: str
    arguments: dict[str, Json]


@dataclass(frozen=True, slots=True)
class CallInWorld:
    """A valid call with all that its answer may depend on."""

    tool: ToolSpec
    arguments: Mapping[str, Json]
    schema: WorldSchema
    view: Mapping[str, list[Entity]]
    """The collections of the tool's closed footprint before the call, and no others."""
    now: str


class Proposal(Record):
    """What a twin or a simulating model says a call does. Nothing of it holds until code has checked it.

    Values in `delta` and `reply` may be references (`world/references.py` states the language). Delta
    references are resolved against the state before the call, reply references against the state after it.
    """

    status: int
    delta: Delta = []
    reply: Json


class ToolReply(Record):
    """What a call returned and changed."""

    status: int
    """200 for success, 4xx for a documented refusal."""
    reply: Json
    source: ReplySource
    delta: Delta = []
    """Committed operations, values plain; empty for reads and refusals."""


class RecordedCall(Record):
    """A call with what it returned, as kept in tasks, rows and trajectories."""

    name: str
    arguments: dict[str, Json]
    status: int
    reply: Json
    delta: Delta = []
    source: ReplySource


class EnvSpec(Record):
    """One environment: a world and the 5 to 20 tools that share it. `<output-dir>/<spec_id>.json`."""

    format_version: Literal[1] = 1
    spec_id: str
    field: str
    subfield: str
    scenario: str
    """What people do in this environment, one or two sentences."""
    policy: str
    """Rules of the house that an agent must follow, shown to it as system text."""
    world_schema: WorldSchema
    initial_state: WorldState
    tools: list[ToolSpec]
    twins: dict[Name, Twin] = {}
    provenance: dict[str, Json]
    """Models, prompt names with versions and hashes, seeds, generator licence; no times, no hosts."""

    def keep(self, tools: Collection[Name], twins: Collection[Name]) -> Self:
        """The spec as an audit left it: only these tools, and only these twins."""
        return self.model_copy(
            update={
                "tools": [tool for tool in self.tools if tool.tool_name in tools],
                "twins": {name: twin for name, twin in self.twins.items() if name in twins},
            }
        )
