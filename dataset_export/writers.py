"""The data files of an export: JSON lines, or Parquet in row groups of bounded size."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import IO, Protocol, Self

import orjson

from dataset_export.columns import Columns, Type, describe_columns
from dataset_export.dialogue import Unfit
from toolworlds.records.base import Json
from utils import UserError, explain_os_errors

GROUP_BYTES = 8 << 20
"""About how much text a Parquet row group holds before compression; as much stands in memory."""


class Writer(Protocol):
    """Takes rows one by one; the file is whole after the `with` block."""

    def write(self, row: Mapping[str, Json]) -> None:
        """Adds a row; raises Unfit for one that the file cannot hold."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_writer(path: Path, columns: Columns) -> Writer:
    """The writer of a file, by its suffix."""
    return Parquet(path, columns) if path.suffix == ".parquet" else JsonLines(path)


class JsonLines:
    """One JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes]

    def write(self, row: Mapping[str, Json]) -> None:
        """Adds a line; integers beyond 64 bits and halves of surrogate pairs have no place in it."""
        try:
            line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        except orjson.JSONEncodeError as error:
            raise Unfit(f"a value that JSON lines cannot hold: {error}") from error
        with explain_os_errors(self._path):
            self._file.write(line)

    def __enter__(self) -> Self:
        with explain_os_errors(self._path):
            self._file = self._path.open("wb")
        return self

    def __exit__(self, *error: object) -> None:
        with explain_os_errors(self._path):
            self._file.close()


class Parquet:
    """Columns of fixed types, compressed; `json` stands as text that `datasets` reads back."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self._arrow, self._parquet = load_arrow()
        header = {"huggingface": orjson.dumps({"info": {"features": describe_columns(columns)}})}
        self._plain = _make_schema(self._arrow, columns, self._arrow.string())
        self._schema = _make_schema(self._arrow, columns, self._arrow.json_()).with_metadata(header)
        self._columns = columns
        self._path = path
        self._rows: list[Mapping[str, Json]] = []
        self._size = 0

    def write(self, row: Mapping[str, Json]) -> None:
        """Adds a row, and writes a row group when enough have come together."""
        plain = {name: _write_json(row[name], kind) for name, kind in self._columns.items()}
        self._rows.append(plain)
        self._size += sum(map(_measure, plain.values()))
        if self._size >= GROUP_BYTES:
            self._flush()

    def __enter__(self) -> Self:
        with explain_os_errors(self._path):
            self._writer = self._parquet.ParquetWriter(self._path, self._schema, compression="zstd")
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with explain_os_errors(self._path):
            if kind is None:
                self._flush()
            self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            with explain_os_errors(self._path):
                table = self._arrow.Table.from_pylist(self._rows, schema=self._plain)
                self._writer.write_table(table.cast(self._schema))
        self._rows, self._size = [], 0


def _make_schema(arrow: ModuleType, columns: Columns, json_type: Json) -> Json:
    """The columns in Arrow's types; rows are built with text in the place of JSON, and declared later."""

    def find(kind: Type) -> Json:
        if isinstance(kind, list):
            return arrow.list_(find(kind[0]))
        if isinstance(kind, dict):
            return arrow.struct([(name, find(inner)) for name, inner in kind.items()])
        return json_type if kind == "json" else arrow.type_for_alias(kind)

    return arrow.schema([(name, find(kind)) for name, kind in columns.items()])


def _write_json(value: Json, kind: Type) -> Json:
    """The value with text in the place of `json`."""
    if kind == "json":
        return orjson.dumps(value).decode()
    if isinstance(kind, dict):
        return {name: _write_json(value[name], inner) for name, inner in kind.items()}
    return value


def _measure(value: Json) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_measure, value.values()))
    return 8 if not isinstance(value, list) else sum(map(_measure, value))


def load_arrow() -> tuple[ModuleType, ModuleType]:
    """pyarrow and its Parquet part; raises UserError without the extra."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError("Parquet files need the extra `export`; pip install '.[export]'") from error
    return pyarrow, pyarrow.parquet
