"""Chains of tools: which one can follow which, and walks that make a piece of work."""

import random
from collections.abc import Sequence

from toolworlds.models.embedded.archetypes.compile import CompiledTool
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.pointing import target_of

SILENT = ("aggregate", "breakdown", "quote", "availability", "bulk")
"""Archetypes whose replies show no ids."""


def draft_chain(
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


def hangs_together(domain: Domain, chain: Sequence[CompiledTool]) -> bool:
    """Whether something is changed, and all reads but one serve a later call or go on from an earlier one."""
    idle = 0
    for place, tool in enumerate(chain):
        later = {name for other in chain[place + 1 :] for name in list_used(domain, other)}
        shown = {name for other in chain[:place] for name in list_shown(domain, other)}
        serves = list_shown(domain, tool) & later or list_used(domain, tool) & shown
        idle += tool.spec.effect == "read" and not serves
    return idle <= 1 and any(tool.spec.effect == "write" for tool in chain)


def looks_up(tool: CompiledTool) -> bool:
    """Whether the tool finds entities for someone who has no id."""
    return tool.operation.archetype in ("search", "find", "rank")


def list_needs(domain: Domain, tool: CompiledTool) -> set[str]:
    """Collections whose ids the tool requires and only another tool can tell: people know names, not ids."""
    return {
        meaning.collection
        for meaning in tool.arguments.values()
        if meaning.kind == "entity" and meaning.required and domain[meaning.collection].label is not None
    }


def list_used(domain: Domain, tool: CompiledTool) -> set[str]:
    """Collections whose ids the tool takes."""
    return {target for m in tool.arguments.values() if (target := target_of(m, domain)) and m.required}


def list_shown(domain: Domain, tool: CompiledTool) -> set[str]:
    """Collections whose ids the tool's replies show."""
    references = domain.references(tool.collection)
    shown = {references[field] for field in getattr(tool.operation, "show", ()) if field in references}
    if tool.operation.archetype == "get":
        shown |= set(references.values())
    return shown if tool.operation.archetype in SILENT else {tool.collection, *shown}


def _weigh(domain: Domain, tool: CompiledTool, shown: set[str], *, last: bool) -> float:
    """How well a tool continues a chain: changes that use what was shown first, lookups seldom at the end."""
    needs = list_used(domain, tool)
    if looks_up(tool):
        return 0.5 if last else 2.0
    weight = 4.0 if tool.spec.effect == "write" else 1.5
    return weight * (2.0 if needs & shown else 0.5)
