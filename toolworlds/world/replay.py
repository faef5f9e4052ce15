"""Carrying out calls one after another, and comparing what comes back with what was recorded."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from toolworlds.errors import ItemError
from toolworlds.records.tasks import ReplayMode, RowDraft
from toolworlds.records.tools import RecordedCall, ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.canonical import digest, state_hash
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit
from toolworlds.world.starlark import TwinFault
from toolworlds.world.transaction import Refused, commit

Result = TypeVar("Result")


class UnansweredCall(ItemError):  # noqa: N818 - named like the other faults of this package
    """The world could not answer a call; no fault of who called."""

    kind = "simulator"


class Execute(Protocol):
    """How a call is carried out: by twins alone, or by the simulator."""

    async def __call__(self, state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        """The state after the call, and its reply. Raises UnansweredCall when the world cannot answer."""
        ...


class TwinExecutor:
    """Carries out calls on an environment by gate, twin and commit, without any model."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    async def __call__(self, state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        """The state after the call, and its reply. Raises UnansweredCall for a missing or faulty twin."""
        env = self._env
        try:
            arguments = admit(env, call)
            if isinstance(arguments, ToolReply):
                return state, arguments
            if call.name not in env.twins:
                raise UnansweredCall(f"{call.name} has no twin")
            proposal = env.run_twin(state, call.name, arguments)
            return commit(env, state, env.tools[call.name], arguments, proposal, "twin")
        except (TwinFault, Refused) as error:
            raise UnansweredCall(f"the twin of {call.name} cannot be used: {error}") from error


def finish_at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that never waits, as nothing does that twins alone carry out."""
    try:
        work.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    work.close()
    raise RuntimeError("a twin made its caller wait")


@dataclass(frozen=True, slots=True)
class Replay:
    """Calls as they went."""

    states: list[WorldState]
    """The state before each call, and the one after the last."""
    replies: list[ToolReply]


async def replay(state: WorldState, calls: Sequence[ToolCall], execute: Execute) -> Replay:
    """Carries out the calls in order. Raises UnansweredCall."""
    states, replies = [state], []
    for call in calls:
        state, reply = await execute(state, call)
        states.append(state)
        replies.append(reply)
    return Replay(states, replies)


def find_replay_mode(replies: Sequence[ToolReply]) -> ReplayMode:
    """What a replay proves: `cold` and `twin` were computed anew, `memo` was in part remembered."""
    sources = {reply.source for reply in replies}
    return "memo" if "memo" in sources else "cold" if "model" in sources else "twin"


def compare_with_record(row: RowDraft, replayed: Replay) -> list[str]:
    """What differs between a replay of the ground truth and what the row recorded of it."""
    if [(call.name, call.arguments) for call in row.gt_calls] != [
        (call.name, call.arguments) for call in row.recorded_calls
    ]:
        return ["recorded_calls are not the calls of gt_calls"]
    problems = []
    for place, (recorded, reply) in enumerate(zip(row.recorded_calls, replayed.replies, strict=True)):
        problems += [f"call {place} ({recorded.name}): {what}" for what in _compare_reply(recorded, reply)]
    if state_hash(replayed.states[-1]) != state_hash(row.final_state):
        problems.append("the replay does not end in the recorded final_state")
    return problems


def _compare_reply(recorded: RecordedCall, reply: ToolReply) -> list[str]:
    problems = []
    if recorded.status != reply.status:
        problems.append(f"status is {reply.status}, recorded was {recorded.status}")
    if digest(recorded.reply) != digest(reply.reply):
        problems.append("the reply is not the recorded one")
    if recorded.delta != reply.delta:
        problems.append("the change is not the recorded one")
    return problems
