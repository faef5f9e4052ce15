"""What checking a value against a JSON Schema can cost at most, with every reference followed.

A schema of a few lines can ask for 2^40 evaluations: definitions that each refer twice to the next one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from toolworlds.records.base import Json

SAME_PLACE: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "$ref")
"""Keywords whose schemas look at the same place of the value."""
MEMBERS: Final = (
    "items", "prefixItems", "contains", "unevaluatedItems",
    "patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties",
)  # fmt: skip
"""Keywords whose schemas look at members of the value; those of `properties` look at one each."""
SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SCHEMA_MAPS: Final = frozenset({"dependentSchemas", "patternProperties", "properties"})
MOST_EVALUATIONS = 100_000
"""At one place of a value and the members it leads to."""
MOST_SCHEMAS = 3_000
"""Schemas within a schema."""
MOST_NESTING = 90
"""Levels of a schema as it is written."""
MOST_LEVELS = 40
"""Levels of a value down which a schema that refers to itself is followed."""


class SchemaFault(ValueError):  # noqa: N818 - named like the other faults of this package
    """A JSON Schema that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Cost:
    """An upper bound."""

    evaluations: int
    """Schemas that are tried on one place of a value and, one below the other, its members."""
    levels: int | None
    """Levels of a value down to which that holds; None: however deep."""


@dataclass(slots=True)
class _Node:
    """A schema within the schema; the others are named by their place in the list of all."""

    weight: int
    same_place: list[int]
    members: list[int]
    named: list[int]


def measure_schema(schema: Json) -> Cost:
    """The cost. Raises SchemaFault for what is too deep, large or costly, or refers to other documents."""
    if isinstance(schema, bool):
        return Cost(1, None)
    if not isinstance(schema, dict):
        raise SchemaFault(f"it is a {type(schema).__name__}, not an object")
    refuse_deep(schema)
    nodes = _Reader(schema).read()
    order = _sort_same_place(nodes)
    below = [0] * len(nodes)
    for levels in range(1, MOST_LEVELS + 2):
        here = [0] * len(nodes)
        for place in order:
            node = nodes[place]
            inner = max((below[n] for n in node.named), default=0) + sum(below[n] for n in node.members)
            here[place] = node.weight + sum(here[n] for n in node.same_place) + inner
        if here == below:
            return Cost(here[0], None)
        if here[0] > MOST_EVALUATIONS:
            if levels < 3:
                break
            return Cost(below[0], levels - 1)
        # What cannot be afforded below cannot be afforded above it either: no need for exact large numbers.
        below = [min(count, MOST_EVALUATIONS + 1) for count in here]
    else:
        return Cost(below[0], MOST_LEVELS)
    raise SchemaFault(f"with its references followed it holds more than {MOST_EVALUATIONS:,} schemas")


class _Reader:
    """Lists the schemas that a schema leads to, itself first."""

    def __init__(self, root: dict[str, Json]) -> None:
        self._root = root
        self._places: dict[int, int] = {}
        self._found: list[Any] = []

    def read(self) -> list[_Node]:
        self._enter(self._root)
        nodes: list[_Node] = []
        for schema in self._found:  # it grows while it is read
            nodes.append(self._read_node(schema) if isinstance(schema, dict) else _Node(1, [], [], []))
        return nodes

    def _read_node(self, schema: dict[str, Json]) -> _Node:
        if "$dynamicRef" in schema or "$recursiveRef" in schema:
            raise SchemaFault("only $ref is followed, no $dynamicRef")
        if "$id" in schema and schema is not self._root:
            raise SchemaFault(f"a schema within it has an $id of its own, {schema['$id']!r:.80}")
        lists = (schema.get("enum"), schema.get("required"))
        return _Node(
            1 + sum(len(held) for held in lists if isinstance(held, list)) // 20,
            [self._enter(s) for key in SAME_PLACE for s in self._list_schemas(key, schema)],
            [self._enter(s) for key in MEMBERS for s in self._list_schemas(key, schema)],
            [self._enter(s) for s in self._list_schemas("properties", schema)],
        )

    def _list_schemas(self, keyword: str, schema: dict[str, Json]) -> Iterator[Json]:
        held = schema.get(keyword)
        if held is None:
            return
        if keyword == "$ref":
            yield find_referred(self._root, held)
        elif keyword in SCHEMA_LISTS:
            yield from held if isinstance(held, list) else ()
        elif keyword in SCHEMA_MAPS:
            yield from held.values() if isinstance(held, dict) else ()
        else:
            yield held

    def _enter(self, schema: Json) -> int:
        place = self._places.setdefault(id(schema), len(self._found))
        if place == len(self._found):
            if place >= MOST_SCHEMAS:
                raise SchemaFault(f"it holds more than {MOST_SCHEMAS:,} schemas")
            self._found.append(schema)
        return place


def find_referred(root: Json, reference: Json) -> Json:
    """What a `$ref` means: a place in the same document. Raises SchemaFault, also for other documents."""
    if not isinstance(reference, str) or (reference != "#" and not reference.startswith("#/")):
        raise SchemaFault(f"$ref {reference!r:.120} leads out of it; only places in it, #/…, are referred to")
    held = root
    for step in unquote(reference).split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        try:
            held = held[int(step)] if isinstance(held, list) else held[step]
        except (LookupError, TypeError, ValueError):
            raise SchemaFault(f"$ref {reference!r:.120}: there is no such place in it") from None
    return held


def refuse_deep(schema: Json) -> None:
    """Raises SchemaFault for more levels than are ever needed: recursion would not end well on them."""
    layer = [schema]
    for _ in range(MOST_NESTING):
        inner = (v.values() if isinstance(v, dict) else v for v in layer if isinstance(v, dict | list))
        layer = [member for members in inner for member in members]
    if layer:
        raise SchemaFault(f"it is nested more than {MOST_NESTING} levels deep")


def _sort_same_place(nodes: list[_Node]) -> list[int]:
    """All, each after those that look at the same place of a value. Raises SchemaFault for a circle."""
    order: list[int] = []
    state = [0] * len(nodes)
    for start in range(len(nodes)):
        stack = [start]
        while stack:
            place = stack[-1]
            if state[place] == 0:
                state[place] = 1
                waiting = nodes[place].same_place
                if any(state[n] == 1 for n in waiting):
                    raise SchemaFault("a reference in it leads back to itself")
                stack += [n for n in waiting if state[n] == 0]
            else:
                stack.pop()
                if state[place] == 1:
                    state[place] = 2
                    order.append(place)
    return order
