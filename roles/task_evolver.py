"""Writes what the user wants next, the call that does it, and the facts a right answer must hold."""

from collections.abc import Sequence as Many
from typing import ClassVar

from pydantic import Field

from roles.base import Check, Role
from roles.cards import show_schema, show_tool, show_turns
from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tasks import FactType, Path, Sequence, Turn
from toolworlds.records.tools import EnvSpec, ToolCall
from toolworlds.records.truths import EvolverTruth
from toolworlds.records.worlds import Name, WorldState


class FactDraft(Record):
    """A fact the request asks for: where it stands in the call's reply."""

    name: Name
    type: FactType
    path: Path


class TurnDraft(Record):
    """One turn as proposed. Facts have no values: code reads them from the reply."""

    additions: dict[Name, list[Entity]]
    """collection -> entities to add to the initial state, ids included."""
    request: str = Field(min_length=1)
    call: ToolCall
    facts: list[FactDraft]


class TaskEvolver(Role):
    """Grows a task by one turn."""

    name: ClassVar[str] = "task_evolver"
    parts: ClassVar[tuple[str, ...]] = ("t0", "t1")
    sampling: ClassVar[Sampling] = Sampling(temperature=0.8, top_p=0.95, max_tokens=4096)

    async def t0(
        self,
        item: str,
        env: EnvSpec,
        sequence: Sequence,
        state: WorldState,
        addable: Many[Name],
        *,
        refusals: Many[str] = (),
        check: Check[TurnDraft] | None = None,
        reference: EvolverTruth | None = None,
    ) -> TurnDraft:
        """The first turn. `addable` are the collections to which entities may be added; `refusals` say why
        earlier drafts of this turn were not taken."""
        inputs = _inputs(env, sequence, state, addable, 0) | {"refusals": list(refusals)}
        return await self.ask("t0", item, inputs, TurnDraft, check, reference)

    async def t1(
        self,
        item: str,
        env: EnvSpec,
        sequence: Sequence,
        state: WorldState,
        addable: Many[Name],
        turns: Many[Turn],
        *,
        refusals: Many[str] = (),
        check: Check[TurnDraft] | None = None,
        reference: EvolverTruth | None = None,
    ) -> TurnDraft:
        """The turn after `turns`; `state` is the world as they left it."""
        inputs = _inputs(env, sequence, state, addable, len(turns)) | {
            "turns": show_turns(turns),
            "taken": [fact.name for turn in turns for fact in turn.facts],
            "refusals": list(refusals),
        }
        return await self.ask("t1", item, inputs, TurnDraft, check, reference)


def _inputs(
    env: EnvSpec, sequence: Sequence, state: WorldState, addable: Many[Name], position: int
) -> dict[str, Json]:
    tools = {tool.tool_name: tool for tool in env.tools}
    return {
        "policy": env.policy,
        "world_schema": show_schema(env.world_schema),
        "tools": [show_tool(tools[name]) for name in dict.fromkeys(sequence.tools)],
        "purpose": sequence.purpose,
        "plan": sequence.tools,
        "collections": state.collections,
        "now": state.now,
        "addable": list(addable),
        "tool_name": sequence.tools[position],
        "later": sequence.tools[position + 1 :],
    }
