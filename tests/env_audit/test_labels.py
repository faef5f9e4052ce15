import pytest

from env_audit.labels import decide, find_wrong_pins
from env_audit.probes import PlannedProbe
from roles.tool_simulator import AuditCall, Pin
from tests.workshop import SPEC
from toolworlds.records.audits import AuditMode
from toolworlds.records.base import Json
from toolworlds.records.tools import ReplySource, ToolReply

GET_JOB = next(tool for tool in SPEC.tools if tool.tool_name == "get_job")


def planned(mode: AuditMode, *pins: Pin) -> PlannedProbe:
    return PlannedProbe(mode, AuditCall(arguments={}, why="a test", expected=list(pins)))


def answer(status: int, source: ReplySource, reply: Json = None) -> ToolReply:
    return ToolReply(status=status, reply=reply, source=source)


@pytest.mark.parametrize(
    ("mode", "status", "source", "right"),
    [
        ("schema_violation", 400, "gate", True),
        ("schema_violation", 404, "model", False),
        ("schema_violation", 200, "model", False),
        ("rule_violation", 404, "model", True),
        ("rule_violation", 422, "gate", True),
        ("rule_violation", 418, "model", None),
        ("rule_violation", 200, "twin", None),
        ("happy_path", 200, "model", None),
        ("happy_path", 404, "model", None),
    ],
)
def test_code_decides_where_it_can(
    mode: AuditMode, status: int, source: ReplySource, right: bool | None
) -> None:
    """The rest is left to the judge."""
    verdict = decide(planned(mode), GET_JOB, answer(status, source))
    assert (verdict.right if verdict else None) is right


def test_pins_are_compared_as_json() -> None:
    """1.0 is 1; a wrong value, a missing place and a refusal are told apart."""
    pins = [Pin(path=["n"], value=1.0), Pin(path=["rows", 0, "id"], value="a")]
    assert find_wrong_pins(answer(200, "model", {"n": 1, "rows": [{"id": "a"}]}), pins) == []
    assert find_wrong_pins(answer(200, "model", {"n": 2, "rows": []}), pins) == [
        "n is 2, not 1.0",
        "nothing at rows.0.id",
    ]
    assert find_wrong_pins(answer(404, "model"), pins) == ["refused with status 404"]
