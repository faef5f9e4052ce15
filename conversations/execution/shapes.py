"""The shape of an endpoint's replies, compiled once: objects, lists and leaves, and whose fields they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from conversations.execution.fields import Field
from toolworlds.catalogue.value_kinds import read_value_kind
from toolworlds.catalogue.values import read_type, type_of
from toolworlds.language.nouns import to_singular
from toolworlds.language.words import split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint

_DEPTH = 8
"""Levels of a schema that replies have."""


@dataclass(slots=True)
class Leaf:
    """A value that is neither object nor list."""

    name: str
    field: Field
    is_key: bool = False
    """Whether it is the id of the object that it stands in."""
    examples: tuple[Json, ...] = ()
    """What a list of such values holds in the catalogue."""

    @property
    def kind(self) -> str:
        """What its values look like."""
        return self.field.kind


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
    if not endpoint.returns_schema:
        return None
    pairs = [(span.start, span.end) for span in endpoint.returned_spans]
    others = dict([*pairs, *((end, start) for start, end in pairs)])
    fields = {}
    for one in endpoint.returns_fields:
        other = others.get(one.path, "").rpartition(".")[2]
        fields[one.path] = Field(
            one.name, one.type, one.kind, one.entity, one.aspect, side=one.side, other_end=other
        )
    shape = _compile("", "", endpoint.returns_schema, endpoint.returns_example, fields, 0)
    _share_choices(shape, {p.name: tuple(p.enum) for p in endpoint.parameters if p.enum})
    _find_owners(shape, endpoint, endpoint.name)
    return shape


def _compile(
    name: str, path: str, schema: dict[str, Json], example: Json, fields: dict[str, Field], depth: int
) -> Shape:
    if "properties" in schema and depth < _DEPTH:
        inner = example if isinstance(example, dict) else {}
        return Group(
            name,
            [
                _compile(key, f"{path}.{key}" if path else key, part, inner.get(key), fields, depth + 1)
                for key, part in schema["properties"].items()
            ],
        )
    if "items" in schema or read_type(schema.get("type")) == "array":
        first = example[0] if isinstance(example, list) and example else None
        item = _compile(name, f"{path}[]", schema.get("items", {}), first, fields, depth + 1)
        if isinstance(item, Leaf) and isinstance(example, list):
            item.examples = tuple(one for one in example if isinstance(one, str))
        return Listing(name, item)
    type_ = read_type(schema.get("type")) or type_of(example) or "string"
    known = fields.get(path) or Field(name, type_, read_value_kind(name, type_))
    return Leaf(
        name,
        replace(
            known,
            name=name,
            choices=tuple(schema.get("enum", ())),
            example=example if isinstance(example, str | int | float) else None,
        ),
    )


def _share_choices(shape: Shape, choices: dict[str, tuple[Json, ...]]) -> None:
    """A field that a parameter of the same name chooses among takes one of the same values."""
    if isinstance(shape, Listing):
        _share_choices(shape.item, choices)
    elif isinstance(shape, Group):
        for member in shape.members:
            _share_choices(member, choices)
    elif shape.name in choices and shape.kind == "choice":
        shape.field = replace(shape.field, choices=choices[shape.name])


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
