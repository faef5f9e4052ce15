"""evaluation_report.json: how many passed, the means and their thresholds, by domain and by pattern."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from conversations.audit.store import Judgement
from roles.conversation_judge import list_failed_gates, list_thresholds
from toolworlds.records.base import Json
from toolworlds.records.conversations import Conversation, Gate

MEANS: dict[Gate, str] = {
    "tool_correctness": "mean_tool_correctness",
    "task_completion": "mean_task_completion",
    "naturalness": "mean_naturalness",
    "mean_score": "mean_overall",
}
"""gate -> its name in the report"""


@dataclass(slots=True)
class ScoreSums:
    """Sums over some of the conversations."""

    total: int = 0
    passed: int = 0
    judged: int = 0
    sums: dict[Gate, float] = field(default_factory=lambda: dict.fromkeys(MEANS, 0.0))

    def add(self, conversation: Conversation) -> None:
        """Counts one conversation; one that nobody could judge has no part in the means."""
        self.total += 1
        self.passed += bool(conversation.passed)
        scores = conversation.judge_scores
        if scores is not None and scores.mean_score is not None:
            self.judged += 1
            for gate in self.sums:
                self.sums[gate] += getattr(scores, gate)

    def means(self) -> dict[Gate, float]:
        """gate -> mean; {} where nothing was judged."""
        return {gate: total / self.judged for gate, total in self.sums.items()} if self.judged else {}

    def to_json(self) -> dict[str, Json]:
        """As the report holds them; means are null where nothing was judged."""
        means = self.means()
        return {
            "total": self.total,
            "passed": self.passed,
            "pass_rate": round(self.passed / self.total, 4) if self.total else 0.0,
            **{MEANS[gate]: round(means[gate], 4) if means else None for gate in MEANS},
        }


class EvaluationReport:
    """The report in the making."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._all = ScoreSums()
        self._by_domain: dict[str, ScoreSums] = {}
        self._by_pattern: dict[str, ScoreSums] = {}
        self._attempted = 0
        self._repaired = 0

    def add(self, judgement: Judgement) -> None:
        """Counts one conversation."""
        conversation = judgement.conversation
        metadata = conversation.metadata
        for sums in (
            self._all,
            self._by_domain.setdefault(metadata.domain, ScoreSums()),
            self._by_pattern.setdefault(metadata.pattern_type, ScoreSums()),
        ):
            sums.add(conversation)
        self._attempted += bool(judgement.repairs)
        self._repaired += any(attempt.outcome == "passed" for attempt in judgement.repairs)

    def list_short(self) -> list[str]:
        """The gates whose mean falls short, with mean and threshold in words; [] where nothing was judged."""
        means, least = self._all.means(), list_thresholds(self._threshold)
        failed = list_failed_gates(means, self._threshold) if means else []
        return [f"{MEANS[gate]} {means[gate]:.2f} is below {least[gate]:g}" for gate in failed]

    def describe(self) -> Iterator[str]:
        """What a run prints at its end."""
        figures = self.to_json()
        yield (
            f"{figures['total']} conversations: {figures['passed']} passed, {figures['failed']} failed, "
            f"{figures['judge_errors']} not judged; "
            f"{figures['repaired']} of {figures['repair_attempted']} repaired"
        )
        if means := self._all.means():
            yield ", ".join(f"{MEANS[gate].replace('_', ' ')} {mean:.2f}" for gate, mean in means.items())
        yield from self.list_short()

    def to_json(self) -> dict[str, Json]:
        """The whole report."""
        overall, thresholds = self._all.to_json(), list_thresholds(self._threshold)
        return {
            "total": overall.pop("total"),
            "passed": overall.pop("passed"),
            "failed": self._all.judged - self._all.passed,
            "judge_errors": self._all.total - self._all.judged,
            "repaired": self._repaired,
            "repair_attempted": self._attempted,
            **overall,
            "thresholds": {"mean": thresholds.pop("mean_score"), **thresholds},
            "by_domain": {name: self._by_domain[name].to_json() for name in sorted(self._by_domain)},
            "by_pattern": {name: self._by_pattern[name].to_json() for name in sorted(self._by_pattern)},
        }
