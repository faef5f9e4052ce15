"""What rollouts came to: solve rates, pass@k, why episodes ended, whose fault the failures were."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb

from toolworlds.records.base import Json
from toolworlds.records.trajectories import Party, StopReason

FIGURES = (
    "rollouts",
    "valid",
    "solved",
    "solve_rate",
    "pass_at_k",
    "stop_reasons",
    "faults",
    "disagreements",
    "fields",
)
"""The keys of a summary, in order."""


@dataclass(frozen=True, slots=True)
class RolloutOutcome:
    """What the summary needs of a trajectory."""

    task_id: str
    field: str
    solved: bool
    valid: bool
    stop_reason: StopReason
    fault: Party | None
    rollout: int
    judge: Mapping[str, Json] | None


def estimate_pass_at_k(rollouts: int, solved: int, k: int) -> float:
    """Unbiased estimate that one of k <= n rollouts solves: 1 - C(n-c, k) / C(n, k) (Chen et al., 2021)."""
    return 1.0 - comb(rollouts - solved, k) / comb(rollouts, k)


def summarize(outcomes: Iterable[RolloutOutcome]) -> dict[str, Json]:
    """Figures over all rollouts and per field; invalid episodes count as such and nowhere else."""
    by_field: dict[str, list[RolloutOutcome]] = defaultdict(list)
    for outcome in outcomes:
        by_field[outcome.field].append(outcome)
    everything = [outcome for some in by_field.values() for outcome in some]
    fields = {name: _figures(by_field[name]) for name in sorted(by_field)}
    disagreements = sorted(
        f"{outcome.task_id}.{outcome.rollout}" for outcome in everything if _is_disputed(outcome)
    )
    return {**_figures(everything), "disagreements": disagreements, "fields": fields}


def _is_disputed(outcome: RolloutOutcome) -> bool:
    """Whether the judge gave another verdict than code; the code's stands."""
    verdict = (outcome.judge or {}).get("verdict")
    return outcome.valid and verdict in ("solved", "unsolved") and (verdict == "solved") != outcome.solved


def _figures(outcomes: list[RolloutOutcome]) -> dict[str, Json]:
    valid = [outcome for outcome in outcomes if outcome.valid]
    solved = sum(outcome.solved for outcome in valid)
    return {
        "rollouts": len(outcomes),
        "valid": len(valid),
        "solved": solved,
        "solve_rate": solved / len(valid) if valid else None,
        "pass_at_k": _pass_at_k(valid),
        "stop_reasons": _count(outcome.stop_reason for outcome in outcomes),
        "faults": _count(outcome.fault for outcome in outcomes if outcome.fault),
    }


def _pass_at_k(valid: list[RolloutOutcome]) -> dict[str, float]:
    """k -> mean over the tasks with at least k valid rollouts."""
    rollouts = Counter(outcome.task_id for outcome in valid)
    solved = Counter(outcome.task_id for outcome in valid if outcome.solved)
    means = {}
    for k in range(1, max(rollouts.values(), default=0) + 1):
        estimates = [estimate_pass_at_k(n, solved[task], k) for task, n in rollouts.items() if n >= k]
        means[str(k)] = sum(estimates) / len(estimates)
    return means


def _count(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
