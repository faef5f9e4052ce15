"""The shape of an endpoint's replies, compiled once: objects, lists and leaves, and whose fields they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast, get_args

from conversations.execution.fields import Field, find_kind
from toolworlds.language.nouns import to_singular
from toolworlds.language.words import split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Parameter, ResponseField, ValueType

_HOLDING = frozenset(["condition", "status", "category", "genre", "cuisine"])
_NAMELESS = frozenset(["text", "name", "label", "value", "main"])
"""Keys that say nothing but that here stands what their object is called: `condition.text`."""
_DEPTH = 8
"""Schemas that are deeper, or hold themselves, end here."""


@dataclass(slots=True)
class Leaf:
    """A value that is neither object nor list."""

    name: str
    field: Field
    kind: str
    is_key: bool = False
    """Whether it is the id of the object that it stands in."""
    examples: tuple[Json, ...] = ()
    """What a list of such values holds in the catalogue."""

    def tell(self, kind: str) -> None:
        """What it stands in tells its kind."""
        self.field, self.kind = replace(self.field, told=kind), kind


@dataclass(slots=True)
class Listing:
    """A list of things or of values."""

    name: str
    item: "Leaf | Group | Listing"


@dataclass(slots=True)
class Group:
    """An object. With `owner` it describes a thing of that kind, whose id stands in the leaf `key`."""

    name: str
    members: list["Leaf | Group | Listing"] = field(default_factory=list)
    owner: str = ""
    key: str = ""


Shape = Leaf | Listing | Group


def compile_shape(endpoint: Endpoint) -> Shape | None:
    """The reply's shape; None where the catalogue says nothing of it."""
    schema = endpoint.returns_schema or _infer_schema(endpoint.returns_example)
    if not schema:
        return None
    fields = {leaf.path: leaf for leaf in endpoint.returns_fields}
    shape = _compile("", "", schema, endpoint.returns_example, fields, 0)
    _settle_amounts(shape)
    _share_choices(shape, {p.name: tuple(p.enum) for p in endpoint.parameters if p.enum})
    _find_owners(shape, endpoint, endpoint.name)
    return shape


def describe_parameter(parameter: Parameter) -> Field:
    """A parameter as the field whose values it takes."""
    return Field(
        parameter.name,
        parameter.type,
        parameter.entity,
        parameter.aspect,
        parameter.description,
        tuple(one for one in parameter.enum if isinstance(one, str | int | float)),
        parameter.default if isinstance(parameter.default, str | int | float) else None,
    )


def _compile(
    name: str, path: str, schema: Json, example: Json, fields: dict[str, ResponseField], depth: int
) -> Shape:
    kind = _type_of(schema, example)
    if kind == "object" and depth < _DEPTH and (members := _list_members(schema, example)):
        inner = example if isinstance(example, dict) else {}
        return Group(
            name,
            [
                _compile(key, f"{path}.{key}" if path else key, part, inner.get(key), fields, depth + 1)
                for key, part in members.items()
            ],
        )
    if kind == "array":
        first = example[0] if isinstance(example, list) and example else None
        items = schema.get("items") if isinstance(schema, dict) else None
        item = _compile(name, f"{path}[]", items or _infer_schema(first), first, fields, depth + 1)
        if isinstance(item, Leaf) and isinstance(example, list):
            item.examples = tuple(one for one in example if isinstance(one, str))
        return Listing(name, item)
    return _compile_leaf(name, path, schema, example, fields, kind)


def _compile_leaf(
    name: str, path: str, schema: Json, example: Json, fields: dict[str, ResponseField], kind: ValueType
) -> Leaf:
    known = fields.get(path)
    enum = schema.get("enum") if isinstance(schema, dict) else None
    leaf = Field(
        name,
        kind,
        known.entity if known else "",
        known.aspect if known else "",
        str(schema.get("description", "")) if isinstance(schema, dict) else "",
        tuple(value for value in enum if isinstance(value, str | int | float))
        if isinstance(enum, list)
        else (),
        example if isinstance(example, str | int | float) else None,
    )
    made = Leaf(name, leaf, "object" if kind == "object" else find_kind(leaf))
    holder = path.split(".")[-2] if "." in path else ""
    held = find_kind(Field(holder, "string"))
    if name in _NAMELESS and made.kind in ("text", "other", "name") and kind == "string" and held in _HOLDING:
        made.tell(held)
    return made


