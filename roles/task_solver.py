"""Solves: one turn while a task grows, and whole tasks as the agent of a rollout."""

from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from typing import ClassVar

from roles.base import Check, Role
from roles.cards import show_offer
from roles.json_actions import Action, Message, hear, speak
from roles.replies import schema_of
from roles.templates import load_template
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Completion, Model, Request, Sampling, seed_for
from toolworlds.records.tasks import Fact, PlainRow, Row, Turn
from toolworlds.records.tools import EnvSpec, ToolCall


class SolverCall(Record):
    """The one call that does what the user wants next."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class AgentStep:
    """One reply of the agent."""

    message: Message
    """OpenAI-shaped, ready to be appended to the rollout's messages."""
    completion: Completion


class TaskSolver(Role):
    """Works as an agent would: it sees tools, policy and clock, never the world.

    `json_actions` is for models without native tool calling.
    """

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
        inputs = show_offer(env, now, turns) | {"request": request}
        return await self.ask("gen", item, inputs, SolverCall, check, reference)

    def open_episode(self, row: Row | PlainRow, tools: Many[Message]) -> list[Message]:
        """The system and the user message of a rollout; `tools` are OpenAI function schemas."""
        inputs: dict[str, Json] = {"request": row.summary, "policy": "", "now": "", "facts": []}
        if isinstance(row, Row):
            facts = [offer_fact(fact) for fact in row.expected_answer]
            inputs |= {"policy": row.policy, "now": row.now, "facts": facts}
        if self.json_actions:
            inputs["tools"] = [tool["function"] for tool in tools]
        template = load_template(f"task_solver.{'action' if self.json_actions else 'trajectory'}")
        return template.render(inputs, reasoning=self.asks_reasoning("trajectory"), nonce="")

    async def trajectory(
        self,
        item: str,
        messages: Many[Message],
        tools: Many[Message],
        *,
        session: str = "",
        reference: Row | PlainRow | None = None,
    ) -> AgentStep:
        """The agent's next message, taken as it is: an agent is never asked twice.

        `messages` are the rollout's so far, beginning with `open_episode`'s, OpenAI-shaped in both modes.
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
            token_ids=True,
        )
        if not self.json_actions:
            completion = await self.model.complete(request)
            return AgentStep(_native_message(completion, messages), completion)
        reasoning = self.asks_reasoning("trajectory")
        spoken = tuple(speak(message, reasoning=reasoning) for message in messages)
        schema = schema_of(Action, reasoning=reasoning)
        completion = await self.model.complete(
            replace(request, messages=spoken, tools=(), reply_schema=schema)
        )
        return AgentStep(hear(completion, len(messages)), completion)


def _native_message(completion: Completion, messages: Many[Message]) -> Message:
    """The agent's message; a call's id is the engine's, unless another call of the episode has it."""
    message: Message = {"role": "assistant", "content": completion.text}
    if completion.reasoning:
        message["reasoning"] = completion.reasoning
    if completion.tool_calls:
        used = {call["id"] for earlier in messages for call in earlier.get("tool_calls", ())}
        message["tool_calls"] = []
        for place, call in enumerate(completion.tool_calls):
            new = call["id"] if call["id"] not in used else f"call_{len(messages)}_{place}"
            used.add(new)
            message["tool_calls"].append({**call, "id": new})
    return message


def offer_fact(fact: Fact) -> dict[str, Json]:
    """Name and type of a fact to report; the verifier calls days and moments both dates, people do not."""
    is_moment = fact.type == "date" and "T" in str(fact.value)
    return {"name": fact.name, "type": "date-time" if is_moment else fact.type}
