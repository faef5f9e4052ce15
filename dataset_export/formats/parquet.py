"""Every record as it is, in columns: plain values stay plain, objects and lists are JSON text.

Arrow would merge objects of different shapes into one and fill the gaps with nulls; text it leaves alone.
"""

import types
import typing
from functools import cache
from typing import Any

import msgspec

from dataset_export.columns import Columns, Type
from toolworlds.records.base import Json, Record
from utils import UserError

_PLAIN: dict[Any, Type] = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    list[int]: ["int32"],
}


Records = tuple[type[Record], ...]
"""What a line may be, e.g. rows with a certificate and plain ones."""
OTHER = "other_keys"
"""The column for keys that a record takes over from elsewhere: one JSON object."""


@cache
def list_columns(records: Records) -> Columns:
    """The columns of the Parquet form of such records."""
    return {name: _PLAIN.get(kind, "string") for name, kind in _list_types(records).items()}


def to_parquet(data: bytes, records: Records, place: str) -> dict[str, Json]:
    """One row of a record's bytes; raises UserError for another record."""
    known = list_columns(records)
    try:
        struct = _make_decoder(records).decode(data)
        keys = msgspec.json.decode(data, type=dict[str, msgspec.Raw]) if OTHER in known else {}
    except msgspec.DecodeError as error:
        name = records[0].__name__
        raise UserError(f"{place} is no {name}: {error}; re-run the stage that wrote it") from error
    row = {name: _to_text(getattr(struct, name)) for name in struct.__struct_fields__}
    if OTHER in known:
        others = {key: value for key, value in keys.items() if key not in known}
        row[OTHER] = msgspec.json.encode(others).decode()
    return row


def _to_text(value: Json) -> Json:
    """JSON text on one line; a null is a null, not a text."""
    if not isinstance(value, msgspec.Raw):
        return value
    data = bytes(value)
    if data == b"null":
        return None
    return (msgspec.json.format(data, indent=-1) if b"\n" in data else data).decode()


@cache
def _make_decoder(records: Records) -> "msgspec.json.Decoder[msgspec.Struct]":
    fields: list[tuple[str, Any, Any]] = []
    for name, kind in _list_types(records).items():
        if name != OTHER:
            fields.append((name, kind | None if kind in _PLAIN else msgspec.Raw, None))
    strict = OTHER not in _list_types(records)
    struct = msgspec.defstruct(records[0].__name__, fields, forbid_unknown_fields=strict)
    return msgspec.json.Decoder(struct)


@cache
def _list_types(records: Records) -> dict[str, Any]:
    types_: dict[str, Any] = {}
    for record in records:
        for name, field in record.model_fields.items():
            types_.setdefault(field.alias or name, _find_type(field.annotation))
        if record.model_config.get("extra") == "allow":
            types_[OTHER] = msgspec.Raw
    return types_


def _find_type(annotation: Any) -> Any:
    """The one plain type of all of an annotation's members, None left out; `Raw` where there is none."""
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        kinds = {type(value) for value in typing.get_args(annotation)}
    elif origin in (typing.Union, types.UnionType):
        kinds = {_find_type(one) for one in typing.get_args(annotation) if one is not types.NoneType}
    elif origin is typing.Annotated:
        kinds = {_find_type(typing.get_args(annotation)[0])}
    else:
        kinds = {annotation}
    kind = kinds.pop() if len(kinds) == 1 else msgspec.Raw
    return kind if kind in _PLAIN else msgspec.Raw
