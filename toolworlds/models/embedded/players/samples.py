"""Plays sample_writer: tasks in worlds of the catalogue, and makeshift plans over any other tools."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from toolworlds.language.words import base_form, join_words, lower_first, split_name
from toolworlds.models.embedded.chains import draft_chain, hangs_together
from toolworlds.models.embedded.environments import Environments
from toolworlds.models.embedded.loose_plans import (
    READING,
    SINGLE,
    SUBJECTS,
    WRITING,
    LoosePlan,
    list_providers,
    order_tools,
    score_tool,
)
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
MOST_FACTS = 2
ARTICLES = ("the", "a", "an", "one", "all")
MOST_CALLS = 3
"""In a plan by words alone."""


def play_task(request: Request, rng: random.Random, environments: Environments) -> dict[str, Json]:
    """A request and its plan; in a world of the catalogue one that can be carried out."""
    spec: EnvSpec | None = request.reference
    if spec is not None:
        return _plot_task(request, spec, rng, environments)
    return _draft_task(request.inputs, rng)


def play_plan(request: Request, rng: random.Random) -> dict[str, Json]:
    """The plan that there was; else one by the words that request and tools share, without understanding."""
    if request.reference is not None:
        known: dict[str, Json] = request.reference.to_json()
        return known
    inputs = request.inputs
    text: str = inputs["request"].strip()
    cards: Sequence[Mapping[str, Json]] = inputs["tools"]
    ranked = sorted(cards, key=lambda card: -score_tool(card, text))
    least = max(1.0, score_tool(ranked[0], text) / 2)
    chosen = list[Mapping[str, Json]]()
    for card in ranked:
        more = [new for new in list_providers(card, cards) if new not in chosen]
        if score_tool(card, text) >= least and len(chosen) + len(more) <= min(MOST_CALLS, inputs["maximum"]):
            chosen += more
    chosen = chosen or [ranked[0]]
    plan = LoosePlan(text, "the matter at hand", rng)
    for card in order_tools(chosen):
        plan.call(card)
    return _as_reply(plan)


def _draft_task(inputs: Mapping[str, Json], rng: random.Random) -> dict[str, Json]:
    """Tools that can follow one another, all about one subject, or about others where a tool comes again."""
    cards: Sequence[Mapping[str, Json]] = inputs["tools"]
    count = rng.randint(inputs["minimum"], inputs["maximum"])
    anchored = [card for card in cards if f"{card['server']}.{card['tool']}" == inputs["anchor"]]
    wanted = [*anchored, *rng.sample(cards, len(cards))]
    plan, chosen = LoosePlan("", rng.choice(SUBJECTS), rng), list[Mapping[str, Json]]()
    for card in wanted:
        more = [new for new in list_providers(card, cards) if new not in chosen]
        known = {one["tool"] for one in [*chosen, *more]}
        if card not in chosen and len(chosen) + len(more) <= count and len(known) <= inputs["most_tools"]:
            chosen += more
    chosen += [rng.choice(chosen) for _ in range(count - len(chosen))]
    chosen = order_tools(chosen)
    for card in chosen:
        plan.call(card)
    return _as_reply(plan) | {"user_prompt": _word_loosely(plan, chosen)}


def _as_reply(plan: LoosePlan) -> dict[str, Json]:
    last = plan.steps[-1]
    return {
        "assumptions": [],
        "tool_sequence": plan.steps,
        "must_call_tool": f"{last['server']}.{last['tool']}",
        "facts": [{"name": name, "place": place} for name, place in _pick_facts(plan).items()],
        "quality_criteria": ["It answers in the order in which things were asked."],
    }


def _pick_facts(plan: LoosePlan) -> dict[str, str]:
    """The last fields that the plan brings to light, each under a name of its own."""
    shown = [(name.lower(), place) for place, name, kinds in plan.offered if kinds & SINGLE]
    plain = [
        (name, place) for name, place in shown if name.isidentifier() and name[0].isalpha() and name.isascii()
    ]
    return dict(plain[-MOST_FACTS:])


def _word_loosely(plan: LoosePlan, cards: Sequence[Mapping[str, Json]]) -> str:
    """What is wanted of each tool, with which values, and what is to be told."""
    wishes = []
    for number, (card, step) in enumerate(zip(cards, plan.steps, strict=True), start=1):
        said = card.get("description", "").split(".")[0] or card["tool"].replace("_", " ").replace("-", " ")
        values = [f"{_speak(name)}: {_tell_value(value, plan)}" for name, value in step["params"].items()]
        told = f" ({'; '.join(values)})" if values else ""
        wishes.append(f"({number}) {_ask_for(said.strip(), card['tool'])}{told}")
    facts = _pick_facts(plan)
    asked = join_words([_point_at(place, name) for name, place in facts.items()])
    told = f"tell me {asked}" if asked else "tell me what came of it"
    return f"Please do this for me, in this order: {', '.join(wishes)}. Then {told}."


def _speak(name: str) -> str:
    return name.replace("_", " ")


def _point_at(reference: str, name: str) -> str:
    """`the first symbol from (1)`, or `all of (1)` where the whole output is meant."""
    step, dot, path = reference.strip("${}").partition(".")
    return (
        f"the {'first ' if '[0]' in path else ''}{_speak(name)} from ({step})" if dot else f"all of ({step})"
    )


def _tell_value(value: Json, plan: LoosePlan) -> str:
    """A param's value as a person says it; what an earlier step returns is named by that step."""
    names = {place: name for place, name, _ in plan.offered}

    return re.sub(r"\$\{[^}]*\}", lambda found: _point_at(found[0], names.get(found[0], "")), str(value))


def _ask_for(said: str, tool: str) -> str:
    """A description as a wish: `find pages` for `Finds pages`, `look up the price` for `The price`."""
    verb, _, rest = said.partition(" ")
    known = (*READING, *WRITING, *split_name(tool)[:1])
    plain = base_form(verb.lower(), known)
    if verb.lower() in ARTICLES:
        return f"look up {lower_first(said)}"
    if plain in known or rest.partition(" ")[0] in ARTICLES:
        return f"{plain} {rest}".strip()
    return f"look up the {lower_first(said)}"


def _plot_task(
    request: Request, spec: EnvSpec, rng: random.Random, environments: Environments
) -> dict[str, Json]:
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
