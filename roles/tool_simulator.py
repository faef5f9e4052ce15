"""Answers reading calls by reference, and invents calls that test a tool."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from roles.base import Check, Role
from roles.cards import show_call_in_world, show_schema, show_tool
from toolworlds.records.audits import AuditMode
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tasks import Path
from toolworlds.records.tools import CallInWorld, EnvSpec, Proposal, ToolSpec, Twin


class Pin(Record):
    """A value that the world dictates at one place of a reply."""

    path: Path
    value: Json


class AuditCall(Record):
    """A call that tests a tool, why it does, and (mode `pinned_reply`) what must come back."""

    arguments: dict[str, Json]
    why: str
    expected: list[Pin] = []


class AuditCalls(Record):
    """Test calls of one tool and mode."""

    calls: list[AuditCall]


class ImaginedReply(Record):
    """What a tool without a world returns."""

    status: Annotated[int, Field(ge=200, le=499)]
    reply: Json


class ToolSimulator(Role):
    """Plays the backend of a tool that only reads."""

    name: ClassVar[str] = "tool_simulator"
    parts: ClassVar[tuple[str, ...]] = ("simulate", "test_calls", "imagine")
    sampling: ClassVar[Sampling] = Sampling(temperature=0.0, max_tokens=4096)
    test_sampling: ClassVar[Sampling] = Sampling(temperature=0.7, top_p=0.95, max_tokens=4096)

    async def simulate(
        self,
        item: str,
        call: CallInWorld,
        *,
        check: Check[Proposal] | None = None,
        reference: Twin | None = None,
    ) -> Proposal:
        """What the call returns, with an empty delta; the reference is the tool's twin."""
        return await self.ask("simulate", item, show_call_in_world(call), Proposal, check, reference)

    async def test_calls(
        self,
        item: str,
        spec: EnvSpec,
        tool: ToolSpec,
        mode: AuditMode,
        count: int,
        *,
        check: Check[AuditCalls] | None = None,
    ) -> AuditCalls:
        """`count` calls of one mode; the reference is the spec."""
        inputs = {
            "policy": spec.policy,
            "now": spec.initial_state.now,
            "world_schema": show_schema(spec.world_schema),
            "collections": spec.initial_state.collections,
            "tool": show_tool(tool),
            "mode": mode,
            "count": count,
        }
        return await self.ask("test_calls", item, inputs, AuditCalls, check, spec, self.test_sampling)

    async def imagine(
        self,
        item: str,
        tool: dict[str, Json],
        arguments: Mapping[str, Json],
        initial_state: Json,
        transcript: Sequence[dict[str, Json]],
        *,
        check: Check[ImaginedReply] | None = None,
    ) -> ImaginedReply:
        """What a call on a plain row's tool returns: nothing but `initial_state` and `transcript` bind it."""
        inputs = {
            "tool": tool,
            "initial_state": initial_state,
            "transcript": list(transcript),
            "arguments": dict(arguments),
        }
        return await self.ask("imagine", item, inputs, ImaginedReply, check)
