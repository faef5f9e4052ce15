"""Calls that break a tool's argument schema, made by code from a call that keeps it."""

from collections.abc import Iterator, Mapping

from toolworlds.records.base import Json
from toolworlds.world.json_schema import compile_schema

WRONG_TYPES: dict[str, Json] = {
    "string": 17,
    "integer": "seventeen",
    "number": "seventeen",
    "boolean": "perhaps",
    "array": "a, b",
    "object": "none",
}
"""JSON type -> a value that is not of it."""


def break_schema(
    parameters: Mapping[str, Json], valid: Mapping[str, Json]
) -> list[tuple[dict[str, Json], str]]:
    """Variants of the valid arguments that the schema refuses, each with what is wrong with it."""
    schema = compile_schema(dict(parameters))
    return [(broken, why) for broken, why in _vary(parameters, valid) if not schema.fits(broken)]


def _vary(parameters: Mapping[str, Json], valid: Mapping[str, Json]) -> Iterator[tuple[dict[str, Json], str]]:
    for name in parameters.get("required", []):
        yield {key: value for key, value in valid.items() if key != name}, f"{name} is missing"
    for name, schema in parameters.get("properties", {}).items():
        for value, why in _wrong_values(schema if isinstance(schema, dict) else {}):
            yield {**valid, name: value}, f"{name} {why}"
    yield {**valid, "unheard_of": 1}, "unheard_of is no argument"


def _wrong_values(schema: Mapping[str, Json]) -> Iterator[tuple[Json, str]]:
    """Values of the wrong type, outside the enum, out of range; the validator sorts out those that fit."""
    types = schema.get("type", [])
    for kind in [types] if isinstance(types, str) else types:
        if kind in WRONG_TYPES:
            yield WRONG_TYPES[kind], f"is no {kind}"
    if "enum" in schema:
        yield "unheard_of", "is outside the enum"
    if "minimum" in schema:
        yield schema["minimum"] - 1, "is below the minimum"
    if "maximum" in schema:
        yield schema["maximum"] + 1, "is above the maximum"
    if "pattern" in schema:
        yield "?!", "does not match the pattern"
