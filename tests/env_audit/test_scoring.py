import pytest
from hypothesis import given
from hypothesis import strategies as st

from env_audit.scoring import is_flawless, score_tool, wilson_interval
from toolworlds.records.audits import AuditMode, AuditProbe


def probe(label: str = "correct", mode: AuditMode = "happy_path") -> AuditProbe:
    return AuditProbe.model_validate(
        {
            "mode": mode,
            "arguments": {},
            "status": 200,
            "reply": None,
            "source": "model",
            "label": label,
            "judged_by": "code",
            "reason": "why",
        }
    )


def test_wilson_interval_of_known_counts() -> None:
    """Ten of ten and none of ten, as the formula gives them."""
    assert wilson_interval(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_interval_holds_the_share(correct: int, more: int) -> None:
    """It lies within 0 and 1 and mirrors when right and wrong change places."""
    total = correct + more
    low, high = wilson_interval(correct, total)
    assert 0 <= low <= correct / total <= high <= 1
    assert wilson_interval(more, total) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize(
    ("probes", "kept"),
    [
        ([probe()] * 5, True),
        ([probe()] * 4 + [probe("incorrect")], True),
        ([probe()] * 3 + [probe("incorrect")], False),
        ([probe()] * 3 + [probe("fault")], False),
        ([probe(mode="schema_violation")] * 9, False),
        ([probe(mode="rule_violation")] * 8 + [probe(mode="pinned_reply")], True),
        ([], False),
    ],
)
def test_a_tool_is_kept_for_reliability_and_one_success(probes: list[AuditProbe], kept: bool) -> None:
    """Four in five right, and a refusal is no success."""
    audit = score_tool("get_job", probes)
    assert (audit.keep, audit.total) == (kept, len(probes))
    assert audit.reason


def test_a_twin_must_be_flawless() -> None:
    """There is a model to take its place."""
    assert is_flawless([probe()] * 3)
    assert not is_flawless([probe()] * 99 + [probe("incorrect")])
    assert not is_flawless([])
