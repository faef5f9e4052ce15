from itertools import combinations
from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from toolworlds.records.trajectories import Party, StopReason
from trajectory_generation.summary import FIGURES, RolloutOutcome, estimate_pass_at_k, summarize


def make_outcome(
    task: str, solved: bool, *, valid: bool = True, field: str = "Travel", rollout: int = 0, verdict: str = ""
) -> RolloutOutcome:
    fault: Party | None = None if solved else "agent" if valid else "simulator"
    judge = {"verdict": verdict} if verdict else None
    stop: StopReason = "finished" if valid else "simulator_fault"
    return RolloutOutcome(task, field, solved, valid, stop, fault, rollout, judge)


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_pass_at_k_is_the_share_of_solving_subsets(rollouts: list[bool], data: st.DataObject) -> None:
    """It equals the share of all choices of k rollouts in which at least one solves."""
    k = data.draw(st.integers(1, len(rollouts)))
    subsets = list(combinations(rollouts, k))
    share = sum(any(subset) for subset in subsets) / len(subsets)
    assert isclose(estimate_pass_at_k(len(rollouts), sum(rollouts), k), share)


def test_figures_over_all_and_per_field() -> None:
    """Solve rates, pass@k over tasks, stop reasons and faults."""
    outcomes = [
        make_outcome("a", True),
        make_outcome("a", False),
        make_outcome("b", False, field="Energy"),
        make_outcome("b", False, field="Energy"),
    ]
    figures = summarize(outcomes)
    assert tuple(figures) == FIGURES
    assert (figures["rollouts"], figures["solved"], figures["solve_rate"]) == (4, 1, 0.25)
    assert figures["pass_at_k"] == {"1": 0.25, "2": 0.5}
    assert figures["faults"] == {"agent": 3}
    assert list(figures["fields"]) == ["Energy", "Travel"]
    assert figures["fields"]["Travel"]["pass_at_k"] == {"1": 0.5, "2": 1.0}


def test_invalid_episodes_are_masked() -> None:
    """A simulator's fault counts as such, and neither for nor against the agent."""
    figures = summarize([make_outcome("a", True), make_outcome("a", False, valid=False)])
    assert (figures["rollouts"], figures["valid"], figures["solve_rate"]) == (2, 1, 1.0)
    assert figures["pass_at_k"] == {"1": 1.0}
    assert figures["faults"] == {"simulator": 1}
    assert figures["stop_reasons"] == {"finished": 1, "simulator_fault": 1}


def test_nothing_rolled_out_is_no_division_by_zero() -> None:
    """There is no rate of nothing."""
    assert summarize([])["solve_rate"] is None


def test_rollouts_on_which_judge_and_code_disagree_are_listed() -> None:
    """Both ways; without a verdict, or of an invalid episode, there is nothing to disagree about."""
    outcomes = [
        make_outcome("a", True, verdict="solved"),
        make_outcome("a", True, rollout=1, verdict="unsolved"),
        make_outcome("b", False, rollout=2, verdict="solved"),
        make_outcome("b", False, rollout=3, verdict="failed"),
        make_outcome("b", False, rollout=4, valid=False, verdict="solved"),
    ]
    assert summarize(outcomes)["disagreements"] == ["a.1", "b.2"]
