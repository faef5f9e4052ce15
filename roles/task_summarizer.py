"""Merges the turns of a task into the one request that an agent will see."""

from collections.abc import Sequence as Many
from typing import ClassVar

from pydantic import Field

from roles.base import Check, Role
from roles.cards import show_turns
from toolworlds.records.base import Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tasks import Fact, Task, Turn


class TaskSummary(Record):
    """The request of a released row."""

    summary: str = Field(min_length=1)


class TaskSummarizer(Role):
    """Writes a row's request."""

    name: ClassVar[str] = "task_summarizer"
    parts: ClassVar[tuple[str, ...]] = ("summarize",)
    sampling: ClassVar[Sampling] = Sampling(temperature=0.7, top_p=0.95, max_tokens=2048)

    async def summarize(
        self,
        item: str,
        turns: Many[Turn],
        facts: Many[Fact],
        now: str,
        policy: str,
        *,
        check: Check[TaskSummary] | None = None,
        reference: Task | None = None,
    ) -> TaskSummary:
        """One request that asks for all that the turns did, names every input, and asks for every fact."""
        inputs = {
            "policy": policy,
            "now": now,
            "turns": show_turns(turns),
            "facts": [{"name": fact.name, "type": fact.type} for fact in facts],
        }
        return await self.ask("summarize", item, inputs, TaskSummary, check, reference)
