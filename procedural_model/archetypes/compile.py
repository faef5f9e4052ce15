"""From an operation of the catalogue to a tool and its twin."""

from dataclasses import dataclass

from procedural_model.archetypes.footprints import (
    list_calcs,
    list_changes,
    list_reads,
    list_rules,
    list_tallies,
)
from procedural_model.archetypes.operation import Operation
from procedural_model.archetypes.plan import ArgumentMeaning, Plan, ReplyFact
from procedural_model.archetypes.twin_sources import make_source
from procedural_model.entities import Domain
from records.tools import ErrorMessage, Footprint, ToolSpec, Twin, UsageRule
from world.starlark import make_twin


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


def _make_spec(domain: Domain, plan: Plan, operation: Operation) -> ToolSpec:
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
        error_messages=_make_errors(domain, plan),
        output_details=plan.outputs,
        effect="write" if plan.sets else "read",
        footprint=Footprint(reads=list_reads(domain, plan), writes=sorted(list_changes(domain, plan))),
    )


def _make_usage(domain: Domain, plan: Plan) -> list[UsageRule]:
    """Preconditions, what the call brings about, and when it is refused."""
    refusals = [f"Refused if {says}." for says in dict.fromkeys(_conflicts(plan))]
    tested = [UsageRule(rule=rule, precondition=test) for rule, test in plan.preconditions]
    return [
        *tested,
        *(UsageRule(rule=rule) for rule in [*plan.remarks, *_consequences(domain, plan), *refusals]),
    ]


def _consequences(domain: Domain, plan: Plan) -> list[str]:
    """What code computes, and the tallies that it keeps."""
    computed, kept = [], []
    for name, fields in plan.sets.items():
        entity = domain[name]
        for field, calc in list_calcs(domain, name, fields).items():
            formula = f"{calc.calc}, to {calc.decimals} places"
            computed.append(f"The {entity.noun}'s {entity.called(field)} is computed: {formula}.")
        for over in list_tallies(domain, name, fields):
            kept.append(f"the {domain[over.parent].noun}'s {domain[over.parent].called(over.field)}")
    return computed + ([f"Kept in step: {', '.join(kept)}."] if kept else [])


def _conflicts(plan: Plan) -> list[str]:
    """The refusals with 409 that the plan's own checks give, in words."""
    groups: list[list[str]] = [
        [message for *_, message in plan.states],
        [message for *_, message in plan.pairs],
        [message for _, message in plan.guards],
        [message for *_, message in plan.absent],
        plan.refusals,
    ]
    return [message for group in groups for message in group]


def _make_errors(domain: Domain, plan: Plan) -> list[ErrorMessage]:
    unknown = [
        ErrorMessage(status=404, when=f"`{name}` is the id of no {noun}", message=message)
        for name, noun, message in plan.list_ids()
    ]
    unknown += [ErrorMessage(status=404, when=says, message=says) for says in plan.missing]
    conflicts = [
        ErrorMessage(status=409, when=says, message=says) for says in dict.fromkeys(_conflicts(plan))
    ]
    invalid = [ErrorMessage(status=422, when=f"not: {rule}", message=rule) for rule, _ in plan.preconditions]
    broken = [
        ErrorMessage(status=409, when=f"it would break a rule of {domain[name].plural}", message=rule.says)
        for name, fields in sorted(list_changes(domain, plan).items())
        for rule in list_rules(domain, name, fields)
    ]
    return [*unknown, *conflicts, *broken, *invalid]
