"""Who answers an agent's calls: code where it can, a model where one is given."""

from typing import Protocol

from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.sessions.open_rows import OpenRow
from toolworlds.world.gate import admit
from toolworlds.world.replay import TwinExecutor, UnansweredCall, finish_at_once
from toolworlds.world.starlark import TwinFault


class CallAnswerer(Protocol):
    """How a call on a row's world is answered, from any thread."""

    def __call__(self, opened: OpenRow, state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        """The state after the call, and its reply. Raises UnansweredCall where the world cannot answer."""
        ...


def answer_by_code(opened: OpenRow, state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
    """The gate's refusal, the twin's answer, or for a tool without one what the row recorded of this call."""
    env = opened.env
    if call.name in env.twins or call.name not in env.tools:
        return finish_at_once(TwinExecutor(env)(state, call))
    try:
        arguments = admit(env, call)
    except TwinFault as error:
        raise UnansweredCall(f"the rules of {call.name} cannot be checked: {error}") from error
    if isinstance(arguments, ToolReply):
        return state, arguments
    known = opened.recorded.recall(state, call.name, arguments)
    if known is None:
        raise UnansweredCall(f"{call.name} has no twin, and this call of it was not recorded")
    return known
