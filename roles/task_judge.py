"""Judges a turn while a task grows (`gen`) and the whole task before it is released (`eval`)."""

from collections.abc import Sequence as Many
from typing import ClassVar, Literal

from roles.base import Check, Role
from roles.cards import show_offer, show_turns
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tasks import Fact, Task, Turn
from toolworlds.records.tools import EnvSpec


class TaskVerdict(Record):
    """The judgement of a turn or a task."""

    problem: str
    """What is wrong, in a sentence or two; empty when accepted."""
    verdict: Literal["accept", "reject"]


class TaskJudge(Role):
    """Reads requests as a careful user and a careful agent would."""

    name: ClassVar[str] = "task_judge"
    parts: ClassVar[tuple[str, ...]] = ("gen", "eval")
    sampling: ClassVar[Sampling] = Sampling(temperature=0.0, max_tokens=2048)

    async def gen(
        self,
        item: str,
        env: EnvSpec,
        now: str,
        turns: Many[Turn],
        draft: Turn,
        *,
        check: Check[TaskVerdict] | None = None,
        reference: bool | None = None,
    ) -> TaskVerdict:
        """Whether `draft` is a good next turn after `turns`; the reference is code's opinion."""
        shown = show_turns([draft])[0] | {"facts": _show_facts(draft.facts)}
        inputs = show_offer(env, now, turns) | {"draft": shown}
        return await self.ask("gen", item, inputs, TaskVerdict, check, reference)

    async def eval(
        self,
        item: str,
        env: EnvSpec,
        task: Task,
        summary: str,
        *,
        check: Check[TaskVerdict] | None = None,
        reference: bool | None = None,
    ) -> TaskVerdict:
        """Whether `summary`, the one request of the released row, asks for exactly what the turns did."""
        facts = _show_facts([fact for turn in task.turns for fact in turn.facts])
        inputs = show_offer(env, task.initial_state.now, task.turns) | {"facts": facts, "summary": summary}
        return await self.ask("eval", item, inputs, TaskVerdict, check, reference)


def _show_facts(facts: Many[Fact]) -> list[dict[str, Json]]:
    return [{"name": fact.name, "type": fact.type, "value": fact.value} for fact in facts]
