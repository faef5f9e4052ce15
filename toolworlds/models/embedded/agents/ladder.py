"""Agents of known skill, from oracle to no-op, chosen by name; their moves become completions."""

import json
import random
from dataclasses import dataclass
from typing import Literal, get_args

from toolworlds.errors import UserError
from toolworlds.models.embedded.agents.guessing import play_greedy, play_random
from toolworlds.models.embedded.agents.moves import Finish, Move, read_episode
from toolworlds.models.embedded.agents.skilled import play_truth
from toolworlds.models.embedded.completions import make_completion
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ReplyError, Request
from toolworlds.records.tasks import Row

AgentKind = Literal["oracle", "noisy", "greedy", "random", "noop"]
"""
oracle  makes the ground truth's calls and reports the facts it reads
noisy   does each step rightly with a given probability; otherwise it skips a call or changes a value
greedy  makes the first call for which the request seems to hold values, and stops
random  makes calls of any tools with any values
noop    says that all is done
"""


@dataclass(frozen=True, slots=True)
class Agent:
    """One of them."""

    kind: AgentKind = "oracle"
    skill: float = 1.0
    """Probability that a step is right; only `noisy` has less than 1."""

    def move(self, request: Request, rng: random.Random) -> Move:
        """The next move in a rollout whose row is the request's reference; `rng` is the rollout's own."""
        row = request.reference
        if not isinstance(row, Row):
            raise ReplyError("the embedded model plays agents on certified rows only; use a real model here")
        episode = read_episode(request)
        if self.kind in ("oracle", "noisy"):
            return play_truth(row, episode, self.skill, rng)
        if self.kind == "greedy":
            return play_greedy(row, episode)
        return play_random(row, episode, rng) if self.kind == "random" else Finish("Everything is done.")


def parse_agent(text: str) -> Agent:
    """`oracle` or `noisy=0.8` as an agent. Raises UserError for an unknown name or a missing rate."""
    name, _, rate = text.partition("=")
    kind = next((kind for kind in get_args(AgentKind) if kind == name), None)
    if kind is None:
        known = ", ".join(get_args(AgentKind))
        raise UserError(f"--model procedural:{text}: no such agent; the agents are {known}")
    if kind != "noisy":
        return Agent(kind)
    try:
        skill = float(rate)
    except ValueError:
        skill = -1.0
    if not 0 <= skill <= 1:
        raise UserError(f"--model procedural:{text}: noisy takes a skill from 0 to 1, e.g. noisy=0.8")
    return Agent(kind, skill)


def act(agent: Agent, request: Request, rng: random.Random, model: str) -> Completion:
    """The agent's next message: a native tool call, or one JSON action where a reply schema asks for it."""
    move = agent.move(request, rng)
    if request.reply_schema is not None:
        return make_completion(request, json.dumps(_as_action(move), ensure_ascii=False), model)
    if isinstance(move, Finish):
        return make_completion(
            request, f"{move.message}\n{json.dumps(_as_end(move), ensure_ascii=False)}", model
        )
    function = {"name": move.name, "arguments": json.dumps(move.arguments, ensure_ascii=False)}
    call = {"id": f"call_{len(request.messages)}", "type": "function", "function": function}
    return make_completion(request, "", model, (call,))


def _as_end(move: Finish) -> dict[str, Json]:
    return {"outcome": "done", "reason": None, "answer": move.answer}


def _as_action(move: Move) -> dict[str, Json]:
    if isinstance(move, Finish):
        return {"reasoning": "", "call": None, "finish": {"message": move.message, **_as_end(move)}}
    return {"reasoning": "", "call": move.to_json(), "finish": None}
