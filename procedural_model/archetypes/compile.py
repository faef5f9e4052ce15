"""From an operation of the catalogue to a tool and its twin."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from procedural_model.archetypes.operation import Operation
from procedural_model.archetypes.plan import ArgumentMeaning, Plan, ReplyFact
from procedural_model.entities import Domain
from procedural_model.expressions import flat, flatten_names, names_in
from procedural_model.relations import Calc
from records.base import Json
from records.tools import ErrorMessage, Footprint, ToolSpec, Twin, UsageRule
from world.starlark import make_twin

_FOLDER = Path(__file__).parent


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
        make_twin(_make_source(domain, plan)),
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
        usage=_make_usage(plan),
        error_messages=_make_errors(domain, plan),
        output_details=plan.outputs,
        effect=plan.effect,
        footprint=Footprint(
            reads=sorted({*plan.reads, *_touched(domain, plan)}), writes=sorted(_written(domain, plan))
        ),
    )


def _make_usage(plan: Plan) -> list[UsageRule]:
    rules = [UsageRule(rule=f"Refused if {says}.") for says in dict.fromkeys(_conflicts(plan))]
    return [*(UsageRule(rule=rule, precondition=test) for rule, test in plan.preconditions), *rules]


def _conflicts(plan: Plan) -> list[str]:
    """The refusals with 409 that the plan's own checks give, in words."""
    groups: list[list[str]] = [
        [message for *_, message in plan.states],
        [message for *_, message in plan.pairs],
        [message for _, message in plan.guards],
        [message for *_, message in plan.absent],
        [message for _, message in plan.refusals],
    ]
    return [message for group in groups for message in group]


def _make_errors(domain: Domain, plan: Plan) -> list[ErrorMessage]:
    unknown = [
        ErrorMessage(status=404, when=f"`{name}` is the id of no {noun}", message=message)
        for name, noun, message in _known_ids(domain, plan)
    ]
    unknown += [ErrorMessage(status=404, when=when, message=message) for when, message in plan.missing]
    conflicts = [
        ErrorMessage(status=409, when=says, message=says) for says in dict.fromkeys(_conflicts(plan))
    ]
    invalid = [ErrorMessage(status=422, when=f"not: {rule}", message=rule) for rule, _ in plan.preconditions]
    broken = [
        ErrorMessage(status=409, when=f"it would break a rule of {domain[name].plural}", message=rule.says)
        for name in sorted(_written(domain, plan))
        for rule in domain[name].rules
    ]
    return [*unknown, *conflicts, *broken, *invalid]


def _known_ids(domain: Domain, plan: Plan) -> list[tuple[str, str, str]]:
    """(argument, noun, refusal) of every id that must exist."""
    return [
        (argument.meaning.name, argument.meaning.noun, f"no {argument.meaning.noun} has this id")
        for argument in plan.arguments
        if argument.meaning.kind == "entity"
    ]


def _written(domain: Domain, plan: Plan) -> set[str]:
    """Collections that the tool may change: its own, and those that keep tallies over them."""
    if plan.effect == "read":
        return set()
    own = {plan.collection, *plan.writes}
    return own | {over.parent for collection in own for over in domain.tallies_over(collection)}


def _touched(domain: Domain, plan: Plan) -> set[str]:
    """Collections that the tool looks at because of its arguments, its guards and its writes."""
    named = {argument.meaning.collection for argument in plan.arguments if argument.meaning.kind == "entity"}
    names = [name for rule, _ in plan.guards for name in names_in(rule)]
    if plan.effect == "write":
        calcs = (field for field in domain[plan.collection].fields.values() if isinstance(field, Calc))
        names += [name for calc in calcs for name in names_in(calc.calc)]
    references = domain.references(plan.collection)
    looked = {
        references[name.split(".")[0]] for name in names if name.split(".")[0] in references and "." in name
    }
    return {plan.collection, *named, *looked, *(collection for collection, *_ in plan.absent)}


def _make_source(domain: Domain, plan: Plan) -> str:
    """The twin: constants, the shared parts, and the archetype's body."""
    constants: dict[str, Json] = {"ON": plan.collection, "REPLY": plan.reply, **plan.constants}
    functions: list[str] = []
    touched = sorted({*_written(domain, plan), *_touched(domain, plan)})
    tables = []
    if "checks" in plan.parts:
        ids = [
            (name, plan.argument(name).collection, message) for name, _, message in _known_ids(domain, plan)
        ]
        constants |= {"IDS": ids, "STATES": plan.states, "PAIRS": plan.pairs, "ABSENT": plan.absent}
        constants["REFS"] = {name: domain.references(name) for name in touched if domain.references(name)}
        tables.append(_table("GUARDS", "guard", plan.guards, functions))
    if "changes" in plan.parts:
        written = sorted(_written(domain, plan))
        constants["TALLIES"] = {
            name: [
                (o.parent, o.field, o.tally.by, o.tally.sum, o.tally.where) for o in domain.tallies_over(name)
            ]
            for name in written
            if domain.tallies_over(name)
        }
        rules = {name: [(rule.rule, rule.says) for rule in domain[name].rules] for name in written}
        tables += [_tables("RULES", rules, functions), _calculations(domain, written, functions)]
    lines = [f"{name} = {value!r}" for name, value in constants.items()]
    return "\n".join([*lines, *functions, *tables, *map(read_part, plan.parts), plan.body.strip(), ""])


def _function(prefix: str, expression: str, functions: list[str]) -> tuple[str, list[str]]:
    """Defines a Starlark function of an expression's names; its name and those names."""
    name, names = f"{prefix}_{len(functions)}", names_in(expression)
    parameters = ", ".join(map(flat, names))
    functions.append(f"def {name}({parameters}):\n    return {flatten_names(expression)}\n")
    return name, names


def _table(title: str, prefix: str, rules: list[tuple[str, str]], functions: list[str]) -> str:
    return f"{title} = {_rows(prefix, rules, functions)}"


def _rows(prefix: str, rules: list[tuple[str, str]], functions: list[str]) -> str:
    rows = []
    for rule, says in rules:
        name, names = _function(prefix, rule, functions)
        rows.append(f"({name}, {names!r}, {says!r})")
    return f"[{', '.join(rows)}]"


def _tables(title: str, rules: dict[str, list[tuple[str, str]]], functions: list[str]) -> str:
    rows = [f"{name!r}: {_rows('rule', held, functions)}" for name, held in rules.items() if held]
    return f"{title} = {{{', '.join(rows)}}}"


def _calculations(domain: Domain, collections: list[str], functions: list[str]) -> str:
    rows = []
    for collection in collections:
        row = []
        for field, calc in domain[collection].fields.items():
            if isinstance(calc, Calc):
                name, names = _function("calc", calc.calc, functions)
                row.append(f"({field!r}, {name}, {names!r}, {flatten_names(calc.calc)!r}, {calc.decimals})")
        if row:
            rows.append(f"{collection!r}: [{', '.join(row)}]")
    return f"CALCS = {{{', '.join(rows)}}}"


@lru_cache(maxsize=8)
def read_part(name: str) -> str:
    """A shared part of twins, `<name>.star`."""
    return (_FOLDER / f"{name}.star").read_text(encoding="utf-8")
