"""The released file `task_content.jsonl`: written with an offset index beside it, read by anyone.

The index `<file>.index` holds the file's size and each id's byte offset. It only saves time: readers
fall back to scanning the file when the index is missing or older than the file.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import orjson

from batch.record_files import parse_record
from records.base import Json
from records.tasks import PlainRow, Row
from utils import UserError, explain_os_errors, open_atomic, read_json, write_json


def write_dataset(path: Path, lines: Iterable[tuple[str, bytes]]) -> int:
    """Replaces the file by these (id, JSONL line) pairs, then its index; returns how many there were."""
    offsets: dict[str, int] = {}
    position = 0
    with open_atomic(path) as file:
        for row_id, line in lines:
            offsets[row_id] = position
            position += file.write(line)
    write_json(index_path(path), {"size": position, "offsets": offsets})
    return len(offsets)


def load_rows(path: Path, row_id: str | None = None) -> Iterator[Row | PlainRow]:
    """The rows of a file, or only the one with this id; of several with one id the last wins.

    Raises UserError for a file that cannot be read, an unknown id, or a row of a newer format.
    """
    offsets = locate_rows(path)
    if row_id is not None:
        if row_id not in offsets:
            raise UserError(f"{path} holds no row {row_id!r}; check --task-id")
        offsets = {row_id: offsets[row_id]}
    with explain_os_errors(path), path.open("rb") as file:
        for offset in offsets.values():
            yield parse_row(_read_line(file, offset), f"{path} (byte {offset})")


def locate_rows(path: Path) -> dict[str, int]:
    """id -> byte offset of its last line, from a fresh index or else by a scan."""
    return _read_index(path) or _scan_offsets(path)


def index_path(path: Path) -> Path:
    """Where the index of a dataset file lies."""
    return path.with_name(f"{path.name}.index")


def parse_row(value: Json, place: str) -> Row | PlainRow:
    """A released row, or a plain one when it says nothing of a format or a certificate."""
    if not isinstance(value, dict):
        raise UserError(f"{place}: a row is an object, not {value!r:.60}; repair or remove the line")
    place = f"{place}: row {value.get('id')!r}"
    if "format_version" in value or "certificate" in value:
        return parse_record(value, Row, place)
    return parse_record(value, PlainRow, place)


def _read_index(path: Path) -> dict[str, int] | None:
    index = index_path(path)
    with explain_os_errors(path):
        written = path.stat()
    if not index.is_file() or index.stat().st_mtime_ns < written.st_mtime_ns:
        return None
    content = read_json(index)
    return content["offsets"] if content["size"] == written.st_size else None


def _scan_offsets(path: Path) -> dict[str, int]:
    offsets: dict[str, int] = {}
    position = 0
    with explain_os_errors(path), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip() and (row_id := _read_id(line, f"{path}:{number}")) is not None:
                offsets.pop(row_id, None)  # the last row of an id also takes the last place
                offsets[row_id] = position
            position += len(line)
    return offsets


def _read_id(line: bytes, place: str) -> str | None:
    """The row's id; None for a line that a crash cut off at the very end of the file."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if not line.endswith(b"\n"):
            return None
        raise UserError(f"{place} is not JSON: {error}; repair or remove the line") from error
    match value:
        case {"id": str(row_id)}:
            return row_id
    raise UserError(f"{place} has no id, so it is no row; repair or remove the line")


def _read_line(file: IO[bytes], offset: int) -> Json:
    file.seek(offset)
    return orjson.loads(file.readline())
