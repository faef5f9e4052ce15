"""Which models a run uses and how, and what of it makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from toolworlds.errors import UserError
from toolworlds.records.base import Json

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
    context_window: int | None = None
    """Tokens of prompt and reply together, for servers that do not state it."""
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
    places = list_places(options)
    procedural = [is_procedural(name) for name, _ in places]
    if options.server_urls and not any(
        urls == options.server_urls for name, urls in places if not is_procedural(name)
    ):
        raise UserError(
            f"--server-url {options.server_urls[0]} has nothing to serve: --model is {options.model!r}; "
            "name the served model by --model"
        )
    for role, (name, url) in options.role_models.items():
        if url and is_procedural(name):
            raise UserError(f"--role-model {role}={name}@{url}: {name} is not served; leave the URL out")
    for flag, value in (("--engine-args", options.engine_args), ("--api-key-env", options.api_key_env)):
        if all(procedural) and value:
            raise UserError(f"{flag} {value} means nothing to --model {options.model!r}; leave it out")
    if options.procedural_faults and not any(procedural):
        raise UserError(
            f"--procedural-faults {', '.join(options.procedural_faults)}: no model here is procedural, "
            f"--model is {options.model!r}; leave it out"
        )


def list_places(options: ModelOptions) -> list[tuple[str, tuple[str, ...]]]:
    """(name, URLs) of --model, then of each --role-model."""
    others = [(name, (url,) if url else options.server_urls) for name, url in options.role_models.values()]
    return [(options.model, options.server_urls), *others]


def is_procedural(name: str) -> bool:
    """Whether this names the embedded model, with or without an agent."""
    return name.split(":")[0] == PROCEDURAL
