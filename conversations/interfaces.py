"""What an endpoint takes, as a JSON Schema, and whether a call fits it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Registry
from toolworlds.world.calls import ArgumentFault, find_argument_faults
from toolworlds.world.json_schema import compile_schema

MisfitKind = Literal["unknown_tool", "missing_argument", "unknown_argument", "argument_type", "argument_enum"]


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a call does not fit."""

    kind: MisfitKind
    parameter: str | None
    message: str


def describe_parameters(endpoint: Endpoint) -> dict[str, Json]:
    """An endpoint's parameters as a closed JSON Schema."""
    properties: dict[str, Json] = {}
    for parameter in endpoint.parameters:
        described = {"type": parameter.type, "description": parameter.description}
        properties[parameter.name] = described | ({"enum": parameter.enum} if parameter.enum else {})
        if parameter.default is not None:
            properties[parameter.name]["default"] = parameter.default
    required = [parameter.name for parameter in endpoint.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def describe_registry(registry: Registry) -> dict[str, dict[str, Json]]:
    """Endpoint id -> schema of its parameters."""
    return {endpoint.endpoint_id: describe_parameters(endpoint) for endpoint in registry.endpoints}


def list_choices(schemas: Mapping[str, Mapping[str, Json]]) -> dict[tuple[str, str], list[Json]]:
    """(endpoint, parameter) -> values that the declaration itself offers: its enum and its default."""
    return {
        (name, parameter): [*declared.get("enum", []), *_list_default(declared)]
        for name, schema in schemas.items()
        for parameter, declared in schema["properties"].items()
        if "enum" in declared or "default" in declared
    }


def _list_default(declared: Mapping[str, Json]) -> list[Json]:
    return [declared["default"]] if "default" in declared else []


def find_misfits(
    name: str, parameters: Mapping[str, Json], schemas: Mapping[str, Mapping[str, Json]]
) -> list[Misfit]:
    """Everything in which a call does not fit its endpoint; [] if it fits."""
    schema = schemas.get(name)
    if schema is None:
        return [Misfit("unknown_tool", None, f"there is no tool {name!r}")]
    known = schema["properties"]
    # null says that an argument is not given, whatever its type
    given = {n: value for n, value in parameters.items() if value is not None or n not in known}
    return [
        Misfit(_name_kind(fault), fault.argument, f"{name}: {fault.message}")
        for fault in find_argument_faults(compile_schema(schema), given)
    ]


def _name_kind(fault: ArgumentFault) -> MisfitKind:
    if fault.kind == "value":
        return "argument_enum" if fault.keyword == "enum" else "argument_type"
    return "missing_argument" if fault.kind == "missing" else "unknown_argument"
