"""Judges whether a tool's answer is what its documentation and the world demand."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from roles.base import Check, Role
from roles.cards import show_schema, show_tool
from toolworlds.records.audits import AuditMode
from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tools import ToolReply, ToolSpec
from toolworlds.records.worlds import WorldSchema


class AnswerVerdict(Record):
    """The judgement of one answer."""

    problem: str
    """What is wrong, in a sentence; empty when nothing is."""
    verdict: Literal["correct", "incorrect"]


class JudgeSimulator(Role):
    """A second opinion on simulated tool answers."""

    name: ClassVar[str] = "judge_simulator"
    parts: ClassVar[tuple[str, ...]] = ("judge",)
    sampling: ClassVar[Sampling] = Sampling(temperature=0.0, max_tokens=2048)

    async def judge(
        self,
        item: str,
        tool: ToolSpec,
        arguments: Mapping[str, Json],
        schema: WorldSchema,
        view: Mapping[str, list[Entity]],
        now: str,
        answer: ToolReply,
        mode: AuditMode,
        *,
        check: Check[AnswerVerdict] | None = None,
        reference: bool | None = None,
    ) -> AnswerVerdict:
        """`view` is the closed footprint before the call; the reference is code's opinion, if any."""
        inputs = {
            "tool": show_tool(tool),
            "world_schema": show_schema(schema, view),
            "collections": dict(view),
            "now": now,
            "mode": mode,
            "arguments": dict(arguments),
            "status": answer.status,
            "reply": answer.reply,
            "delta": [operation.to_json() for operation in answer.delta],
        }
        return await self.ask("judge", item, inputs, AnswerVerdict, check, reference)
