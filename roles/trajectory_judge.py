"""A second opinion on a finished rollout. Code's verdict stands above it wherever there is one."""

from collections.abc import Sequence as Many
from typing import ClassVar, Literal

from roles.base import Check, Role
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.tasks import PlainRow, Row
from toolworlds.records.trajectories import Score


class TrajectoryVerdict(Record):
    """The judgement of one rollout."""

    problem: str
    """What is wrong, in a sentence or two; empty when solved."""
    verdict: Literal["solved", "unsolved"]


class TrajectoryJudge(Role):
    """Compares what an agent did with what the task asked for."""

    name: ClassVar[str] = "trajectory_judge"
    parts: ClassVar[tuple[str, ...]] = ("judge",)
    sampling: ClassVar[Sampling] = Sampling(temperature=0.0, max_tokens=2048)

    async def judge(
        self,
        item: str,
        row: Row | PlainRow,
        messages: Many[dict[str, Json]],
        *,
        check: Check[TrajectoryVerdict] | None = None,
        reference: Score | None = None,
    ) -> TrajectoryVerdict:
        """`messages` are the rollout's, OpenAI-shaped; the prompt leaves out system and user."""
        inputs = {
            "request": row.summary,
            "policy": row.policy if isinstance(row, Row) else "",
            "expected_calls": row.gt_tool_calls,
            "expected_outcome": row.expected_outcome if isinstance(row, Row) else "done",
            "expected_changes": _changes(row),
            "expected_facts": _facts(row),
            "transcript": [_show(m) for m in messages if m["role"] in ("assistant", "tool")],
        }
        return await self.ask("judge", item, inputs, TrajectoryVerdict, check, reference)


def _show(message: dict[str, Json]) -> dict[str, Json]:
    """What was done and said: thoughts are no deed."""
    return {key: value for key, value in message.items() if key != "reasoning"}


def _changes(row: Row | PlainRow) -> Json:
    if isinstance(row, PlainRow):
        return {"final_state": row.final_state}
    return [operation.to_json() for call in row.recorded_calls for operation in call.delta]


def _facts(row: Row | PlainRow) -> list[dict[str, Json]]:
    facts = row.expected_answer if isinstance(row, Row) else []
    return [{"name": fact.name, "value": fact.value} for fact in facts]
