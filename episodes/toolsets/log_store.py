"""A store of log events: the table `events` of an SQLite file, or a Parquet file with the same columns."""

import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from toolworlds.records.base import Json
from utils import UserError

COLUMNS = ("ts", "level", "service", "trace_id", "status", "duration_ms", "message", "file", "line")
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?)?Z?")


class LogStore:
    """Events with an ISO time in `ts`; opened read-only."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UserError(f"--log_store {path} is no file; give an SQLite or a Parquet file of events")
        self.database = _load_parquet(path) if path.suffix == ".parquet" else _open_sqlite(path)
        self._fetch = lru_cache(maxsize=20_000)(self._execute)
        try:
            self.first, self.last = self.fetch("SELECT min(ts), max(ts) FROM events")[0]
            self.fetch(f"SELECT {', '.join(COLUMNS)} FROM events LIMIT 1")
        except sqlite3.DatabaseError as error:
            wanted = ", ".join(COLUMNS)
            raise UserError(f"--log_store {path} has no table `events` with {wanted}: {error}") from error
        if self.first is None:
            raise UserError(f"--log_store {path} holds no event")

    def fetch(self, query: str, values: Sequence[Json] = ()) -> list[tuple[Json, ...]]:
        """All rows."""
        return self._fetch(query, tuple(values))

    def _execute(self, query: str, values: tuple[Json, ...]) -> list[tuple[Json, ...]]:
        return self.database.execute(query, values).fetchall()

    def is_time(self, text: str) -> bool:
        """Whether a text is a time as the store writes it, or the beginning of one."""
        return TIME.fullmatch(text) is not None


def _open_sqlite(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )


def _load_parquet(path: Path) -> sqlite3.Connection:
    """The file's events in memory; times become ISO text."""
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise UserError(f"--log_store {path} needs the extra `parquet`; pip install '.[parquet]'") from error
    try:
        file = parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise UserError(f"--log_store {path} is no Parquet file: {error}") from error
    if missing := [name for name in COLUMNS if name not in file.schema_arrow.names]:
        raise UserError(
            f"--log_store {path} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}"
        )
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute(f"CREATE TABLE events ({', '.join(COLUMNS)})")
    for batch in file.iter_batches(columns=list(COLUMNS)):
        rows = zip(*(map(_write_time, batch.column(name).to_pylist()) for name in COLUMNS), strict=True)
        database.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    database.execute("CREATE INDEX by_trace ON events (trace_id)")
    database.execute("CREATE INDEX by_time ON events (ts)")
    return database


def _write_time(value: Json | datetime) -> Json:
    if not isinstance(value, datetime):
        return value
    return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat()
