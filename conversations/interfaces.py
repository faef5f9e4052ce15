"""What an endpoint takes, as a JSON Schema, and whether a call fits it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Registry

MisfitKind = Literal["unknown_tool", "missing_argument", "unknown_argument", "argument_type", "argument_enum"]

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


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
    faults = [
        Misfit("missing_argument", required, f"{name} needs {required!r}, which is not given")
        for required in schema["required"]
        if parameters.get(required) is None
    ]
    for parameter, value in parameters.items():
        faults += _check_value(name, parameter, value, schema["properties"].get(parameter))
    return faults


def _check_value(name: str, parameter: str, value: Json, declared: Mapping[str, Json] | None) -> list[Misfit]:
    if declared is None:
        return [Misfit("unknown_argument", parameter, f"{name} takes no {parameter!r}")]
    if value is None:
        return []
    if not fits_type(value, declared["type"]):
        message = f"{name} takes {parameter!r} as {declared['type']}, not {value!r}"
        return [Misfit("argument_type", parameter, message)]
    if "enum" in declared and value not in declared["enum"]:
        message = f"{parameter!r} of {name} is one of {declared['enum']}, not {value!r}"
        return [Misfit("argument_enum", parameter, message)]
    return []


def fits_type(value: Json, type_name: str) -> bool:
    """Whether a JSON value is of a type; a whole float is an integer, a truth value is no number."""
    if isinstance(value, bool):
        return type_name == "boolean"
    if type_name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[type_name])
