"""Judges whether a tool's answer is what its documentation and the world demand."""

from typing import ClassVar, Literal

from roles.base import Check, Role
from roles.cards import show_call_in_world
from toolworlds.records.audits import AuditMode
from toolworlds.records.base import Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tools import CallInWorld, ToolReply


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
        call: CallInWorld,
        answer: ToolReply,
        mode: AuditMode,
        *,
        check: Check[AnswerVerdict] | None = None,
        reference: bool | None = None,
    ) -> AnswerVerdict:
        """The reference is code's opinion, if it has one."""
        inputs = show_call_in_world(call) | {
            "mode": mode,
            "status": answer.status,
            "reply": answer.reply,
            "delta": [operation.to_json() for operation in answer.delta],
        }
        return await self.ask("judge", item, inputs, AnswerVerdict, check, reference)
