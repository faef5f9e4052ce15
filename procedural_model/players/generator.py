"""Plays the role env_generator: everything it invents stands in the catalogue."""

import random
from collections.abc import Iterable, Mapping, Sequence

from llm import Request
from procedural_model.archetypes.compile import CompiledTool
from procedural_model.catalogue import Scenario, load_field
from procedural_model.entities import Domain
from procedural_model.kits import Kit, open_kit, recognise_kit
from procedural_model.phrasing.scene import archetype_of
from procedural_model.phrasing.voices import choose_voice
from procedural_model.plotting import Plot
from procedural_model.pointing import target_of
from procedural_model.workshop import Workshop
from procedural_model.worlds import build_world
from records.base import Json, Record
from records.tools import EnvSpec

CHAIN_TRIES = 20
"""Chains that are drafted for each one asked for."""
SILENT = ("aggregate", "breakdown", "quote", "availability", "bulk")
"""Archetypes whose replies show no ids."""


def play_subfields(request: Request, rng: random.Random) -> dict[str, Json]:
    """Subfields of a field; all of them if there are no more than asked for."""
    subfields = load_field(request.inputs["field"]).subfields
    return {"subfields": _sample_ideas(subfields, request.inputs["count"], rng)}


def play_tasks(request: Request, rng: random.Random) -> dict[str, Json]:
    """Scenarios of a subfield; all of them if there are no more than asked for."""
    kit = open_kit(request.inputs["field"], request.inputs["subfield"]["name"])
    return {"scenarios": _sample_ideas(kit.subfield.scenarios, request.inputs["count"], rng)}


def play_world(request: Request, rng: random.Random) -> dict[str, Json]:
    """A fresh world of the subfield."""
    kit = open_kit(request.inputs["field"], request.inputs["subfield"]["name"])
    world = build_world(kit.subfield, rng)
    return {
        "policy": "\n".join(f"- {rule}" for rule in kit.subfield.policy),
        "now": world.state.now,
        "world_schema": world.schema.to_json(),
        "collections": world.state.collections,
    }


def play_tools(request: Request, rng: random.Random) -> dict[str, Json]:
    """Tools that the scenario favours, those that look up what they need, and others."""
    inputs = request.inputs
    kit = recognise_kit(inputs["world_schema"])
    count = rng.randint(inputs["minimum"], inputs["maximum"])
    scenario = next((s for s in kit.subfield.scenarios if s.name == inputs["scenario"]["name"]), None)
    chosen = _choose_tools(kit, scenario, count, rng)
    return {"tools": [_draft(tool) for name, tool in kit.tools.items() if name in chosen]}


def play_metadata(request: Request, rng: random.Random) -> dict[str, Json]:
    """A tool's rules, refusals, reply fields and twin."""
    tool = recognise_kit(request.inputs["world_schema"]).find_tool(request.inputs["tool"]["tool_name"])
    return {
        "usage": [rule.to_json() for rule in tool.spec.usage],
        "error_messages": [error.to_json() for error in tool.spec.error_messages],
        "output_details": tool.spec.output_details,
        "twin": tool.twin.source,
    }


def list_needs(domain: Domain, tool: CompiledTool) -> set[str]:
    """Collections whose ids the tool requires and only another tool can tell: people know names, not ids."""
    return {
        meaning.collection
        for meaning in tool.arguments.values()
        if meaning.kind == "entity" and meaning.required and domain[meaning.collection].label is not None
    }


def looks_up(tool: CompiledTool) -> bool:
    """Whether the tool finds entities for someone who has no id."""
    return archetype_of(tool) in ("search", "find", "rank")


def _sample_ideas(known: Iterable[Record], count: int, rng: random.Random) -> list[dict[str, Json]]:
    ideas = [idea.model_dump(include={"name", "description"}) for idea in known]
    return rng.sample(ideas, min(count, len(ideas)))


def _choose_tools(kit: Kit, scenario: Scenario | None, count: int, rng: random.Random) -> list[str]:
    """Names in order of importance, cut at `count`; a tool comes with those that look up what it needs."""
    favoured = [name for name in (scenario.favours if scenario else []) if name in kit.tools]
    others = [name for name in kit.tools if name not in favoured]
    rng.shuffle(others)
    chosen: dict[str, None] = {}
    for name in (*favoured, *others):
        chosen |= dict.fromkeys([*_lookups_for(kit, kit.find_tool(name)), name])
    return list(chosen)[:count]


