"""The one door to language models: a request, a completion, the protocol between them, and the factory.

Everything behind the door (`model_clients/`, `procedural_model/`) is imported only when it is asked for.

    ReplyError      the model answered, and after the bounded re-asks no answer could be used: a bad item
    ProviderError   nobody answered: the call is owed, never a verdict about the item
    RefusalError    the server will never take this request, e.g. for its length: a bad item
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from records.base import Json
from utils import ItemError, UserError

PROCEDURAL = "procedural"

ROLES = (
    "env_generator",
    "env_simulator",
    "tool_simulator",
    "judge_simulator",
    "task_evolver",
    "task_solver",
    "task_judge",
    "task_summarizer",
    "trajectory_judge",
    "sample_writer",
    "conversation_judge",
    "conversation_repairer",
    "conversation_writer",
)

FinishReason = Literal["stop", "tool_calls", "length"]


class ReplyError(ItemError):
    """No usable reply after the bounded re-asks; `raw` holds the last one."""

    kind = "reply"


class ProviderError(ItemError):
    """The server did not serve the call within its tries; the item stays owed and a re-run asks again."""

    kind = "provider"


class RefusalError(ItemError):
    """The server takes other requests but not this one: its prompt is too long, or its schema unsupported."""

    kind = "refused"


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
    """Truth for stand-ins (the procedural model) and nobody else: never rendered, sent or recorded."""
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
    """What came back. `tool_calls` are OpenAI-shaped; their `arguments` are JSON strings."""

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


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Which models a run uses and how; the flags of the same names say it on the command line."""

    model: str = PROCEDURAL
    """`procedural[:agent]`, or the name or path of a model that is served or runs in process."""
    server_urls: tuple[str, ...] = ()
    engine_args: Mapping[str, Json] = field(default_factory=dict)
    """Arguments of the in-process engine. Of a server's only `reasoning_parser` matters here: with one, the
    model reasons in a channel of its own."""
    api_key_env: str = ""
    """Environment variable with the servers' key; no key is sent without one."""
    backend: Literal["chat", "responses"] = "chat"
    """Which of OpenAI's two APIs the servers are asked through."""
    reasoning_effort: str = ""
    """How hard a reasoning model is to think (`low`, `high`); empty: nothing is said of it."""
    role_models: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """role -> (model, URL or None for where the main model is served)."""
    role_sampling: Mapping[str, Mapping[str, float | int]] = field(default_factory=dict)
    """role -> what differs from the role's own sampling."""
    procedural_faults: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    concurrency: int = 64
    record_dir: Path | None = None
    replay_dir: Path | None = None


def check_options(options: ModelOptions) -> None:
    """Raises UserError for a role that does not exist and for a setting that no chosen model would use."""
    for role in (*options.role_models, *options.role_sampling):
        if role.split(".")[0] not in ROLES:
            raise UserError(f"unknown role {role!r}; the roles are {', '.join(ROLES)}")
    places = _list_places(options)
    procedural = [_is_procedural(name) for name, _ in places]
    if options.server_urls and not any(
        urls == options.server_urls for name, urls in places if not _is_procedural(name)
    ):
        raise UserError(
            f"--server-url {options.server_urls[0]} has nothing to serve: --model is {options.model!r}; "
            "name the served model by --model"
        )
    for role, (name, url) in options.role_models.items():
        if url and _is_procedural(name):
            raise UserError(f"--role-model {role}={name}@{url}: {name} is not served; leave the URL out")
    for flag, value in (("--engine-args", options.engine_args), ("--api-key-env", options.api_key_env)):
        if all(procedural) and value:
            raise UserError(f"{flag} {value} means nothing to --model {options.model!r}; leave it out")
    if options.procedural_faults and not any(procedural):
        raise UserError(
            f"--procedural-faults {', '.join(options.procedural_faults)}: no model here is procedural, "
            f"--model is {options.model!r}; leave it out"
        )


def _list_places(options: ModelOptions) -> list[tuple[str, tuple[str, ...]]]:
    """(name, URLs) of --model, then of each --role-model."""
    others = [(name, (url,) if url else options.server_urls) for name, url in options.role_models.values()]
    return [(options.model, options.server_urls), *others]


def open_model(options: ModelOptions) -> Model:
    """The model that these options describe; raises UserError where it cannot be had.

    Servers are looked at, engines are loaded, records are read here, before any item is begun.
    """
    from model_clients.recording import RecordingModel, ReplayModel

    check_options(options)
    model = ReplayModel(options.replay_dir) if options.replay_dir else _open_routed(options)
    return RecordingModel(model, options.record_dir) if options.record_dir else model


def _open_routed(options: ModelOptions) -> Model:
    from model_clients.routing import RoutedModel

    places = _list_places(options)
    opened = {place: _open_one(*place, options) for place in dict.fromkeys(places)}
    by_role = dict(zip(options.role_models, (opened[place] for place in places[1:]), strict=True))
    return RoutedModel(opened[places[0]], by_role, options.role_sampling, options.seed)


def _open_one(name: str, urls: tuple[str, ...], options: ModelOptions) -> Model:
    if _is_procedural(name):
        from procedural_model.model import ProceduralModel

        return ProceduralModel(name, options.seed, options.procedural_faults)
    if urls:
        from model_clients.server import open_server

        return open_server(
            name,
            urls,
            key_env=options.api_key_env,
            concurrency=options.concurrency,
            reasoning_channel=bool(options.engine_args.get("reasoning_parser") or options.reasoning_effort),
            backend=options.backend,
            reasoning_effort=options.reasoning_effort,
        )
    from model_clients.vllm_engine import open_engine

    return open_engine(name, options.engine_args)


def _is_procedural(name: str) -> bool:
    return name.split(":")[0] == PROCEDURAL


def seed_for(request_id: str, seed: int) -> int:
    """A 31-bit sampling seed: a function of the run's seed and the request's id alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{request_id}".encode()).digest()[:4], "big") >> 1
