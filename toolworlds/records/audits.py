"""Audits: how reliably each tool of an environment answers. `<output-dir>/<spec_id>.json`."""

from typing import Literal

from toolworlds.records.base import Json, Record
from toolworlds.records.worlds import Name

AuditMode = Literal["schema_violation", "rule_violation", "happy_path", "pinned_reply"]


class AuditProbe(Record):
    """One test call and what was said of its answer."""

    mode: AuditMode
    arguments: dict[str, Json]
    status: int
    reply: Json
    source: str
    expected: dict[str, Json] = {}
    """pinned_reply: reply path -> value the world dictates; otherwise empty."""
    label: Literal["correct", "incorrect", "fault"]
    judged_by: Literal["code", "model"]
    reason: str


class ToolAudit(Record):
    """All probes of one tool and what follows from them."""

    tool_name: Name
    probes: list[AuditProbe]
    correct: int
    total: int
    reliability: float
    """correct / total."""
    interval: tuple[float, float]
    """Wilson score interval of the reliability at 95 %."""
    keep: bool
    reason: str


class SpecAudit(Record):
    """The audit of one environment."""

    format_version: Literal[1] = 1
    spec_id: str
    tools: list[ToolAudit]
    twins_admitted: list[Name] = []
    """Tools whose twin passed; later stages run only these twins."""
    provenance: dict[str, Json]