def _type_of(schema: Json, example: Json) -> ValueType:
    declared = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(declared, list):
        declared = next((one for one in declared if one != "null"), None)
    if declared in get_args(ValueType):
        return cast(ValueType, declared)
    if isinstance(schema, dict) and ("properties" in schema or "items" in schema):
        return "object" if "properties" in schema else "array"
    return _type_of_value(example)


def _type_of_value(value: Json) -> ValueType:
    if isinstance(value, bool):
        return "boolean"
    types: tuple[tuple[type, ValueType], ...] = (
        (int, "integer"), (float, "number"), (list, "array"), (dict, "object"),
    )  # fmt: skip
    return next((name for python, name in types if isinstance(value, python)), "string")


def _list_members(schema: Json, example: Json) -> dict[str, Json]:
    members = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(members, dict) and members:
        return members
    return {key: _infer_schema(value) for key, value in example.items()} if isinstance(example, dict) else {}


def _infer_schema(example: Json) -> dict[str, Json]:
    return {} if example is None else {"type": _type_of_value(example)}


def _share_choices(shape: Shape, choices: dict[str, tuple[Json, ...]]) -> None:
    """A field that a parameter of the same name chooses among takes one of the same values."""
    if isinstance(shape, Listing):
        _share_choices(shape.item, choices)
    elif isinstance(shape, Group):
        for member in shape.members:
            _share_choices(member, choices)
    elif shape.name in choices and shape.field.type == "string" and shape.kind != "id":
        shape.field = replace(shape.field, choices=choices[shape.name])
        shape.kind = find_kind(shape.field)


def _settle_amounts(shape: Shape) -> None:
    """Beside a currency a low is an amount, no temperature; a whole total without one is a count."""
    if isinstance(shape, Listing):
        _settle_amounts(shape.item)
    if not isinstance(shape, Group):
        return
    leaves = [member for member in shape.members if isinstance(member, Leaf)]
    priced = any(leaf.kind == "currency" for leaf in leaves)
    others = [leaf for leaf in leaves if leaf.kind == "money" and leaf.name != "total"]
    for leaf in leaves:
        if priced and leaf.kind == "temperature":
            leaf.tell("money")
        elif leaf.name == "total" and leaf.field.type == "integer" and not priced and not others:
            leaf.tell("count")
    for member in shape.members:
        if isinstance(member, Group | Listing):
            _settle_amounts(member)


def _find_owners(shape: Shape, endpoint: Endpoint, noun: str) -> None:
    """Says for every object which thing it describes."""
    if isinstance(shape, Listing):
        _find_owners(shape.item, endpoint, shape.name or noun)
    if not isinstance(shape, Group):
        return
    keys = [m for m in shape.members if isinstance(m, Leaf) and m.kind in ("id", "symbol")]
    if keys:
        key = _choose_key(keys, endpoint, noun)
        shape.owner, shape.key = key.field.entity or _guess_entity(noun), key.name
        key.is_key = True
    for member in shape.members:
        if isinstance(member, Group | Listing):
            _find_owners(member, endpoint, member.name)


def _choose_key(keys: Sequence[Leaf], endpoint: Endpoint, noun: str) -> Leaf:
    """The id that is the object's own: new where something is made, named like the list, called `id`."""
    words = {to_singular(word) for word in split_name(noun)}
    taken = (
        {p.entity for p in endpoint.parameters if p.aspect == "id"} if endpoint.intent == "create" else set()
    )

    def rank(place_and_key: tuple[int, Leaf]) -> tuple[bool, bool, bool, bool, int]:
        place, key = place_and_key
        own = set(key.field.entity.split("_"))
        return (key.kind != "id", key.field.entity in taken, not own & words, key.name.lower() != "id", place)

    return min(enumerate(keys), key=rank)[1]


def _guess_entity(noun: str) -> str:
    words = split_name(noun)
    return to_singular(words[-1]) if words else "item"
