import os
import time
from pathlib import Path

import pytest

from tests.roles.scenes import ROW
from toolworlds.batch.dataset import Dataset, index_path, load_rows, write_dataset
from toolworlds.errors import UserError
from toolworlds.files import append_line, dump_line, write_json
from toolworlds.records.base import Json
from toolworlds.records.tasks import PlainRow, Row

SEVEN = ("id", "field", "summary", "tools", "gt_tool_calls", "initial_state", "final_state")


def make_row(row_id: str, **changed: Json) -> dict[str, Json]:
    return {**ROW.to_json(), "id": row_id, **changed}


def make_plain(row_id: str, **changed: Json) -> dict[str, Json]:
    row = make_row(row_id)
    return {**{column: row[column] for column in SEVEN}, **changed}


def write(path: Path, *rows: dict[str, Json]) -> Path:
    """A file with its index."""
    write_dataset(path, ((row["id"], dump_line(row)) for row in rows))
    return path


def append(path: Path, *rows: dict[str, Json]) -> Path:
    """A file without index, or one that grew after its index was written."""
    for row in rows:
        append_line(path, row)
    return path


def summaries(path: Path) -> dict[str, str]:
    return {row.id: row.summary for row in load_rows(path)}


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    """With the index, and without it."""
    path = write(tmp_path / "rows.jsonl", make_row("a"), make_row("b"))
    with_index = list(load_rows(path))
    index_path(path).unlink()
    assert with_index == list(load_rows(path)) == [ROW.model_copy(update={"id": name}) for name in "ab"]
    assert all(isinstance(row, Row) for row in with_index)


def test_the_last_of_several_rows_with_one_id_wins(tmp_path: Path) -> None:
    """Whoever appended it."""
    path = write(tmp_path / "rows.jsonl", make_row("a", summary="old"), make_row("b", summary="b"))
    append(path, make_row("a", summary="new"))
    assert summaries(path) == {"b": "b", "a": "new"}


def test_a_stale_index_is_not_believed(tmp_path: Path) -> None:
    """Neither after the file grew nor after it was rewritten in the same length."""
    path = write(tmp_path / "rows.jsonl", make_row("a", summary="1"), make_row("b", summary="2"))
    later = time.time() + 5
    path.write_bytes(dump_line(make_row("b", summary="3")) + dump_line(make_row("a", summary="4")))
    os.utime(path, (later, later))
    assert summaries(path) == {"b": "3", "a": "4"}


@pytest.mark.parametrize("content", [b"", b"xx", b"[]", b'{"size": 1}', b'{"size": "x", "offsets": []}'])
def test_an_index_of_no_use_is_passed_over(tmp_path: Path, content: bytes) -> None:
    """The file itself is scanned."""
    path = write(tmp_path / "rows.jsonl", make_row("a", summary="1"))
    index_path(path).write_bytes(content)
    assert summaries(path) == {"a": "1"}


@pytest.mark.parametrize("offset", [3, 10**9])
def test_a_row_is_never_taken_for_another_one(tmp_path: Path, offset: int) -> None:
    """Where an index errs, the file says where the row is, or that there is none."""
    path = write(tmp_path / "rows.jsonl", make_row("a", summary="1"), make_row("b", summary="2"))
    write_json(index_path(path), {"size": path.stat().st_size, "offsets": {"a": offset, "b": 0, "c": 0}})
    dataset = Dataset(path)
    assert [dataset.load(row_id).summary for row_id in "ab"] == ["1", "2"]
    with pytest.raises(UserError, match=r"rows.jsonl no longer holds row 'c'; run the same command again"):
        dataset.load("c")


def test_a_file_may_grow_while_it_is_read(tmp_path: Path) -> None:
    """Rows that another process releases in front of a row move it; it is found all the same."""
    path = write(tmp_path / "rows.jsonl", make_row("m", summary="1"))
    dataset = Dataset(path)
    write(path, make_row("a"), make_row("m", summary="2"))
    assert dataset.load("m").summary == "2"


def test_seven_columns_are_a_plain_row(tmp_path: Path) -> None:
    """Rows from elsewhere load beside released ones, as not certified."""
    path = append(tmp_path / "rows.jsonl", make_plain("elsewhere"), make_row("ours"))
    plain, ours = load_rows(path)
    assert isinstance(plain, PlainRow)
    assert isinstance(ours, Row)
    assert plain.certified is False


def test_a_line_cut_off_by_a_crash_is_skipped(tmp_path: Path) -> None:
    """Only at the very end of the file."""
    path = append(tmp_path / "rows.jsonl", make_row("a"))
    with path.open("ab") as file:
        file.write(b'{"id": "b", "fie')
    assert Dataset(path).list_ids() == ["a"]


def test_rows_of_one_field(tmp_path: Path) -> None:
    """By the field's name as the rows have it."""
    path = write(tmp_path / "rows.jsonl", make_row("a", field="Travel"), make_row("b"))
    assert Dataset(path).list_ids("Travel") == ["a"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{\n", r"rows.jsonl:1 is not JSON"),
        (b"[]\n", r"rows.jsonl:1 has no id"),
        (dump_line(make_row("a", format_version=2)), r"row 'a' has format_version 2, this version reads 1"),
        (dump_line(make_row("a", certificate=None)), r"row 'a' is no Row: certificate"),
        (dump_line(make_plain("a", tools=3)), r"row 'a' is no PlainRow: tools"),
    ],
)
def test_what_is_no_row_is_the_users_business(tmp_path: Path, line: bytes, complaint: str) -> None:
    """One line that names file, row and column."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(line)
    with pytest.raises(UserError, match=complaint):
        list(load_rows(path))


def test_an_unknown_id_and_a_missing_file_are_named(tmp_path: Path) -> None:
    """Each in one line."""
    path = write(tmp_path / "rows.jsonl", make_row("a"))
    with pytest.raises(UserError, match="holds no row 'z'"):
        Dataset(path).load("z")
    with pytest.raises(UserError, match="it does not exist"):
        Dataset(tmp_path / "none.jsonl")


def test_one_row_of_many_is_found_at_once(tmp_path: Path) -> None:
    """With the index a row is found without reading the others."""
    rows = {f"row_{number:05d}": number for number in range(20_000)}
    path = tmp_path / "rows.jsonl"
    small = dump_line(make_plain("x", tools=[], initial_state={}, final_state={}))
    write_dataset(path, ((name, small.replace(b'"x"', f'"{name}"'.encode())) for name in rows))
    started = time.perf_counter()
    row = Dataset(path).load("row_19999")
    assert row.id == "row_19999"
    assert time.perf_counter() - started < 0.5
