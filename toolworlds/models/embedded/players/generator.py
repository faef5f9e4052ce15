"""Plays the role env_generator: everything it invents stands in the catalogue."""

import random
from collections.abc import Iterable, Mapping, Sequence

from toolworlds.models.embedded.archetypes.compile import CompiledTool
from toolworlds.models.embedded.catalogue import SubfieldScenario, load_field
from toolworlds.models.embedded.chains import draft_chain, hangs_together, list_needs, looks_up
from toolworlds.models.embedded.environments import Environments
from toolworlds.models.embedded.phrasing.styles import choose_style
from toolworlds.models.embedded.subfields import CompiledSubfield, open_subfield, recognise_subfield
from toolworlds.models.embedded.task_planning import TaskPlanner
from toolworlds.models.embedded.worlds import build_world
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Request
from toolworlds.records.tools import EnvSpec

CHAIN_TRIES = 20
"""Chains that are drafted for each one asked for."""


def play_subfields(request: Request, rng: random.Random) -> dict[str, Json]:
    """Subfields of a field; all of them if there are no more than asked for."""
    subfields = load_field(request.inputs["field"]).subfields
    return {"subfields": _sample_ideas(subfields, request.inputs["count"], rng)}


def play_tasks(request: Request, rng: random.Random) -> dict[str, Json]:
    """Scenarios of a subfield; all of them if there are no more than asked for."""
    subfield = open_subfield(request.inputs["field"], request.inputs["subfield"]["name"])
    return {"scenarios": _sample_ideas(subfield.source.scenarios, request.inputs["count"], rng)}


def play_world(request: Request, rng: random.Random) -> dict[str, Json]:
    """A fresh world of the subfield."""
    subfield = open_subfield(request.inputs["field"], request.inputs["subfield"]["name"])
    world = build_world(subfield.source, rng)
    return {
        "policy": "\n".join(f"- {rule}" for rule in subfield.source.policy),
        "now": world.state.now,
        "world_schema": world.schema.to_json(),
        "collections": world.state.collections,
    }


def play_tools(request: Request, rng: random.Random) -> dict[str, Json]:
    """Tools that the scenario favours, those that look up what they need, and others."""
    inputs = request.inputs
    subfield = recognise_subfield(inputs["world_schema"])
    count = rng.randint(inputs["minimum"], inputs["maximum"])
    scenario = next((s for s in subfield.source.scenarios if s.name == inputs["scenario"]["name"]), None)
    chosen = _choose_tools(subfield, scenario, count, rng)
    return {"tools": [_draft(tool) for name, tool in subfield.tools.items() if name in chosen]}


def play_metadata(request: Request, rng: random.Random) -> dict[str, Json]:
    """A tool's rules, refusals, reply fields and twin."""
    tool = recognise_subfield(request.inputs["world_schema"]).find_tool(request.inputs["tool"]["tool_name"])
    return {
        "usage": [rule.to_json() for rule in tool.spec.usage],
        "error_messages": [error.to_json() for error in tool.spec.error_messages],
        "output_details": tool.spec.output_details,
        "twin": tool.twin.source,
    }


def _sample_ideas(known: Iterable[Record], count: int, rng: random.Random) -> list[dict[str, Json]]:
    ideas = [idea.model_dump(include={"name", "description"}) for idea in known]
    return rng.sample(ideas, min(count, len(ideas)))


def _choose_tools(
    subfield: CompiledSubfield, scenario: SubfieldScenario | None, count: int, rng: random.Random
) -> list[str]:
    """Names in order of importance, cut at `count`; a tool comes with those that look up what it needs."""
    favoured = [name for name in (scenario.favours if scenario else []) if name in subfield.tools]
    others = [name for name in subfield.tools if name not in favoured]
    rng.shuffle(others)
    chosen: dict[str, None] = {}
    for name in (*favoured, *others):
        chosen |= dict.fromkeys([*_lookups_for(subfield, subfield.find_tool(name)), name])
    return list(chosen)[:count]


def _lookups_for(subfield: CompiledSubfield, tool: CompiledTool) -> list[str]:
    """For each collection that the tool needs, the first tool that looks its entities up."""
    found: Mapping[str, str] = {
        other.collection: name for name, other in reversed(subfield.tools.items()) if looks_up(other)
    }
    return [found[need] for need in sorted(list_needs(subfield.domain, tool)) if need in found]


def _draft(tool: CompiledTool) -> dict[str, Json]:
    fields = ("tool_name", "tool_description", "parameters", "effect", "footprint")
    return tool.spec.model_dump(mode="json", include=set(fields))


def play_sequences(request: Request, rng: random.Random, environments: Environments) -> dict[str, Json]:
    """Chains in which later tools can be called with what earlier ones return."""
    spec: EnvSpec = request.reference
    subfield = open_subfield(spec.field, spec.subfield)
    tools = [subfield.find_tool(tool.tool_name) for tool in spec.tools]
    state = spec.initial_state
    planner = TaskPlanner(subfield, environments.open(subfield), state, choose_style(rng), origin=state)
    chains: dict[tuple[str, ...], None] = {}
    for _ in range(CHAIN_TRIES * request.inputs["count"]):
        if len(chains) == request.inputs["count"]:
            break
        length = rng.randint(request.inputs["minimum"], request.inputs["maximum"])
        chain = draft_chain(subfield.domain, tools, length, rng)
        names = tuple(tool.spec.tool_name for tool in chain)
        if (
            chain
            and names not in chains
            and hangs_together(subfield.domain, chain)
            and planner.plan_turns(names, rng) is not None
        ):
            chains[names] = None
    purposes = {chain: _describe_purpose(subfield, chain) for chain in chains}
    return {"sequences": [{"tools": list(chain), "purpose": purposes[chain]} for chain in chains]}


def _describe_purpose(subfield: CompiledSubfield, chain: Sequence[str]) -> str:
    return "; ".join(subfield.find_tool(name).spec.tool_description.split(".")[0].strip() for name in chain)
