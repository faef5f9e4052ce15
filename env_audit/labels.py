"""Labels: whether the answer to a probe is right, said by code where it can."""

from collections.abc import Sequence
from dataclasses import dataclass

from env_audit.probes import PlannedProbe
from roles.tool_simulator import Pin
from toolworlds.records.base import Json
from toolworlds.records.tools import ToolReply, ToolSpec
from toolworlds.world.canonical import digest
from toolworlds.world.json_paths import NoSuchPath, read_path, show_path


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of an answer."""

    right: bool
    reason: str


def decide(planned: PlannedProbe, tool: ToolSpec, answer: ToolReply) -> Verdict | None:
    """Code's verdict on an answer; None where a judge must say."""
    told = f"status {answer.status} from the {answer.source}"
    if planned.mode == "schema_violation":
        return Verdict(answer.source == "gate" and 400 <= answer.status < 500, f"{planned.call.why}: {told}")
    if planned.mode == "pinned_reply":
        wrong = find_wrong_pins(answer, planned.call.expected)
        return Verdict(not wrong, "; ".join(wrong) or "the reply holds what the world dictates")
    documented = answer.source == "gate" or answer.status in {e.status for e in tool.error_messages}
    if planned.mode == "rule_violation" and documented:
        return Verdict(True, f"{planned.call.why}: {told}")
    return None


def find_wrong_pins(answer: ToolReply, pins: Sequence[Pin]) -> list[str]:
    """What the answer does not bear out; the refusal when there was one."""
    if answer.status != 200:
        return [f"refused with status {answer.status}"]
    return [problem for pin in pins if (problem := _find_difference(answer.reply, pin))]


def _find_difference(reply: Json, pin: Pin) -> str:
    try:
        value = read_path(reply, pin.path)
    except NoSuchPath as error:
        return str(error)
    if digest(value) == digest(pin.value):
        return ""
    return f"{show_path(pin.path)} is {value!r:.100}, not {pin.value!r:.100}"
