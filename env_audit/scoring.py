"""From probes to a verdict on a tool."""

from collections.abc import Sequence
from math import sqrt

from toolworlds.records.audits import AuditProbe, ToolAudit

KEEP_RELIABILITY = 0.8
"""A tool whose probes are less often correct is dropped: every fifth call of a task would go wrong."""
Z_95 = 1.959963984540054
"""The two-sided 95 % quantile of the normal distribution."""


def score_tool(tool_name: str, probes: Sequence[AuditProbe]) -> ToolAudit:
    """The tool's reliability, and whether it is kept: 0.8 or more, a success among them."""
    correct, total = sum(probe.label == "correct" for probe in probes), len(probes)
    reliability = correct / total if total else 0.0
    reason = _find_reason_to_drop(probes, reliability)
    return ToolAudit(
        tool_name=tool_name,
        probes=list(probes),
        correct=correct,
        total=total,
        reliability=reliability,
        interval=wilson_interval(correct, total),
        keep=not reason,
        reason=reason or f"{correct} of {total} probes are correct",
    )


def is_flawless(probes: Sequence[AuditProbe]) -> bool:
    """Whether a twin that answered so is admitted: no probe went wrong, and one at least succeeded."""
    return all(probe.label == "correct" for probe in probes) and _has_success(probes)


def wilson_interval(correct: int, total: int) -> tuple[float, float]:
    """The Wilson score interval of a share at 95 % (Wilson 1927); (0, 1) without trials."""
    if total == 0:
        return 0.0, 1.0
    share, spread = correct / total, Z_95**2 / total
    centre = share + spread / 2
    margin = Z_95 * sqrt(share * (1 - share) / total + spread / (4 * total))
    low, high = (centre - margin) / (1 + spread), (centre + margin) / (1 + spread)
    return min(max(0.0, low), share), max(min(1.0, high), share)  # rounding must not shut the share out


def _find_reason_to_drop(probes: Sequence[AuditProbe], reliability: float) -> str:
    wrong = [probe for probe in probes if probe.label != "correct"]
    if not _has_success(probes):
        return "no call that should succeed was answered correctly"
    if reliability < KEEP_RELIABILITY:
        share = f"reliability {reliability:.2f} is below {KEEP_RELIABILITY}"
        return f"{share}; {len(wrong)} went wrong, first {wrong[0].mode}: {wrong[0].reason}"
    return ""


def _has_success(probes: Sequence[AuditProbe]) -> bool:
    return any(probe.mode in ("happy_path", "pinned_reply") and probe.label == "correct" for probe in probes)
