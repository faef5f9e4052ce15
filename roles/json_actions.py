"""Tool calling for models that have none: each message is one JSON action, spoken and read here.

Outside, a rollout looks the same in both modes: OpenAI-shaped messages with `tool_calls` and tool results.
"""

import json

from roles.replies import UnusableReply, read_reply
from roles.templates import dump_json
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Completion
from toolworlds.records.tasks import Outcome
from toolworlds.records.tools import ToolCall

Message = dict[str, Json]


class FinishAction(Record):
    """How an agent ends an episode."""

    message: str
    outcome: Outcome
    reason: str | None = None
    answer: dict[str, Json] = {}


class Action(Record):
    """One step: a call, or the end."""

    reasoning: str = ""
    call: ToolCall | None = None
    finish: FinishAction | None = None


def hear(completion: Completion, position: int) -> Message:
    """The action as the message that a native agent would have sent; the call's id comes from `position`.

    What is no action is taken as a final message: an agent is never asked twice.
    """
    try:
        action = read_reply(completion, Action)
    except UnusableReply:
        action = Action(reasoning=completion.reasoning or "")
    message: Message = {"role": "assistant", "content": completion.text}
    if reasoning := completion.reasoning or action.reasoning:
        message["reasoning"] = reasoning
    if action.call:
        function = {"name": action.call.name, "arguments": dump_json(action.call.arguments)}
        call = {"id": f"call_{position}", "type": "function", "function": function}
        return message | {"content": "", "tool_calls": [call]}
    return message | ({"content": _write_final(action.finish)} if action.finish else {})


def speak(message: Message, *, reasoning: bool) -> Message:
    """A rollout's message as the model reads it: its calls as actions, their results from the user.

    With `reasoning` its thoughts stand in the action, else in the channel they came from.
    """
    if message["role"] == "tool":
        return {"role": "user", "content": f"Result of {message['tool_call_id']}: {message['content']}"}
    if message["role"] != "assistant" or "tool_calls" not in message:
        return {"role": message["role"], "content": message["content"]}
    call = message["tool_calls"][0]["function"]
    action = {"call": {"name": call["name"], "arguments": json.loads(call["arguments"])}, "finish": None}
    thoughts = {"reasoning": message.get("reasoning", "")}
    if reasoning:
        return {"role": "assistant", "content": dump_json(thoughts | action)}
    return {"role": "assistant", "content": dump_json(action), **thoughts}


def _write_final(finish: FinishAction) -> str:
    return f"{finish.message}\n{dump_json(finish.model_dump(exclude={'message'}))}"
