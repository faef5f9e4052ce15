"""The data files of an export: JSON lines, or Parquet in row groups of bounded size."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import IO, Protocol, Self

import msgspec
import orjson

from dataset_export.dialogue import Unfit
from records.base import Json
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
    """Columns of fixed types, compressed; `columns` as in `formats.parquet.list_columns`."""

    def __init__(self, path: Path, columns: Mapping[str, type]) -> None:
        self._arrow, self._parquet = load_arrow()
        kinds = {
            str: self._arrow.string(),
            bool: self._arrow.bool_(),
            int: self._arrow.int64(),
            float: self._arrow.float64(),
            list: self._arrow.list_(self._arrow.int32()),
            msgspec.Raw: self._arrow.string(),
        }
        self._schema = self._arrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self._path = path
        self._rows: list[Mapping[str, Json]] = []
        self._size = 0

    def write(self, row: Mapping[str, Json]) -> None:
        """Adds a row, and writes a row group when enough have come together."""
        self._rows.append(row)
        self._size += sum(len(value) if isinstance(value, str | list) else 8 for value in row.values())
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
                self._writer.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows, self._size = [], 0


def load_arrow() -> tuple[ModuleType, ModuleType]:
    """pyarrow and its Parquet part; raises UserError without the extra."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError("Parquet files need the extra `export`; pip install '.[export]'") from error
    return pyarrow, pyarrow.parquet
