"""Chains of tools drawn from a graph of which tool's replies hold what another takes: no model is asked.

An environment's tools become endpoints of one catalogue, its collections the entities; ids flow, and are
read off the schema and the audit's right calls as `chains.link_tools` does; `toolworlds/catalogue` does the
rest.
"""

import random
from collections.abc import Iterator

from task_generation.chains import IdFinder, list_successes
from toolworlds.catalogue.intents import read_intent
from toolworlds.catalogue.patterns import ACTS
from toolworlds.catalogue.projected import project
from toolworlds.catalogue.sampler import ChainSampler, Constraints, NoChain
from toolworlds.records.audits import SpecAudit
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Intent, Parameter, Registry, ResponseField, Tool
from toolworlds.records.tools import EnvSpec, ToolSpec
from toolworlds.world.json_paths import list_texts, walk_leaves

TRIES_PER_CHAIN = 50
"""Draws for each chain wanted; small environments have few different ones."""


def draw_chains(
    spec: EnvSpec, audit: SpecAudit, lengths: tuple[int, int], wanted: int, seed: int
) -> Iterator[list[str]]:
    """Different chains, in the same order however many are wanted; few where the tools allow no more."""
    registry = make_registry(spec, audit)
    sampler = ChainSampler(registry, project(registry))
    limits = Constraints(*lengths)
    drawn: set[tuple[str, ...]] = set()
    for number in range(TRIES_PER_CHAIN * wanted):
        rng = random.Random(f"{seed}:{spec.spec_id}/chains/{number}")
        try:
            chain = sampler.sample("sequential", rng, limits)
        except NoChain:
            return
        tools = tuple(name.partition("::")[2] for name in chain.endpoint_ids)
        if tools not in drawn:
            drawn.add(tools)
            yield list(tools)


def make_registry(spec: EnvSpec, audit: SpecAudit) -> Registry:
    """The spec's tools as endpoints of one catalogue."""
    ids = IdFinder(spec.world_schema, spec.initial_state)
    successes = list_successes(audit)
    endpoints = [
        Endpoint(
            endpoint_id=f"{spec.spec_id}::{tool.tool_name}",
            tool_id=spec.spec_id,
            name=tool.tool_name,
            description=tool.tool_description,
            category=spec.subfield,
            intent=_read_intent(tool),
            method="POST" if tool.effect == "write" else "GET",
            parameters=_list_parameters(tool, [call for call, _ in successes[tool.tool_name]], ids),
            returns_schema={},
            returns_fields=_list_fields(successes[tool.tool_name], ids),
            tags=[],
        )
        for tool in sorted(spec.tools, key=lambda tool: tool.tool_name)
    ]
    names = [endpoint.endpoint_id for endpoint in endpoints]
    tool = Tool(
        tool_id=spec.spec_id,
        tool_name=spec.scenario,
        category=spec.subfield,
        description=spec.scenario,
        endpoint_ids=names,
    )
    return Registry(tools=[tool], endpoints=endpoints)


def _read_intent(tool: ToolSpec) -> Intent:
    """By its words, unless they contradict what it declares to do."""
    intent = read_intent(tool.tool_name, tool.tool_description, "GET")
    if tool.effect == "write":
        return intent if intent in ACTS else "update"
    return "retrieve" if intent in ACTS else intent


def _list_parameters(tool: ToolSpec, calls: list[dict[str, Json]], ids: IdFinder) -> list[Parameter]:
    required = tool.parameters.get("required", [])
    parameters = []
    for name in tool.parameters.get("properties", {}):
        targets = sorted(ids.target(name, [call.get(name) for call in calls]))
        parameters.append(
            Parameter(
                name=name,
                type="string",
                required=name in required,
                description=name,
                entity=targets[0] if targets else name,
                aspect="id" if targets else "value",
                natural=not set(targets) & ids.named,
            )
        )
    return parameters


def _list_fields(successes: list[tuple[dict[str, Json], Json]], ids: IdFinder) -> list[ResponseField]:
    """Where ids stand in replies, beyond the ones that the tool was called with."""
    owners: dict[str, str] = {}
    for arguments, reply in successes:
        given = list_texts(arguments)
        for steps, leaf in walk_leaves(reply):
            if isinstance(leaf, str) and leaf not in given and (owner := ids.owners([leaf])):
                owners.setdefault(_spell_path(steps), owner.pop())
    return [
        ResponseField(
            path=path, name=path.rpartition(".")[2], type="string", entity=owners[path], aspect="id"
        )
        for path in sorted(owners)
    ]


def _spell_path(steps: tuple[str | int, ...]) -> str:
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
