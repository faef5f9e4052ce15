"""What a world's schema, a tool and a twin must satisfy before an environment is built of them."""

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from toolworlds.records.base import Json
from toolworlds.records.tools import ToolSpec, Twin
from toolworlds.records.worlds import CollectionSpec, StatusMachine, WorldSchema
from toolworlds.world.interface import list_defaults
from toolworlds.world.json_schema import compile_schema
from toolworlds.world.schema_cost import SchemaFault
from toolworlds.world.starlark import StarlarkWorker, TwinFault, compile_predicates

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def check_world_schema(schema: WorldSchema, worker: StarlarkWorker) -> list[str]:
    """Reasons against the schema; [] if it is sound."""
    reasons = [] if schema.collections else ["the world has no collections"]
    for name, spec in schema.collections.items():
        problems = [*_check_name(name), *_check_object_schema(spec.entity_schema)]
        problems = problems or [
            *_check_fields(spec),
            *_check_targets(spec, schema),
            *_check_status(spec.status),
            *_check_invariants(spec, worker),
        ]
        reasons += [f"collection {name!r}: {problem}" for problem in problems]
    return reasons


def check_tools(schema: WorldSchema, tools: Sequence[ToolSpec], worker: StarlarkWorker) -> list[str]:
    """Reasons against the tools of a world with a sound schema; [] if they are sound."""
    names = [tool.tool_name for tool in tools]
    reasons = [
        f"tool {name!r}: another tool has this name" for name in sorted({*names}) if names.count(name) > 1
    ]
    for tool in tools:
        problems = [
            *_check_name(tool.tool_name),
            *_check_parameters(tool),
            *_check_footprint(tool, schema),
        ]
        problems = problems or _check_preconditions(tool, worker)
        reasons += [f"tool {tool.tool_name!r}: {problem}" for problem in problems]
    return reasons


def check_twins(names: Iterable[str], twins: Mapping[str, Twin], worker: StarlarkWorker) -> list[str]:
    """Reasons against the twins of the tools so named; [] if they are sound."""
    known = {*names}
    reasons = []
    for name, twin in twins.items():
        if name not in known:
            reasons.append(f"twin {name!r}: there is no such tool")
        elif twin.sha256 != sha256(twin.source.encode()).hexdigest():
            reasons.append(f"twin {name!r}: the source is not the one its sha256 was taken of")
        else:
            reasons += [
                f"twin {name!r}: {problem}" for problem in _compile(f"{twin.source}\ntype(run)\n", worker)
            ]
    return reasons


def _check_name(name: str) -> list[str]:
    if not _NAME.fullmatch(name):
        return [f"{name!r} is no name: lower-case letters, digits and underscores, a letter first"]
    return [f"{name!r} is a word of the language; choose another name"] if keyword.iskeyword(name) else []


def _check_object_schema(schema: dict[str, Json]) -> list[str]:
    """An object schema with named, declared properties and no others."""
    try:
        compile_schema(schema)
    except SchemaFault as fault:
        return [f"its schema is no JSON Schema: {fault}"]
    properties = schema.get("properties", {})
    reasons = [problem for name in properties for problem in _check_name(name)]
    if schema.get("type") != "object":
        reasons.append('its schema must have "type": "object"')
    if schema.get("additionalProperties") is not False:
        reasons.append('its schema must have "additionalProperties": false')
    undeclared = sorted({*schema.get("required", [])} - properties.keys())
    return reasons + [f"required field {name!r} is not among the properties" for name in undeclared]


def _check_fields(spec: CollectionSpec) -> Iterator[str]:
    properties = spec.entity_schema["properties"] if spec.entity_schema.get("properties") else {}
    used = {
        "id_field": [spec.id_field],
        "references": list(spec.references),
        "free_text": spec.free_text,
        "label": [spec.label] if spec.label else [],
        "status": [spec.status.field] if spec.status else [],
    }
    for role, fields in used.items():
        yield from (
            f"{role} names {field!r}, which is no field" for field in fields if field not in properties
        )
    if spec.id_field not in spec.entity_schema.get("required", []):
        yield f"the id field {spec.id_field!r} must be required"
    if properties.get(spec.id_field, {}).get("type") != "string":
        yield f"the id field {spec.id_field!r} must be a string"


def _check_targets(spec: CollectionSpec, schema: WorldSchema) -> Iterator[str]:
    for field, target in spec.references.items():
        if target not in schema.collections:
            yield f"{field!r} refers to {target!r}, which is no collection"


def _check_status(machine: StatusMachine | None) -> Iterator[str]:
    if machine is None:
        return
    if not machine.initial:
        yield f"status {machine.field!r} has no initial value"
    moves = {status for options in machine.transitions.values() for status in options}
    for status in sorted({*machine.initial, *moves} - machine.transitions.keys()):
        yield f"status {status!r} is not among the transitions; a final status maps to []"


def _check_invariants(spec: CollectionSpec, worker: StarlarkWorker) -> Iterator[str]:
    fields = sorted(spec.entity_schema.get("properties", {}))
    for invariant in spec.invariants:
        for problem in _compile(compile_predicates([invariant.predicate], fields).source, worker):
            yield f"invariant {invariant.predicate!r}: {problem}"


def _check_parameters(tool: ToolSpec) -> list[str]:
    reasons = _check_object_schema(tool.parameters)
    if reasons:
        return reasons
    misfits = compile_schema(tool.parameters).list_misfits(list_defaults(tool.parameters))
    return [
        f"the default of {misfit.path[0]!r} does not fit its schema: {misfit.message}"
        for misfit in misfits
        if misfit.path  # a missing required argument is no matter of defaults
    ]


def _check_footprint(tool: ToolSpec, schema: WorldSchema) -> Iterator[str]:
    footprint = tool.footprint
    for name in sorted({*footprint.reads, *footprint.writes} - schema.collections.keys()):
        yield f"the footprint names {name!r}, which is no collection"
    if tool.effect == "read" and footprint.writes:
        yield f"it only reads, yet its footprint writes {footprint.writes}"
    if tool.effect == "write" and not footprint.writes:
        yield "it writes, yet its footprint writes nothing"
    if not footprint.reads and not footprint.writes:
        yield "its footprint is empty; name the collections it looks at"


def _check_preconditions(tool: ToolSpec, worker: StarlarkWorker) -> list[str]:
    parameters = list(tool.parameters.get("properties", {}))
    return [
        f"precondition {rule.precondition!r}: {problem}"
        for rule in tool.usage
        if rule.precondition
        for problem in _compile(compile_predicates([rule.precondition], parameters).source, worker)
    ]


def _compile(source: str, worker: StarlarkWorker) -> list[str]:
    try:
        worker.compile(source)
    except TwinFault as fault:
        return [str(fault)]
    return []
