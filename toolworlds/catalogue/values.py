"""Values of a catalogue brought into one form: types, defaults, enums, texts, replies and their schemas."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

import orjson

from toolworlds.records.base import Json
from toolworlds.records.catalogues import ValueType
from toolworlds.world.json_schema import compile_schema

TYPES: Final[dict[str, ValueType]] = {
    "string": "string", "str": "string", "text": "string", "enum": "string", "date": "string",
    "integer": "integer", "int": "integer", "long": "integer", "int32": "integer", "int64": "integer",
    "number": "number", "float": "number", "double": "number", "decimal": "number", "numeric": "number",
    "boolean": "boolean", "bool": "boolean",
    "array": "array", "list": "array", "arraylist": "array", "tuple": "array", "set": "array",
    "object": "object", "dict": "object", "map": "object", "json": "object", "jsonobject": "object",
}  # fmt: skip
MAX_DEPTH = 8
"""Levels of a reply that are looked at."""
MAX_FIELDS = 200
"""Leaves of one reply that are looked at."""
MAX_WIDTH = 200
"""Keys of an object and items of a list that are looked at."""
MAX_NAME, MAX_TEXT = 200, 2_000
"""Signs of a name and of a description that are kept."""
OUTLINE = re.compile(
    r"empty list|(?:list of )?(?P<type>str|int|float|bool|dict|list|NoneType)(?: with length \d+)?"
)
LENGTH_MARK = "_list_length"
"""A key that ToolBench puts into the only item of a list, for how many there were."""
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_type(written: Json) -> ValueType | None:
    """A type's plain name; of several the first that is not null; None when nothing known is written."""
    if isinstance(written, list):
        written = next((some for some in written if some != "null"), None)
    if not isinstance(written, str):
        return None
    word = re.match(r"[a-z0-9]*", written.strip().lower())
    return TYPES.get(word.group() if word else "")


def type_of(value: Json) -> ValueType | None:
    """The type of a JSON value; None for null."""
    kinds: tuple[tuple[type, ValueType], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
        (dict, "object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), None)


def coerce(value: Json, wanted: ValueType) -> Json:
    """The value as one of this type, read out of a string where need be; None when it is none."""
    found = type_of(value)
    if found == wanted or (found, wanted) == ("integer", "number"):
        return value
    if wanted == "string" and found in ("integer", "number"):
        return str(value)
    if not isinstance(value, str):
        return None
    if wanted == "boolean":
        return TRUTHS.get(value.strip().lower())
    if wanted == "string" or not value.strip():
        return None
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return coerce(read, wanted) if not isinstance(read, str) else None


def read_truth(written: Json) -> bool:
    """A flag, also one written as a string."""
    return coerce(written, "boolean") is True if isinstance(written, str) else bool(written)


def tidy_text(written: Json, most: int = MAX_TEXT) -> str:
    """A text on one line, without signs that cannot be shown, of at most so many; "" for what is none."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        written = str(written)
    if not isinstance(written, str):
        return ""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in written).split())
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]


def read_reply(written: Json) -> Json:
    """A reply, parsed where it stands in a string; None when it is empty or no object or list."""
    if isinstance(written, str):
        try:
            written = orjson.loads(written)
        except orjson.JSONDecodeError:
            return None
    return written if isinstance(written, dict | list) and written else None


def trim(value: Json, depth: int = 0) -> Json:
    """As many levels, keys and items of a value as are looked at."""
    if not isinstance(value, dict | list):
        return value
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    kept = {
        key: trim(some, depth + 1)
        for key, some in islice(inner, MAX_WIDTH)
        if depth + 1 < MAX_DEPTH or not isinstance(some, dict | list)
    }
    return kept if isinstance(value, dict) else list(kept.values())


def is_outline(template: Json) -> bool:
    """Whether a template names types instead of values, as ToolBench's queries do: `{"id": "str"}`."""
    if isinstance(template, dict):
        return all(is_outline(value) for key, value in template.items() if key != LENGTH_MARK)
    if isinstance(template, list):
        return bool(template) and all(map(is_outline, template))
    return isinstance(template, str) and OUTLINE.fullmatch(template) is not None


def read_outline(template: Json) -> dict[str, Json]:
    """The schema of such a template."""
    if isinstance(template, dict):
        named = {key: read_outline(value) for key, value in template.items() if key != LENGTH_MARK}
        return {"type": "object", "properties": named}
    if isinstance(template, list):
        return {"type": "array", "items": read_outline(template[0])}
    word = OUTLINE.fullmatch(template)
    if template == "empty list":
        return {"type": "array"}
    return {"type": TYPES[word["type"]]} if word and word["type"] in TYPES else {}


def read_schema(written: Json, example: Json) -> dict[str, Json]:
    """The reply's schema: the written one where it says something and fits the example, else the example's
    own; `{}` without either."""
    schema = tidy_schema(read_reply(written))
    says = bool(schema.get("properties") or schema.get("items"))
    if says and (example is None or compile_schema(schema).fits(example)):
        return schema
    return infer_schema(example) if example is not None else {}


def tidy_schema(written: Json, depth: int = 0) -> dict[str, Json]:
    """Types, keys, items and choices of a schema. All else falls away, above all references and patterns:
    looking them up could open files or a network, or never end."""
    if not isinstance(written, dict) or depth > MAX_DEPTH:
        return {}
    schema: dict[str, Json] = {}
    properties, choices = written.get("properties"), written.get("enum")
    if depth == MAX_DEPTH and read_type(written.get("type")) in ("array", "object", None):
        return {}
    if isinstance(properties, dict):
        properties = dict(islice(properties.items(), MAX_WIDTH))
        schema = {
            "type": "object",
            "properties": {key: tidy_schema(inner, depth + 1) for key, inner in properties.items()},
            "required": _list_required(written.get("required"), properties),
        }
    elif "items" in written and read_type(written.get("type")) in ("array", None):
        schema = {"type": "array", "items": tidy_schema(written["items"], depth + 1)}
    elif found := read_type(written.get("type")):
        nullable = isinstance(written["type"], list) and "null" in written["type"]
        schema = {"type": [found, "null"] if nullable else found}
    if isinstance(choices, list) and choices and all(type_of(choice) == "string" for choice in choices):
        schema["enum"] = list(dict.fromkeys(choices))
    if isinstance(shape := written.get("format"), str):
        schema["format"] = shape
    return schema


def _list_required(written: Json, properties: dict[str, Json]) -> list[str]:
    names = written if isinstance(written, list) else []
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and name in properties))


