"""Types of columns: how the card declares them to `datasets`, and how Parquet holds them."""

from collections.abc import Mapping
from typing import Any

from toolworlds.records.base import Json

Type = str | list[Any] | dict[str, Any]
"""`string`, `int64`, `float64`, `bool`, `int32`, `json` (any JSON); [type] a list; {name: type} an object."""
Columns = Mapping[str, Type]


def declare_columns(columns: Columns) -> list[dict[str, Json]]:
    """The columns as a card's `dataset_info.features`; `json` needs `datasets` 4.7 or newer."""
    return [{"name": name, **_declare(kind)} for name, kind in columns.items()]


def _declare(kind: Type) -> dict[str, Json]:
    if isinstance(kind, list):
        inner = _declare(kind[0])
        return {"list": inner["struct"] if "struct" in inner else inner.get("dtype", inner)}
    return {"struct": declare_columns(kind)} if isinstance(kind, dict) else {"dtype": kind}


def describe_columns(columns: Columns) -> dict[str, Json]:
    """The same as `datasets` keeps it in the header of a Parquet file."""
    return {name: _describe(kind) for name, kind in columns.items()}


def _describe(kind: Type) -> Json:
    if isinstance(kind, list):
        return {"feature": _describe(kind[0]), "_type": "List"}
    if isinstance(kind, dict):
        return describe_columns(kind)
    return {"_type": "Json"} if kind == "json" else {"dtype": kind, "_type": "Value"}
