"""Valid and invalid calls on a state, with what a person would say and ask about them."""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from toolworlds.models.embedded.archetypes.compile import CompiledTool
from toolworlds.models.embedded.archetypes.plan import ReplyFact
from toolworlds.models.embedded.argument_sampling import ArgumentSampler, NoArguments
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.pointing import Known, Pointer, point_at
from toolworlds.records.base import Json
from toolworlds.records.tasks import FactType, Path
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit
from toolworlds.world.json_paths import NoSuchPath, read_path
from toolworlds.world.transaction import commit

Attempt = Callable[[dict[str, Json]], ToolReply]
"""Carries out a call of one tool on one state and says what came back; the state stays as it is."""

_TRIES = 16


@dataclass(frozen=True, slots=True)
class AskedFact:
    """A value of the reply that a person might want to know."""

    path: Path
    type: FactType
    noun: str
    unit: str | None
    of: str | None
    """The argument whose entity it belongs to, if to one."""
    value: Json


@dataclass(frozen=True, slots=True)
class SampledCall:
    """A call that succeeds."""

    arguments: dict[str, Json]
    pointers: dict[str, Pointer]
    facts: tuple[AskedFact, ...]
    reply: ToolReply


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """A call that breaks a documented rule, and which."""

    arguments: dict[str, Json]
    status: int
    why: str


def attempt_on(env: Environment, state: WorldState, tool_name: str) -> Attempt:
    """Calls of a tool by gate, twin and commit; they raise TwinFault or Refused if the twin is wrong."""

    def attempt(arguments: dict[str, Json]) -> ToolReply:
        admitted = admit(env, ToolCall(name=tool_name, arguments=arguments))
        if isinstance(admitted, ToolReply):
            return admitted
        proposal = env.run_twin(state, tool_name, admitted)
        return commit(env, state, env.tools[tool_name], admitted, proposal, "twin")[1]

    return attempt


def sample_call(
    tool: CompiledTool,
    domain: Domain,
    state: WorldState,
    rng: random.Random,
    known: Sequence[Known],
    attempt: Attempt,
    nameable: Collection[str] | None = None,
) -> SampledCall | None:
    """A call that succeeds and changes or tells something; None when none was found in some tries.

    With `nameable` it takes only entities of these ids.
    """
    tried: set[str] = set()
    for _ in range(_TRIES):
        try:
            arguments = ArgumentSampler(
                tool, domain, state, rng, known, tried=tried, nameable=nameable
            ).sample()
        except NoArguments:
            continue
        reply = attempt(arguments)
        tried.update(held for name, held in arguments.items() if tool.arguments[name].role == "subject")
        if reply.status == 200 and (reply.delta or (tool.spec.effect == "read" and _tells(reply.reply))):
            meanings = tool.arguments
            pointers = {name: point_at(meanings[name], arguments, domain, state, known) for name in arguments}
            return SampledCall(arguments, pointers, _list_facts(tool, arguments, reply.reply), reply)
    return None


def _tells(reply: Json) -> bool:
    """Whether a read found anything."""
    return bool(reply.get("total", 1)) and all(held != [] for held in reply.values())


def _list_facts(tool: CompiledTool, arguments: dict[str, Json], reply: Json) -> tuple[AskedFact, ...]:
    """The facts of a reply that the arguments do not already say, and that are the same for everyone."""
    facts = []
    for fact in tool.facts:
        value = _look_up(reply, fact.path)
        said = fact.path[-1] in arguments and arguments[str(fact.path[-1])] == value
        if (
            value is None
            or value == ""
            or said
            or (0 in fact.path and not _is_first(tool, fact, arguments, reply))
        ):
            continue
        facts.append(AskedFact(fact.path, fact.type, fact.noun, fact.unit, fact.of, value))
    return tuple(facts)


def _is_first(tool: CompiledTool, fact: ReplyFact, arguments: dict[str, Json], reply: Json) -> bool:
    """Whether the first of a list is first for a reason: alone, or without a tie in what it is sorted by."""
    items = reply[fact.path[0]]
    if len(items) == 1:
        return True
    operation = tool.operation
    by = getattr(operation, "by", None) or getattr(operation, "date", None)
    by = arguments.get("sort_by") or (operation.sort[0] if hasattr(operation, "sort") else by)
    return by in items[0] and items[0][by] != items[1][by]


def pinned(tool: CompiledTool, reply: Json) -> list[tuple[Path, Json]]:
    """The values of a success reply that the world dictates: numbers, words, dates, but no minted ids."""
    values = [(fact.path, _look_up(reply, fact.path)) for fact in tool.facts]
    return [(path, value) for path, value in values if value is not None]


def _look_up(reply: Json, path: Path) -> Json:
    """The value at a path, None when there is none."""
    try:
        return read_path(reply, path)
    except NoSuchPath:
        return None


def sample_refused_call(
    tool: CompiledTool, domain: Domain, state: WorldState, rng: random.Random, attempt: Attempt
) -> RefusedCall | None:
    """A call that fits the tool's schema and is refused by its rules: with 404, 409 or 422.

    None when the tool has no such rule (a search has none) or none was met in some tries.
    """
    first = rng.randint(0, 2)
    for place in range(first, first + _TRIES):
        try:
            arguments = ArgumentSampler(tool, domain, state, rng, (), loose=True).sample()
        except NoArguments:
            continue
        why = "a rule of the tool is not met"
        if place % 3 == 0:
            arguments, why = _break_lookup(tool, arguments, rng)
        reply = attempt(arguments)
        if reply.status in (404, 409, 422):
            return RefusedCall(arguments, reply.status, why if reply.status == 404 else reply.reply["error"])
    return None


def _break_lookup(
    tool: CompiledTool, arguments: dict[str, Json], rng: random.Random
) -> tuple[dict[str, Json], str]:
    """Asks for something that does not exist."""
    broken, why = dict(arguments), "nothing there fits"
    for name, meaning in tool.arguments.items():
        if meaning.kind == "entity":
            prefix = str(arguments.get(name, "")).split("_")[0]
            if name in arguments:
                broken[name], why = f"{prefix}_{rng.getrandbits(32):08x}", f"`{name}` does not exist"
                break
        elif meaning.kind == "filter" and meaning.required and isinstance(broken.get(name), str):
            broken[name] = str(broken[name])[:-1] + rng.choice("0123456789")
    return broken, why
