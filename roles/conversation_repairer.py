"""Repairs conversations: single messages first, the whole conversation second. Outputs are never written."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from roles.base import Check, Role
from roles.conversation_judge import Dimension
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.conversations import ConversationCall


class RepairedTurn(Record):
    """A message of the user or the assistant; outputs follow from its calls."""

    role: Literal["user", "assistant"]
    content: str
    tool_calls: list[ConversationCall] = []


class Edit(Record):
    """One change. `replace` and `insert_after` use the turn, `remove` ignores it."""

    action: Literal["replace", "insert_after", "remove"]
    message: int
    """Number of the message that is changed, or after which (and after whose outputs) the turn goes in."""
    turn: RepairedTurn | None = None


class Edits(Record):
    """A surgical repair."""

    edits: list[Edit]


class Rewrite(Record):
    """A whole conversation, written anew."""

    turns: list[RepairedTurn]


class ConversationRepairer(Role):
    """Mends what a judge found. `check` is told what the new calls returned and whether all is in order."""

    name: ClassVar[str] = "conversation_repairer"
    parts: ClassVar[tuple[str, ...]] = ("surgical", "rewrite")
    sampling: ClassVar[Sampling] = Sampling(temperature=0.3, max_tokens=4096)

    async def surgical(
        self,
        item: str,
        tools: Sequence[dict[str, Json]],
        messages: Sequence[dict[str, Json]],
        problems: Sequence[str],
        target: Dimension,
        *,
        check: Check[Edits] | None = None,
    ) -> Edits:
        """Changes to single messages; `target` is the score to be raised."""
        inputs = _gather(tools, messages, problems) | {"target": target}
        return await self.ask("surgical", item, inputs, Edits, check)

    async def rewrite(
        self,
        item: str,
        tools: Sequence[dict[str, Json]],
        messages: Sequence[dict[str, Json]],
        problems: Sequence[str],
        *,
        check: Check[Rewrite] | None = None,
    ) -> Rewrite:
        """All messages of user and assistant anew."""
        return await self.ask("rewrite", item, _gather(tools, messages, problems), Rewrite, check)


def _gather(
    tools: Sequence[dict[str, Json]], messages: Sequence[dict[str, Json]], problems: Sequence[str]
) -> dict[str, Json]:
    return {"tools": list(tools), "messages": list(messages), "problems": list(problems)}
