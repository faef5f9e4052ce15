"""Solves: one turn while a task grows, and whole tasks as the agent of a rollout."""

import json
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from typing import ClassVar

from llm import Completion, Model, Request, Sampling, seed_for
from records.base import Json, Record
from records.tasks import Outcome, PlainRow, Row, Turn
from records.tools import EnvSpec, ToolCall
from roles.base import Check, Role
from roles.cards import show_tool, show_turns
from roles.replies import UnusableReply, read_reply, schema_of
from roles.templates import dump_json, load_template

Message = dict[str, Json]


class SolverCall(Record):
    """The one call that does what the user wants next."""

    call: ToolCall


class Finish(Record):
    """How an agent ends an episode."""

    message: str
    outcome: Outcome
    reason: str | None = None
    answer: dict[str, Json] = {}


class Action(Record):
    """One step of an agent without native tool calling: a call, or the end."""

    reasoning: str = ""
    call: ToolCall | None = None
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One reply of the agent: the OpenAI-shaped assistant message and the completion it came from."""

    message: Message
    completion: Completion


class TaskSolver(Role):
    """Works as an agent would: it sees tools, policy and clock, never the world."""

    name: ClassVar[str] = "task_solver"
    parts: ClassVar[tuple[str, ...]] = ("gen", "trajectory", "action")
    sampling: ClassVar[Sampling] = Sampling(temperature=0.7, top_p=0.95, max_tokens=4096)

    def __init__(self, model: Model, seed: int, *, max_asks: int = 3, json_actions: bool = False) -> None:
        super().__init__(model, seed, max_asks=max_asks)
        self.json_actions = json_actions

    async def gen(
        self,
        item: str,
        env: EnvSpec,
        now: str,
        turns: Many[Turn],
        request: str,
        *,
        check: Check[SolverCall] | None = None,
        reference: ToolCall | None = None,
    ) -> SolverCall:
        """The call for `request`, given the turns before it; the reference is the expected call."""
        inputs = {
            "policy": env.policy,
            "tools": [show_tool(tool) for tool in env.tools],
            "now": now,
            "turns": show_turns(turns),
            "request": request,
        }
        return await self.ask("gen", item, inputs, SolverCall, check, reference)

    def open_episode(self, row: Row | PlainRow, tools: Many[Message]) -> list[Message]:
        """The system and the user message of a rollout; `tools` are OpenAI function schemas."""
        inputs: dict[str, Json] = {
            "policy": row.policy if isinstance(row, Row) else "",
            "now": row.now if isinstance(row, Row) else "",
            "facts": [
                {"name": fact.name, "type": fact.type}
                for fact in (row.expected_answer if isinstance(row, Row) else [])
            ],
            "request": row.summary,
        }
        if not self.json_actions:
            return load_template("task_solver.trajectory").render(inputs, reasoning=False, nonce="")
        inputs["tools"] = [tool["function"] for tool in tools]
        return load_template("task_solver.action").render(inputs, reasoning=self.asks_reasoning(), nonce="")

    async def trajectory(
        self,
        item: str,
        messages: Many[Message],
        tools: Many[Message],
        *,
        session: str = "",
        reference: Row | PlainRow | None = None,
    ) -> Step:
        """The agent's next message. What it says is taken as it is: an agent is never asked twice.

        `messages` are the rollout's so far, OpenAI-shaped in either mode. A reply that is no action in
        JSON-action mode becomes the final message.
        """
        request_id = f"{item}/task_solver.trajectory/0"
        request = Request(
            request_id=request_id,
            role="task_solver.trajectory",
            messages=tuple(messages),
            tools=tuple(tools),
            sampling=replace(self.sampling, seed=seed_for(request_id, self.seed)),
            reference=reference,
            session=session,
        )
        if not self.json_actions:
            completion = await self.model.complete(request)
            return Step(_native_message(completion), completion)
        schema = schema_of(Action, reasoning=self.asks_reasoning())
        spoken = tuple(_speak(message) for message in messages)
        completion = await self.model.complete(
            replace(request, messages=spoken, tools=(), reply_schema=schema)
        )
        return Step(_action_message(completion, len(messages)), completion)


def _native_message(completion: Completion) -> Message:
    message: Message = {"role": "assistant", "content": completion.text}
    if completion.reasoning:
        message["reasoning"] = completion.reasoning
    if completion.tool_calls:
        message["tool_calls"] = list(completion.tool_calls)
    return message


def _action_message(completion: Completion, position: int) -> Message:
    """A JSON action as the message a native agent would have sent; call ids come from the position."""
    try:
        action = read_reply(completion, Action)
    except UnusableReply:
        return {"role": "assistant", "content": completion.text}
    message: Message = {"role": "assistant", "content": ""}
    if reasoning := completion.reasoning or action.reasoning:
        message["reasoning"] = reasoning
    if action.call:
        message["tool_calls"] = [_function_call(action.call, f"call_{position}")]
    elif action.finish:
        message["content"] = _final_text(action.finish)
    else:
        message["content"] = completion.text
    return message


def _function_call(call: ToolCall, call_id: str) -> Message:
    function = {"name": call.name, "arguments": dump_json(call.arguments)}
    return {"id": call_id, "type": "function", "function": function}


def _final_text(finish: Finish) -> str:
    return f"{finish.message}\n{dump_json(finish.model_dump(exclude={'message'}))}"


def _speak(message: Message) -> Message:
    """A message as a model without tool calling reads it: calls as its own JSON, results from the user."""
    if message["role"] == "tool":
        return {"role": "user", "content": f"Result of {message['tool_call_id']}: {message['content']}"}
    if message["role"] != "assistant":
        return message
    calls = [_action_text(message.get("reasoning", ""), call) for call in message.get("tool_calls", [])]
    return {"role": "assistant", "content": "\n".join(calls) or message["content"]}


def _action_text(reasoning: str, call: Message) -> str:
    function = call["function"]
    made = {"name": function["name"], "arguments": json.loads(function["arguments"])}
    return dump_json({"reasoning": reasoning, "call": made, "finish": None})
