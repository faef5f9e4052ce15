"""The protocol of language models: a request, a completion, and who turns the one into the other.

ReplyError      the model answered, and after the bounded re-asks no answer could be used: a bad item
ProviderError   nobody answered: the call is owed, never a verdict about the item
RefusalError    the server will never take this request, e.g. for its schema: a bad item
ContextError    the same, since prompt and reply do not fit into the model's context window
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from toolworlds.errors import ItemError
from toolworlds.records.base import Json

THOUGHT_TAGS = (("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]"))
"""How models mark thoughts within what they write."""

FinishReason = Literal["stop", "tool_calls", "length", "filtered"]
"""`filtered`: the server withheld the reply, or part of it."""


class ReplyError(ItemError):
    """No usable reply after the bounded re-asks; `raw` holds the last one."""

    kind = "reply"


class ProviderError(ItemError):
    """The server did not serve the call within its tries; the item stays owed and a re-run asks again."""

    kind = "provider"


class RefusalError(ItemError):
    """The server takes other requests but not this one: its prompt is too long, or its schema unsupported."""

    kind = "refused"


class ContextError(RefusalError):
    """Prompt and reply do not fit into the model's context window."""

    kind = "context"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. `seed` is filled in from the request's id when None."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 4096
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a model."""

    request_id: str
    """Stable: `<item>/<step>/<attempt>`. The sampling seed and the record file are derived from it."""
    role: str
    """`<template>.<part>`, e.g. `task_evolver.t0`; one model and one sampling per role or template."""
    messages: tuple[dict[str, Json], ...]
    """OpenAI-shaped messages; an assistant's `reasoning` is handed back within a tool loop."""
    reply_schema: dict[str, Json] | None = None
    """JSON Schema that the reply must fit; asked for by constrained decoding and always checked again."""
    tools: tuple[dict[str, Json], ...] = ()
    """OpenAI function schemas for native tool calling; exclusive with `reply_schema`."""
    sampling: Sampling = field(default_factory=Sampling)
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """What the template was rendered with; kept in the audit log."""
    reference: Any = None
    """What the embedded model needs to answer, as a record; never rendered, sent or recorded."""
    attempt: int = 0
    """0 for the first ask; re-asks after an unusable reply count up."""
    session: str = ""
    """Calls of one rollout share it, so that they stay on one replica and its prefix cache."""
    token_ids: bool = False
    """Ask for exact token ids and log-probabilities too, where the engine gives them."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one completion."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int | None = None
    """Among `completion_tokens`; None where the server does not say."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back. `tool_calls` are OpenAI-shaped; their `arguments` are JSON strings.

    `text` is what the model said and never what it thought: clients split the two (`split_thoughts`).
    """

    text: str
    finish_reason: FinishReason
    model: str
    tool_calls: tuple[dict[str, Json], ...] = ()
    reasoning: str | None = None
    usage: Usage = field(default_factory=Usage)
    prompt_token_ids: list[int] | None = None
    token_ids: list[int] | None = None
    logprobs: list[float] | None = None
    retries: int = 0
    """Tries that the transport or the server's capacity cost before this one."""


class Model(Protocol):
    """Anything that completes requests. Implementations are safe to call from many coroutines at once."""

    name: str
    """As kept in provenance, e.g. `procedural`, `Qwen/Qwen3-32B`."""

    async def complete(self, request: Request) -> Completion:
        """One completion; raises ProviderError when nobody answers."""
        ...

    async def aclose(self) -> None:
        """Frees connections, engines and workers."""
        ...

    def describe(self) -> dict[str, Json]:
        """Engine, version, chat template hash: what provenance keeps; no hosts, no keys."""
        ...


def seed_for(request_id: str, seed: int) -> int:
    """A 31-bit sampling seed: a function of the run's seed and the request's id alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{request_id}".encode()).digest()[:4], "big") >> 1


def split_thoughts(message: str) -> tuple[str, str]:
    """Thoughts and the rest; chat templates may have opened the thoughts before the message began.

    A message cut off within its thoughts says nothing. Some models write `[THINK]` or `<thinking>`.
    """
    for opening, closing in THOUGHT_TAGS:
        opened = message.lstrip().startswith(opening)
        before, closed, after = message.partition(closing)
        if opened and not closed:
            return message.lstrip().removeprefix(opening).strip(), ""
        if closed and (opened or not any(mark in before for mark in ("<tool_call>", opening))):
            thoughts = before.lstrip().removeprefix(opening).removeprefix("\n").removesuffix("\n")
            return thoughts, after.removeprefix("\n").removeprefix("\n")
    return "", message
