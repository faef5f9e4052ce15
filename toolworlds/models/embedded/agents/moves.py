"""What an embedded agent sees of a rollout, and what it can do next: call a tool or finish."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from toolworlds.records.base import Json
from toolworlds.records.completions import Request
from toolworlds.records.tools import ToolCall

RESULT_MARK = "Result of "
"""How a tool's reply begins where the agent works without native tool calls."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an episode: a sentence and the facts."""

    message: str
    answer: dict[str, Json] = field(default_factory=dict)


Move = ToolCall | Finish


@dataclass(frozen=True, slots=True)
class RolloutSoFar:
    """A rollout so far, as the agent's messages tell it."""

    request: str
    """What the user asked for."""
    tools: Sequence[dict[str, Json]]
    """OpenAI function schemas; empty in JSON-action mode."""
    replies: list[Json]
    """What the calls so far returned, in order."""


def read_episode(request: Request) -> RolloutSoFar:
    """Reads the messages of a rollout, in either mode."""
    users = [m["content"] for m in request.messages if m["role"] == "user"]
    heard = [m["content"] for m in request.messages if m["role"] == "tool"]
    heard += [text.partition(": ")[2] for text in users[1:] if text.startswith(RESULT_MARK)]
    return RolloutSoFar(users[0] if users else "", request.tools, [_read_reply(text) for text in heard])


def _read_reply(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text