def infer_schema(example: Json, depth: int = 0) -> dict[str, Json]:
    """What values like this one satisfy: a key is required if all items of its list have it."""
    found = type_of(example)
    if found is None or depth > MAX_DEPTH:
        return {}
    if isinstance(example, dict):
        properties = {key: infer_schema(value, depth + 1) for key, value in example.items()}
        return {"type": "object", "properties": properties, "required": list(example)}
    if isinstance(example, list):
        return {"type": "array", "items": _merge([infer_schema(item, depth + 1) for item in example])}
    return {"type": found}


def _merge(schemas: list[dict[str, Json]]) -> dict[str, Json]:
    """One schema for all items of a list; `{}` where their types differ."""
    if not schemas:
        return {}
    types = {schema.get("type") for schema in schemas}
    if types == {"integer", "number"}:
        return {"type": "number"}
    if len(types) != 1 or types == {None}:
        return {}
    if types == {"array"}:
        return {"type": "array", "items": _merge([schema["items"] for schema in schemas])}
    if types != {"object"}:
        return schemas[0]
    keys = dict.fromkeys(key for schema in schemas for key in schema["properties"])
    return {
        "type": "object",
        "properties": {
            key: _merge([schema["properties"][key] for schema in schemas if key in schema["properties"]])
            for key in keys
        },
        "required": [key for key in keys if all(key in schema["properties"] for schema in schemas)],
    }


def list_leaves(schema: Json, path: str = "", depth: int = 0) -> Iterator[tuple[str, ValueType, bool]]:
    """Path and type of every leaf, and whether it has a closed set of values: `hotels[].hotel_id`.

    Keys with a dot or brackets cannot be pointed at.
    """
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for key, inner in properties.items():
            if not set(key) & set(".[]") and key:
                yield from list_leaves(inner, f"{path}.{key}" if path else key, depth + 1)
    elif "items" in schema and read_type(schema.get("type")) in ("array", None):
        yield from list_leaves(schema["items"], f"{path}[]", depth + 1)
    elif (found := read_type(schema.get("type"))) and found not in ("object", "array") and path:
        yield path, found, bool(schema.get("enum"))


def find_value(example: Json, path: str) -> Json:
    """What stands at a path of an example, in the first item of each list; None where there is nothing."""
    for part in path.split("."):
        name = part.replace("[]", "")
        example = example.get(name) if name and isinstance(example, dict) else None if name else example
        for _ in range(part.count("[]")):
            example = example[0] if isinstance(example, list) and example else None
    return example