def _lookups_for(kit: Kit, tool: CompiledTool) -> list[str]:
    """For each collection that the tool needs, the first tool that looks its entities up."""
    found: Mapping[str, str] = {
        other.collection: name for name, other in reversed(kit.tools.items()) if looks_up(other)
    }
    return [found[need] for need in sorted(list_needs(kit.domain, tool)) if need in found]


def _draft(tool: CompiledTool) -> dict[str, Json]:
    fields = ("tool_name", "tool_description", "parameters", "effect", "footprint")
    return tool.spec.model_dump(mode="json", include=set(fields))


def play_sequences(request: Request, rng: random.Random, workshop: Workshop) -> dict[str, Json]:
    """Chains in which later tools can be called with what earlier ones return."""
    spec: EnvSpec = request.reference
    kit = open_kit(spec.field, spec.subfield)
    tools = [kit.find_tool(tool.tool_name) for tool in spec.tools]
    state = spec.initial_state
    plot = Plot(kit, workshop.open_environment(kit), state, choose_voice(rng), origin=state)
    chains: dict[tuple[str, ...], None] = {}
    for _ in range(CHAIN_TRIES * request.inputs["count"]):
        if len(chains) == request.inputs["count"]:
            break
        length = rng.randint(request.inputs["minimum"], request.inputs["maximum"])
        chain = _draft_chain(kit.domain, tools, length, rng)
        names = tuple(tool.spec.tool_name for tool in chain)
        if (
            chain
            and names not in chains
            and _hangs_together(kit.domain, chain)
            and plot.compose(names, rng) is not None
        ):
            chains[names] = None
    purposes = {chain: _tell_purpose(kit, chain) for chain in chains}
    return {"sequences": [{"tools": list(chain), "purpose": purposes[chain]} for chain in chains]}


def _draft_chain(
    domain: Domain, tools: Sequence[CompiledTool], length: int, rng: random.Random
) -> list[CompiledTool]:
    """A walk over the tools: each finds what it needs in the replies before; empty where it got stuck."""
    chain: list[CompiledTool] = []
    shown: set[str] = set()
    while len(chain) < length:
        usable = [tool for tool in tools if tool not in chain and list_needs(domain, tool) <= shown]
        if not usable:
            return []
        weights = [_weigh(domain, tool, shown, last=len(chain) == length - 1) for tool in usable]
        chain.append(rng.choices(usable, weights)[0])
        shown |= list_shown(domain, chain[-1])
    return chain


def _hangs_together(domain: Domain, chain: Sequence[CompiledTool]) -> bool:
    """Whether something is changed, and all reads but one serve a later call or go on from an earlier one."""
    idle = 0
    for place, tool in enumerate(chain):
        later = {name for other in chain[place + 1 :] for name in list_used(domain, other)}
        shown = {name for other in chain[:place] for name in list_shown(domain, other)}
        serves = list_shown(domain, tool) & later or list_used(domain, tool) & shown
        idle += tool.spec.effect == "read" and not serves
    return idle <= 1 and any(tool.spec.effect == "write" for tool in chain)


def list_used(domain: Domain, tool: CompiledTool) -> set[str]:
    """Collections whose ids the tool takes."""
    return {target for m in tool.arguments.values() if (target := target_of(m, domain)) and m.required}


def list_shown(domain: Domain, tool: CompiledTool) -> set[str]:
    """Collections whose ids the tool's replies show."""
    references = domain.references(tool.collection)
    shown = {references[field] for field in getattr(tool.operation, "show", ()) if field in references}
    if archetype_of(tool) == "get":
        shown |= set(references.values())
    return shown if archetype_of(tool) in SILENT else {tool.collection, *shown}


def _weigh(domain: Domain, tool: CompiledTool, shown: set[str], *, last: bool) -> float:
    """How well a tool continues a chain: changes that use what was shown first, lookups seldom at the end."""
    needs = list_used(domain, tool)
    if looks_up(tool):
        return 0.5 if last else 2.0
    weight = 4.0 if tool.spec.effect == "write" else 1.5
    return weight * (2.0 if needs & shown else 0.5)


def _tell_purpose(kit: Kit, chain: Sequence[str]) -> str:
    return "; ".join(kit.find_tool(name).spec.tool_description.split(".")[0].strip() for name in chain)
