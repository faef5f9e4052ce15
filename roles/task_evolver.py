"""Writes what the user wants next, the call that does it, and the facts a right answer must hold."""

from typing import ClassVar

from pydantic import Field

from roles.base import Check, Role
from roles.cards import show_schema, show_tool, show_turns
from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tasks import FactType, NextTurn, Path
from toolworlds.records.tools import ToolCall
from toolworlds.records.worlds import Name


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

    async def write_turn(
        self, item: str, asked: NextTurn, *, check: Check[TurnDraft] | None = None
    ) -> TurnDraft:
        """A draft of the turn that is asked for."""
        inputs = _show_task(asked)
        if not asked.turns:
            return await self.ask("t0", item, inputs, TurnDraft, check, asked)
        inputs |= {
            "turns": show_turns(asked.turns),
            "taken": [fact.name for turn in asked.turns for fact in turn.facts],
        }
        return await self.ask("t1", item, inputs, TurnDraft, check, asked)


def _show_task(asked: NextTurn) -> dict[str, Json]:
    """What both prompts say of the task so far."""
    spec, chain = asked.spec, asked.sequence.tools
    tools = {tool.tool_name: tool for tool in spec.tools}
    return {
        "policy": spec.policy,
        "world_schema": show_schema(spec.world_schema),
        "tools": [show_tool(tools[name]) for name in dict.fromkeys(chain)],
        "purpose": asked.sequence.purpose,
        "plan": chain,
        "collections": asked.state.collections,
        "now": asked.state.now,
        "addable": list(asked.addable),
        "tool_name": asked.tool_name,
        "later": chain[len(asked.turns) + 1 :],
        "refusals": list(asked.refusals),
    }
