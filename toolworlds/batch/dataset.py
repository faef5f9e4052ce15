"""The released file `task_content.jsonl`: written with an offset index beside it, read by anyone.

The index `<file>.index` holds the file's size and each id's byte offset. It only saves time: readers
fall back to scanning the file when the index is missing, unreadable or older than the file.
"""

import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from toolworlds.batch.record_files import parse_record
from toolworlds.errors import UserError
from toolworlds.files import (
    explain_os_errors,
    open_atomic,
    parse_json,
    read_json,
    scan_lines,
    write_json,
)
from toolworlds.outside.files import is_plain, read_lines, read_text
from toolworlds.outside.rows import tidy_row
from toolworlds.records.base import Json
from toolworlds.records.tasks import PlainRow, Row

log = logging.getLogger(__name__)


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


class Dataset:
    """The rows of a file by id; the last of several with one id wins. Raises UserError for what is no row.

    The file may be replaced while it is read, as another process releases further rows.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = None if is_plain(path) else b"".join(read_lines(read_text(path)))
        """All of a file that cannot be read from any place in it: packed, in UTF-16, an array."""
        self._offsets = (_read_index(path) if self._text is None else None) or self._scan()

    def list_ids(self, field: str | None = None) -> list[str]:
        """Ids of all rows, or of one field's, in the order of the file."""
        if field is None:
            return list(self._offsets)
        return [row_id for row_id in self._offsets if self._read(row_id).get("field") == field]

    def load(self, row_id: str) -> Row | PlainRow:
        """One row; a plain one when it says nothing of a format or a certificate."""
        value = self._read(row_id)
        place = f"{self._path}: row {row_id!r}"
        if "format_version" in value or "certificate" in value:
            return parse_record(value, Row, place)
        row = parse_record(tidy_row(value, place), PlainRow, place)
        for name, written in row.renamed.items():
            log.warning("%s: its tool %r is called %s here", place, written, name)
        for reason in row.skipped:
            log.warning("%s: left out: %s", place, reason)
        return row

    def _read(self, row_id: str) -> dict[str, Json]:
        if row_id not in self._offsets:
            raise UserError(f"{self._path} holds no row {row_id!r}; check the id")
        row = self._read_at(self._offsets[row_id])
        if _name_row(row) != row_id:
            # The file is a newer one, or its index is wrong: the file itself says where the row is now.
            self._offsets |= self._scan()
            row = self._read_at(self._offsets[row_id])
        if _name_row(row) != row_id:
            raise UserError(f"{self._path} no longer holds row {row_id!r}; run the same command again")
        return row

    def _read_at(self, offset: int) -> dict[str, Json]:
        """The row that begins there; {} if none does."""
        with explain_os_errors(self._path), self._open() as file:
            file.seek(offset)
            line = file.readline()
        try:
            row = parse_json(line)
        except ValueError:
            return {}
        return row if isinstance(row, dict) else {}

    def _open(self) -> IO[bytes]:
        return self._path.open("rb") if self._text is None else io.BytesIO(self._text)

    def _scan(self) -> dict[str, int]:
        offsets: dict[str, int] = {}
        for line in scan_lines(self._path, self._text):
            row_id = _name_row(line.value) if isinstance(line.value, dict) else ""
            if not row_id:
                raise UserError(
                    f"{self._path}:{line.number} has no id, so it is no row; repair or remove the line"
                )
            offsets.pop(row_id, None)  # the last row of an id also takes the last place
            offsets[row_id] = line.offset
        return offsets


def load_rows(path: Path | str) -> Iterator[Row | PlainRow]:
    """Every row of a file, one at a time."""
    dataset = Dataset(Path(path))
    return map(dataset.load, dataset.list_ids())


def index_path(path: Path) -> Path:
    """Where the index of a dataset file lies."""
    return path.with_name(f"{path.name}.index")


def _read_index(path: Path) -> dict[str, int] | None:
    """The offsets; None without an index that is of use."""
    index = index_path(path)
    with explain_os_errors(path):
        written = path.stat()
    if not index.is_file() or index.stat().st_mtime_ns < written.st_mtime_ns:
        return None
    try:
        content = read_json(index)
    except UserError:
        return None
    match content:
        case {"size": written.st_size, "offsets": dict(offsets)}:
            return offsets
    return None


def _name_row(row: Mapping[str, Json]) -> str:
    """Its id as text; some number their rows."""
    row_id = row.get("id")
    return str(row_id) if isinstance(row_id, str | int) and not isinstance(row_id, bool) else ""
