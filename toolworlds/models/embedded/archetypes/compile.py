"""From an operation of the catalogue to a tool and its twin."""

from dataclasses import dataclass

from toolworlds.language.words import raise_first
from toolworlds.models.embedded.archetypes.directions import BOTH, DOWN, UP, Directions
from toolworlds.models.embedded.archetypes.footprints import (
    list_calcs,
    list_changes,
    list_reads,
    list_tallies,
)
from toolworlds.models.embedded.archetypes.operation import Operation
from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning, ReplyFact, ToolPlan
from toolworlds.models.embedded.archetypes.refusals import list_errors
from toolworlds.models.embedded.archetypes.twin_sources import make_source
from toolworlds.models.embedded.entities import Domain, EntityType, ParentTally, add_unit
from toolworlds.records.tools import Footprint, ToolSpec, Twin, UsageRule
from toolworlds.world.starlark import make_twin


@dataclass(frozen=True, slots=True)
class CompiledTool:
    """A tool, its exact implementation, and what its arguments and replies are about."""

    operation: Operation
    collection: str
    spec: ToolSpec
    twin: Twin
    arguments: dict[str, ArgumentMeaning]
    facts: tuple[ReplyFact, ...]


def compile_tool(domain: Domain, operation: Operation) -> CompiledTool:
    """Raises CatalogueError when the operation does not fit the entities."""
    plan = operation.plan(domain)
    return CompiledTool(
        operation,
        operation.on,
        _make_spec(domain, plan, operation),
        make_twin(make_source(domain, plan)),
        {argument.meaning.name: argument.meaning for argument in plan.arguments},
        tuple(plan.facts),
    )


def _make_spec(domain: Domain, plan: ToolPlan, operation: Operation) -> ToolSpec:
    parameters = {
        "type": "object",
        "properties": {argument.meaning.name: argument.schema for argument in plan.arguments},
        "required": [argument.meaning.name for argument in plan.arguments if argument.meaning.required],
        "additionalProperties": False,
    }
    return ToolSpec(
        tool_name=operation.name or plan.name,
        tool_description=operation.about or plan.description,
        parameters=parameters,
        usage=_make_usage(domain, plan),
        error_messages=list_errors(domain, plan),
        output_details=plan.outputs,
        effect="write" if plan.sets else "read",
        footprint=Footprint(reads=list_reads(domain, plan), writes=sorted(list_changes(domain, plan))),
    )


def _make_usage(domain: Domain, plan: ToolPlan) -> list[UsageRule]:
    """Preconditions, and what the call brings about; what else refuses it stands among the errors."""
    tested = [UsageRule(rule=rule, precondition=test) for rule, test, _ in plan.preconditions]
    return [*tested, *(UsageRule(rule=rule) for rule in [*plan.remarks, *_list_consequences(domain, plan)])]


_MOVES = {UP: "Raises {}.", DOWN: "Lowers {}.", BOTH: "Keeps {} in step."}


def _list_consequences(domain: Domain, plan: ToolPlan) -> list[str]:
    """What code computes, and the tallies that it keeps."""
    computed: list[str] = []
    moved: dict[Directions, list[str]] = {}
    changes = list_changes(domain, plan)
    for name in plan.sets:
        entity = domain[name]
        for field, calc in list_calcs(domain, name, changes[name]).items():
            formula = f"{add_unit(entity.spell_rule(calc.calc), calc.unit)}, to {calc.decimals} places"
            verb = "are" if entity.is_counted(field) else "is"
            computed.append(f"{raise_first(entity.own(field))} {verb} computed: {formula}.")
        for over, ways in list_tallies(domain, plan, name, changes[name]):
            moved.setdefault(ways, []).append(_name_tally(domain[over.parent], over))
    return computed + [_MOVES[ways].format(" and ".join(tallies)) for ways, tallies in moved.items()]


def _name_tally(parent: EntityType, over: ParentTally) -> str:
    """`the van's load`, `the pilot's number of flights ahead`."""
    called = parent.called(over.field)
    if over.tally.sum or not parent.is_counted(over.field) or called.startswith("number of "):
        return parent.own(over.field)
    return f"the {parent.noun}'s number of {called}"
