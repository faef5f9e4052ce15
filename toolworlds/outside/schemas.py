"""JSON Schemas of other people, made valid ones of draft 2020-12 that refer to nothing outside them."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from toolworlds.records.base import Json
from toolworlds.records.catalogues import ValueType
from toolworlds.world.json_schema import compile_schema
from toolworlds.world.schema_cost import (
    MEMBERS,
    SAME_PLACE,
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    SchemaFault,
    find_referred,
    refuse_deep,
)

TYPES: Final[dict[str, ValueType]] = {
    "string": "string", "str": "string", "text": "string", "enum": "string", "date": "string",
    "integer": "integer", "int": "integer", "long": "integer", "int32": "integer", "int64": "integer",
    "number": "number", "float": "number", "double": "number", "decimal": "number", "numeric": "number",
    "boolean": "boolean", "bool": "boolean",
    "array": "array", "list": "array", "arraylist": "array", "tuple": "array", "set": "array",
    "object": "object", "dict": "object", "map": "object", "json": "object", "jsonobject": "object",
}  # fmt: skip
"""Words for types, in lower case -> JSON's own."""
NULLS = frozenset({"null", "none", "nonetype"})
ANYTHING = frozenset({"any", "unknown", "mixed", ""})
TRUTHS = {"true": True, "false": False, "yes": True, "no": False}
TEXTS = frozenset({"title", "description", "$comment"})
DEFINITIONS = ("$defs", "definitions")
MAPS = SCHEMA_MAPS | {*DEFINITIONS}
LISTS = SCHEMA_LISTS
SINGLES = frozenset({*SAME_PLACE, *MEMBERS}) - MAPS - LISTS - {"$ref"}
MOST_INLINED = 300
"""Schemas that may stand in place of references."""

Schema = dict[str, Json]


def read_parameters(written: Json) -> Schema:
    """The schema of a tool's arguments: a JSON Schema, the same as text, or its properties alone.

    Raises SchemaFault for what cannot be made one.
    """
    schema = mend_schema(_find_object(_read_text(written)))
    if not isinstance(schema, dict) or schema.get("type") not in (None, "object", ["object"]):
        raise SchemaFault("arguments are an object")
    return schema if "$ref" in schema or "type" in schema else {"type": "object", **schema}


def mend_schema(written: Json) -> Json:
    """A valid schema that says the same; `true` and `false` are schemas. Raises SchemaFault."""
    written = _read_text(written)
    refuse_deep(written)
    schema = _mend(written)
    compile_schema(schema)
    return _inline(schema) if isinstance(schema, dict) else schema


def _read_text(written: Json) -> Json:
    if not isinstance(written, str):
        return written
    try:
        return json.loads(written)
    except (ValueError, RecursionError) as error:
        raise SchemaFault(f"it is a text and no JSON: {error}") from error


def _find_object(written: Json) -> Json:
    """The schema of an object where only its properties are written, as a map or as a list of named ones."""
    if written is None or written == {} or written == []:
        return {"type": "object", "properties": {}}
    if isinstance(written, list) and all(
        isinstance(p, dict) and isinstance(p.get("name"), str) for p in written
    ):
        named = {p["name"]: {key: held for key, held in p.items() if key != "name"} for p in written}
        return {"type": "object", "properties": named}
    if not isinstance(written, dict):
        return written
    properties = written.get("properties")
    is_schema = (
        isinstance(written.get("type"), str | list)
        or (isinstance(properties, dict) and not isinstance(properties.get("type"), str))
        or isinstance(written.get("$ref"), str)
        or any(isinstance(written.get(key), list) for key in ("allOf", "anyOf", "oneOf"))
    )
    if is_schema or not all(isinstance(held, dict | bool | str) for held in written.values()):
        return written
    return {"type": "object", "properties": written}


def _mend(written: Json) -> Json:
    if not isinstance(written, dict):
        return written
    # A key without a value says nothing, but for these two, where null is a value.
    schema = {str(k): held for k, held in written.items() if held is not None or k in ("const", "default")}
    for key in TEXTS:
        if not isinstance(schema.get(key, ""), str):
            del schema[key]
    schema.pop("$schema", None)
    for mend in (_mend_type, _mend_bounds, _mend_items, _mend_dependencies, _mend_required):
        mend(schema)
    return {key: _apply(key, held, _mend) for key, held in schema.items()}


