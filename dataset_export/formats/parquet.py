"""Every record as it is, in columns: plain values stay plain, objects and lists are JSON text.

Arrow would merge objects of different shapes into one and fill the gaps with nulls; text it leaves alone.
"""

import types
import typing
from functools import cache
from typing import Any

import msgspec

from records.base import Json, Record
from utils import UserError

_PLAIN = (str, bool, int, float)


@cache
def list_columns(record: type[Record]) -> dict[str, type]:
    """column -> str, bool, int or float; `msgspec.Raw` for JSON text."""
    return {name: _find_type(field.annotation) for name, field in record.model_fields.items()}


def to_parquet(data: bytes, record: type[Record], place: str) -> dict[str, Json]:
    """One row of a record's bytes, JSON text as it stands; raises UserError for another record."""
    try:
        struct = _make_decoder(record).decode(data)
    except msgspec.DecodeError as error:
        raise UserError(
            f"{place} is no {record.__name__}: {error}; re-run the stage that wrote it"
        ) from error
    return {name: _to_text(getattr(struct, name)) for name in list_columns(record)}


def _to_text(value: Json) -> Json:
    return bytes(value).decode() if isinstance(value, msgspec.Raw) else value


@cache
def _make_decoder(record: type[Record]) -> "msgspec.json.Decoder[msgspec.Struct]":
    fields: list[tuple[str, type, Json]] = []
    for name, kind in list_columns(record).items():
        wanted: Json = msgspec.Raw if kind is msgspec.Raw else kind | None
        fields.append((name, wanted, None))
    struct = msgspec.defstruct(record.__name__, fields, forbid_unknown_fields=True)
    return msgspec.json.Decoder(struct)


def _find_type(annotation: Any) -> type:
    """The one plain type of all of an annotation's members, None left out."""
    if typing.get_origin(annotation) is typing.Literal:
        kinds = {type(value) for value in typing.get_args(annotation)}
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        kinds = {_find_type(member) for member in typing.get_args(annotation) if member is not types.NoneType}
    else:
        kinds = {annotation}
    kind = kinds.pop() if len(kinds) == 1 else msgspec.Raw
    return kind if kind in _PLAIN else msgspec.Raw
