"""Judges a whole conversation with tools: three scores, and the gates they must pass."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from roles.base import Check, Role
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.conversations import Gate, JudgeScores

Dimension = Literal["tool_correctness", "task_completion", "naturalness"]
DIMENSIONS: tuple[Dimension, ...] = ("tool_correctness", "task_completion", "naturalness")
Score = Annotated[float, Field(ge=1, le=5, strict=True)]

NEEDS_A_REASON = 3
"""A score up to which the judge must name a problem."""
NATURALNESS_SLACK = 0.5


class JudgedFlaw(Record):
    """One thing that is wrong in a conversation."""

    message: int
    """Number of the message where it shows."""
    lowers: Dimension
    problem: str


class ConversationVerdict(Record):
    """The judgement of one conversation."""

    problems: list[JudgedFlaw]
    tool_correctness: Score
    task_completion: Score
    naturalness: Score

    def list_scores(self) -> dict[Gate, float]:
        """The three scores and their mean, by gate."""
        scores: dict[Gate, float] = {dimension: getattr(self, dimension) for dimension in DIMENSIONS}
        return scores | {"mean_score": sum(scores.values()) / len(scores)}

    @property
    def lowest(self) -> Dimension:
        """The dimension of the lowest score; the first one among equals."""
        scores = self.list_scores()
        return min(DIMENSIONS, key=lambda dimension: scores[dimension])


class ConversationJudge(Role):
    """Reads a conversation and says how good it is."""

    name: ClassVar[str] = "conversation_judge"
    parts: ClassVar[tuple[str, ...]] = ("judge",)
    sampling: ClassVar[Sampling] = Sampling(temperature=0.0, max_tokens=2048)

    async def judge(
        self,
        item: str,
        tools: Sequence[dict[str, Json]],
        messages: Sequence[dict[str, Json]],
        *,
        check: Check[ConversationVerdict] | None = None,
    ) -> ConversationVerdict:
        """`tools` and `messages` as `conversations/cards.py` shows; scores without a reason are refused."""

        def check_verdict(verdict: ConversationVerdict) -> list[str]:
            return _find_contradictions(verdict, len(messages)) + (check(verdict) if check else [])

        inputs = {"tools": list(tools), "messages": list(messages)}
        return await self.ask("judge", item, inputs, ConversationVerdict, check_verdict)


def _find_contradictions(verdict: ConversationVerdict, count: int) -> list[str]:
    lowered, scores = {flaw.lowers for flaw in verdict.problems}, verdict.list_scores()
    return [
        *(
            f"there is no message {flaw.message}"
            for flaw in verdict.problems
            if not 0 <= flaw.message < count
        ),
        *(
            f"{dimension} is {scores[dimension]:g}, and no problem says why"
            for dimension in DIMENSIONS
            if scores[dimension] <= NEEDS_A_REASON and dimension not in lowered
        ),
        *(
            f"{dimension} is 5, and a problem lowers it"
            for dimension in sorted(lowered)
            if scores[dimension] == 5
        ),
    ]


def list_thresholds(threshold: float) -> dict[Gate, float]:
    """The least score of each gate: naturalness may lie half a point lower than the rest."""
    return {
        "tool_correctness": threshold,
        "task_completion": threshold,
        "naturalness": max(threshold - NATURALNESS_SLACK, 1.0),
        "mean_score": threshold,
    }


def list_failed_gates(scores: Mapping[Gate, float], threshold: float) -> list[Gate]:
    """The gates whose score, or mean of scores, falls short."""
    return [gate for gate, least in list_thresholds(threshold).items() if scores[gate] < least]


def score_conversation(verdict: ConversationVerdict, judge_model: str, threshold: float) -> JudgeScores:
    """A verdict as the record keeps it."""
    scores = verdict.list_scores()
    failed = list_failed_gates(scores, threshold)
    reasons = [f"message {flaw.message}, {flaw.lowers}: {flaw.problem}" for flaw in verdict.problems]
    return JudgeScores(
        tool_correctness=verdict.tool_correctness,
        task_completion=verdict.task_completion,
        naturalness=verdict.naturalness,
        mean_score=round(scores["mean_score"], 4),
        reasoning="; ".join(reasons) or "nothing is wrong",
        judge_model=judge_model,
        passed=not failed,
        failed_gates=failed,
    )


def fail_conversation(reason: str, judge_model: str) -> JudgeScores:
    """What the record keeps where the judge could not be used: no scores, and not passed."""
    return JudgeScores(
        tool_correctness=None,
        task_completion=None,
        naturalness=None,
        mean_score=None,
        reasoning=reason,
        judge_model=judge_model,
        passed=False,
        failed_gates=["judge_error"],
    )
