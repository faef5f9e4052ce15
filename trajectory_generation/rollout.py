"""One episode: the agent speaks, its calls are carried out in the order listed, until it ends or is ended."""

import json
from dataclasses import dataclass, field

from roles.task_solver import TaskSolver
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ContextError
from toolworlds.records.tasks import PlainRow, Row
from toolworlds.records.tools import RecordedCall, ToolCall, ToolReply
from toolworlds.records.trajectories import AgentTurn, StopReason
from toolworlds.simulation.simulator import SimulatorFault, record_call
from toolworlds.tokens.call_format import read_call, read_message
from toolworlds.world.answers import holds_answer
from trajectory_generation.backends import Backend

Message = dict[str, Json]


@dataclass(slots=True)
class Rollout:
    """A rollout so far; `stop_reason` None while it runs."""

    messages: list[Message]
    turns: list[AgentTurn] = field(default_factory=list)
    calls: list[RecordedCall] = field(default_factory=list)
    stop_reason: StopReason | None = None
    final_message: str = ""
    fault: str = ""
    """What the simulator could not answer, or what the agent's server did wrong; empty otherwise."""


async def play_episode(
    item: str, row: Row | PlainRow, agent: TaskSolver, tools: list[Message], backend: Backend, max_turns: int
) -> Rollout:
    """Plays a row to its end. ProviderError is passed on: the rollout is owed, not scored."""
    episode = Rollout(agent.open_episode(row, tools))
    for number in range(max_turns):
        try:
            step = await agent.trajectory(
                f"{item}/turn{number}", episode.messages, tools, session=item, reference=row
            )
        except ContextError:
            episode.stop_reason = "context"
            return episode
        episode.messages.append(step.message)
        episode.turns.append(measure(step.completion))
        wanted = step.message.get("tool_calls", [])
        episode.fault = find_provider_fault(step.completion, bool(tools))
        if episode.fault:
            episode.stop_reason = "provider_fault"
        elif step.completion.finish_reason == "length":
            episode.stop_reason = "length"
        elif not wanted:
            episode.stop_reason, episode.final_message = "finished", step.message["content"]
        else:
            await _carry_out(f"{item}/turn{number}", wanted, backend, episode)
        if episode.stop_reason:
            return episode
    episode.stop_reason = "turn_limit"
    return episode


async def _carry_out(item: str, wanted: list[Message], backend: Backend, episode: Rollout) -> None:
    for position, tool_call in enumerate(wanted):
        call, reply = read_wanted(tool_call)
        try:
            reply = reply or await backend.call(call, f"{item}.{position}")
        except SimulatorFault as fault:
            episode.stop_reason, episode.fault = "simulator_fault", str(fault)
            return
        episode.calls.append(record_call(call, reply))
        content = json.dumps(reply.reply, ensure_ascii=False)
        episode.messages.append({"role": "tool", "tool_call_id": tool_call["id"], "content": content})


def read_wanted(tool_call: Message) -> tuple[ToolCall, ToolReply | None]:
    """The call an agent asked for, and the 400 it gets when its arguments are no usable JSON object."""
    call = read_call(tool_call)
    if isinstance(call, ToolCall):
        return call, None
    refusal = ToolReply(status=400, reply={"error": call.problem}, source="gate")
    return ToolCall(name=call.name, arguments={}), refusal


def find_provider_fault(completion: Completion, has_tools: bool) -> str:
    """What the agent's server did to its message, so that nobody charges the agent; "" if nothing.

    A call that is written as the server's parser should have read it, and an answer that stands where
    thoughts belong, are the parser's faults. What makes no sense there either is the agent's.
    """
    if completion.finish_reason == "filtered":
        return "the server's content filter withheld the agent's message"
    if completion.tool_calls or completion.finish_reason == "length":
        return ""
    if has_tools and any(isinstance(call, ToolCall) for call in read_message(completion.text).calls):
        return (
            "the agent's message holds a tool call that the server did not parse; start the server with the "
            "model's --tool-call-parser, or run with --json-actions"
        )
    if not completion.text.strip() and holds_answer(completion.reasoning or ""):
        return (
            "the server passed the agent's answer on as its reasoning; check the server's --reasoning-parser"
        )
    return ""


def measure(completion: Completion) -> AgentTurn:
    """What a completion cost, and its exact tokens where the engine told them."""
    return AgentTurn(
        finish_reason=completion.finish_reason,
        prompt_tokens=completion.usage.prompt_tokens,
        completion_tokens=completion.usage.completion_tokens,
        cached_tokens=completion.usage.cached_tokens,
        prompt_token_ids=completion.prompt_token_ids,
        token_ids=completion.token_ids,
        logprobs=completion.logprobs,
    )
