"""Values that fit a JSON Schema and mean nothing: what a model says that obeys the form and no other rule."""

import random
import re
from collections.abc import Mapping
from typing import Any

WORDS = ("lorem", "ipsum", "dolor", "sit", "amet", "q7", "zz_9")
PATTERNED = ("lorem_1", "2026-03-10T09:00:00", "2026-03-10", "09:00", "LOREM", "L-1", "Lorem", "1", "1.5")
"""Tried in turn where a schema states a pattern."""
DEEPEST = 6


def make_nonsense(schema: Any, chance: random.Random, root: Any = None, depth: int = 0) -> Any:
    """A value that the schema accepts, drawn by `chance`."""
    root = schema if root is None else root
    if not isinstance(schema, Mapping):
        return chance.choice(WORDS)
    if "$ref" in schema:
        return make_nonsense(_follow(root, schema["$ref"]), chance, root, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return chance.choice(schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            options = schema[key][:1] if depth > DEEPEST else schema[key]
            return make_nonsense(chance.choice(options), chance, root, depth)
    kind = schema.get("type", "string")
    kind = chance.choice(kind) if isinstance(kind, list) else kind
    if kind == "object":
        return _make_object(schema, chance, root, depth)
    if kind == "array":
        return _make_array(schema, chance, root, depth)
    return _make_scalar(kind, schema, chance)


def _follow(root: Any, reference: str) -> Any:
    value = root
    for step in reference.removeprefix("#/").split("/"):
        value = value[step]
    return value


def _make_object(schema: Mapping[str, Any], chance: random.Random, root: Any, depth: int) -> dict[str, Any]:
    required = schema.get("required", [])
    value = {
        name: make_nonsense(part, chance, root, depth + 1)
        for name, part in schema.get("properties", {}).items()
        if name in required or (depth < DEEPEST and chance.random() < 0.5)
    }
    rest = schema.get("additionalProperties")
    if isinstance(rest, Mapping) and not value and depth < DEEPEST:
        value["lorem_1"] = make_nonsense(rest, chance, root, depth + 1)
    return value


def _make_array(schema: Mapping[str, Any], chance: random.Random, root: Any, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [make_nonsense(part, chance, root, depth + 1) for part in schema["prefixItems"]]
    least = schema.get("minItems", 0)
    most = max(least, min(schema.get("maxItems", least + 3), least + 3))
    length = least if depth > DEEPEST else chance.randint(least, most)
    return [make_nonsense(schema.get("items"), chance, root, depth + 1) for _ in range(length)]


def _make_scalar(kind: str, schema: Mapping[str, Any], chance: random.Random) -> Any:
    if kind == "null":
        return None
    if kind == "boolean":
        return chance.random() < 0.5
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        number = chance.randint(int(least), int(max(least, schema.get("maximum", least + 1000))))
        return number if kind == "integer" else float(number)
    if "pattern" in schema:
        fitting = [word for word in (*PATTERNED, *WORDS) if re.search(schema["pattern"], word)]
        return fitting[0] if fitting else WORDS[0]
    text = " ".join(chance.choices(WORDS, k=chance.randint(1, 6)))
    return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", len(text) + 1000)]
