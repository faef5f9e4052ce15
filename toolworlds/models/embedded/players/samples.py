"""Plays sample_writer: tasks in worlds of the catalogue. Tools without a world need a language model."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from toolworlds.models.embedded.chains import draft_chain, hangs_together
from toolworlds.models.embedded.environments import Environments
from toolworlds.models.embedded.phrasing.facts import name_fact
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn
from toolworlds.models.embedded.phrasing.requests import word_request
from toolworlds.models.embedded.phrasing.styles import choose_style
from toolworlds.models.embedded.phrasing.summaries import merge_requests
from toolworlds.models.embedded.subfields import CompiledSubfield, open_subfield
from toolworlds.models.embedded.task_planning import TaskPlanner
from toolworlds.records.base import Json
from toolworlds.records.completions import ReplyError, Request
from toolworlds.records.tools import EnvSpec

CHAIN_TRIES = 60


def play_task(request: Request, rng: random.Random, environments: Environments) -> dict[str, Json]:
    """A request and a plan that can be carried out. Raises ReplyError without an environment."""
    spec: EnvSpec | None = request.reference
    if spec is None:
        raise ReplyError("the embedded model plans in environments only; give one, or a language model")
    inputs = request.inputs
    subfield = open_subfield(spec.field, spec.subfield)
    tools = [subfield.find_tool(card["tool"]) for card in inputs["tools"]]
    style, state = choose_style(rng), spec.initial_state
    planner = TaskPlanner(subfield, environments.open(subfield), state, style, origin=state)
    anchor = inputs["anchor"].rpartition(".")[2]
    for attempt in range(CHAIN_TRIES):
        names = _draft_names(subfield, tools, inputs, rng)
        if attempt < CHAIN_TRIES // 2 and anchor not in names:
            continue
        turns = planner.plan_turns(names, rng) if names else None
        if turns:
            return _tell(turns, spec.spec_id, rng)
    raise ReplyError(
        f"the world of {spec.spec_id} offers no chain of {inputs['minimum']} steps in some tries"
    )


def _draft_names(
    subfield: CompiledSubfield, tools: Sequence[Json], inputs: Mapping[str, Json], rng: random.Random
) -> tuple[str, ...]:
    """A chain of tools; beyond the number of different tools it goes on with some of them once more."""
    count = rng.randint(inputs["minimum"], inputs["maximum"])
    chain = draft_chain(subfield.domain, tools, min(count, inputs["most_tools"]), rng)
    if not chain or not hangs_together(subfield.domain, chain):
        return ()
    while len(chain) < count:
        more = draft_chain(subfield.domain, chain, min(count - len(chain), len(set(map(id, chain)))), rng)
        if not more:
            return ()
        chain += more
    return tuple(tool.spec.tool_name for tool in chain)


def _tell(turns: Sequence[PlannedTurn], server: str, rng: random.Random) -> dict[str, Json]:
    """Scenes as one request and its plan."""
    facts: dict[str, str] = {}
    for number, turn in enumerate(turns, start=1):
        for fact in turn.facts:
            facts[name_fact(turn, fact, list(facts))] = _refer(number, fact.path)
    steps = [
        {"step": number, "server": server, "tool": turn.tool.spec.tool_name, "params": _point(turn)}
        for number, turn in enumerate(turns, start=1)
    ]
    writing = [turn for turn in turns if turn.tool.spec.effect == "write"] or list(turns)
    requests = [word_request(replace(turn, rng=rng)) for turn in turns]
    return {
        "assumptions": [],
        "tool_sequence": steps,
        "must_call_tool": f"{server}.{writing[-1].tool.spec.tool_name}",
        "facts": [{"name": name, "place": place} for name, place in facts.items()],
        "quality_criteria": ["It says of each piece of work that it is done."],
        "user_prompt": merge_requests(requests, turns[0].style, rng),
    }


def _point(turn: PlannedTurn) -> dict[str, Json]:
    """The call's arguments; what stood in an earlier reply is referred to."""
    return {
        name: value
        if (pointer := turn.call.pointers.get(name)) is None or pointer.call is None
        else _refer(pointer.call + 1, pointer.path)
        for name, value in turn.call.arguments.items()
    }


def _refer(step: int, path: Sequence[str | int]) -> str:
    places = (f"[{place}]" if isinstance(place, int) else f".{place}" for place in path)
    return f"${{{step}{''.join(places)}}}"