def _mend_type(schema: Schema) -> None:
    """Other words for types; `nullable` of OpenAPI; an enum that offers nothing."""
    if "type" in schema:
        listed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        named = [_name_type(one) for one in listed]
        if None in named or not named:
            del schema["type"]
        else:
            unique = [one for place, one in enumerate(named) if one not in named[:place]]
            schema["type"] = unique if isinstance(schema["type"], list) else unique[0]
    if schema.pop("nullable", False) is True:
        if isinstance(schema.get("type"), str) and schema["type"] != "null":
            schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    if schema.get("enum") == []:
        del schema["enum"]


def _name_type(word: Json) -> Json:
    """JSON's word for a type; None where any will do; what is unknown stays."""
    if not isinstance(word, str):
        return word
    plain = word.strip().lower()
    if plain in ANYTHING:
        return None
    return "null" if plain in NULLS else TYPES.get(plain, word)


def _mend_bounds(schema: Schema) -> None:
    """Up to draft 4 an exclusive bound was a flag beside the bound."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)


def _mend_items(schema: Schema) -> None:
    """Up to draft 2019-09 a list of schemas under `items` spoke of the first items."""
    if isinstance(schema.get("items"), list):
        first, rest = schema.pop("items"), schema.pop("additionalItems", True)
        if first:
            schema["prefixItems"] = first
        if rest is not True:
            schema["items"] = rest


def _mend_dependencies(schema: Schema) -> None:
    """Up to draft 7 names and schemas stood under one keyword."""
    old = schema.get("dependencies")
    if isinstance(old, dict):
        del schema["dependencies"]
        for keyword, kind in (("dependentRequired", list), ("dependentSchemas", dict | bool)):
            if found := {name: held for name, held in old.items() if isinstance(held, kind)}:
                schema.setdefault(keyword, found)


def _mend_required(schema: Schema) -> None:
    """`required: true` within a property, as in draft 3, becomes a name in the list of its object."""
    listed = schema.get("required")
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    properties = schema.get("properties")
    if isinstance(properties, list) and _find_object(properties) is not properties:
        properties = _find_object(properties)["properties"]
    if isinstance(properties, dict):
        schema["properties"] = {name: _read_property(held) for name, held in properties.items()}
        names += [str(name) for name, held in properties.items() if _is_required(held)]
    if names or isinstance(listed, list):
        schema["required"] = list(dict.fromkeys(names))
    else:
        schema.pop("required", None)


def _is_required(schema: Json) -> bool:
    said = schema.get("required") if isinstance(schema, dict) else None
    return said is True or (isinstance(said, str) and TRUTHS.get(said.strip().lower(), False))


def _read_property(written: Json) -> Json:
    """`"city": "string"` names a type; other words describe."""
    if written is None:
        return {}
    if isinstance(written, str):
        known = TYPES.get(written.strip().lower())
        return {"type": known} if known else {"description": written}
    return written


def _inline(schema: Schema) -> Schema:
    """The schema with its definitions in place of the references to them, where that ends and stays small."""
    left = [MOST_INLINED]

    def write(held: Json, within: tuple[str, ...]) -> Json:
        if not isinstance(held, dict):
            return held
        if isinstance(reference := held.get("$ref"), str):
            left[0] -= 1
            if reference in within or left[0] < 0:
                raise SchemaFault("it refers to itself, or to too much")
            beside = {key: inner for key, inner in held.items() if key not in ("$ref", *DEFINITIONS)}
            target = write(find_referred(schema, reference), (*within, reference))
            if not beside:
                return target
            if isinstance(target, dict) and beside.keys() <= TEXTS | {"default", "examples", "deprecated"}:
                return target | beside
            return write({**beside, "allOf": [target, *beside.get("allOf", [])]}, within)
        return {key: _apply(key, inner, lambda one: write(one, within)) for key, inner in held.items()}

    if not _holds_reference(schema):
        return schema
    try:
        written = write({key: held for key, held in schema.items() if key not in DEFINITIONS}, ("#",))
    except SchemaFault:
        return schema
    return schema if _holds_reference(written) or not isinstance(written, dict) else written


def _apply(key: str, held: Json, change: Callable[[Json], Json]) -> Json:
    """What stands under a keyword, with each schema in it changed."""
    if key in MAPS and isinstance(held, Mapping):
        return {str(name): change(inner) for name, inner in held.items()}
    if key in LISTS and isinstance(held, list):
        return [change(inner) for inner in held]
    return change(held) if key in SINGLES else held


def _holds_reference(schema: Json) -> bool:
    return '"$ref"' in json.dumps(schema)
