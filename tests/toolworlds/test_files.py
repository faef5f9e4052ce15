import errno
import json
import logging
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Never

import pytest

from toolworlds.errors import UserError
from toolworlds.files import (
    append_line,
    create_json,
    list_stems,
    open_atomic,
    read_json,
    read_lines,
    scan_lines,
    write_json,
)


def refuse_links(*_: object) -> Never:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def forget_links() -> None:
    """This process's file system has no hard links, like exFAT's or a network share's."""
    os.link = refuse_links  # type: ignore[assignment]


def create(path: Path, number: int) -> object:
    return create_json(path, {"winner": number, "filling": "x" * 50_000})


@pytest.mark.parametrize("links", [True, False])
def test_of_many_that_create_a_file_one_wins(tmp_path: Path, links: bool) -> None:
    """All see the winner's value, with hard links and on file systems without."""
    with ProcessPoolExecutor(6, initializer=None if links else forget_links) as pool:
        for round_number in range(10):
            path = tmp_path / f"{round_number}.json"
            seen = list(pool.map(create, [path] * 6, range(6)))
            assert all(value == json.loads(path.read_bytes()) for value in seen)
    assert len(list(tmp_path.iterdir())) == 10


def test_a_file_that_is_there_stays_without_hard_links(tmp_path: Path) -> None:
    """The same as with them."""
    with ProcessPoolExecutor(1, initializer=forget_links) as pool:
        assert pool.submit(create_json, tmp_path / "a.json", 1).result() == 1
        assert pool.submit(create_json, tmp_path / "a.json", 2).result() == 1


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    """By file and line; what stands before it is read, and nothing after it."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1}\n\n{"n": \n{"n": 3}\n')
    lines = read_lines(path)
    assert next(lines) == {"n": 1}
    with pytest.raises(UserError, match=r"a\.jsonl:3 is not JSON"):
        next(lines)


def test_a_broken_last_line_that_was_ended_is_an_error(tmp_path: Path) -> None:
    """Only what a crash cut off has no end of line."""
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n{"n": \n')
    with pytest.raises(UserError, match=r"a\.jsonl:2"):
        list(read_lines(tmp_path / "a.jsonl"))


def test_a_line_cut_off_at_the_end_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By file and line, as a warning."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1}\n{"n": ')
    with caplog.at_level(logging.WARNING):
        assert list(read_lines(path)) == [{"n": 1}]
    assert f"{path}:2 was cut off" in caplog.text


def test_a_last_line_without_its_end_counts_when_it_is_whole(tmp_path: Path) -> None:
    """Editors leave the last end of line out."""
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n{"n": 2}')
    assert list(read_lines(tmp_path / "a.jsonl")) == [{"n": 1}, {"n": 2}]


def test_each_line_says_where_it_stands(tmp_path: Path) -> None:
    """Its number counts blank lines, its offset leads to its bytes."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"ä": 1}\n\n[2]\n')
    whole = path.read_bytes()
    assert [(line.number, line.value) for line in scan_lines(path)] == [(1, {"ä": 1}), (3, [2])]
    assert all(whole[line.offset :].startswith(line.data) for line in scan_lines(path))


def test_appended_lines_are_read_back(tmp_path: Path) -> None:
    """In their order, whatever folders they need."""
    path = tmp_path / "deep" / "a.jsonl"
    for value in ({"b": 1, "a": 2}, [1], "x"):
        append_line(path, value)
    assert list(read_lines(path)) == [{"b": 1, "a": 2}, [1], "x"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """What is interrupted leaves the old file as it was, and nothing beside it."""
    path = tmp_path / "a.json"
    write_json(path, {"b": 1, "a": 2})
    with pytest.raises(KeyboardInterrupt), open_atomic(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert read_json(path) == {"b": 1, "a": 2}
    assert path.read_text() == '{\n  "b": 1,\n  "a": 2\n}\n'
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_stems_are_those_of_finished_files(tmp_path: Path) -> None:
    """Temporary files and other suffixes are left out; a folder that is not there holds none."""
    for name in ("a.json", "b.c.json", ".d.json", "e.jsonl", "f.tmp"):
        (tmp_path / name).touch()
    assert list_stems(tmp_path) == {"a", "b.c"}
    assert list_stems(tmp_path, ".jsonl") == {"e"}
    assert list_stems(tmp_path / "none") == set()


def test_what_the_file_system_refuses_is_one_line(tmp_path: Path) -> None:
    """It names the path and says what to do."""
    file = tmp_path / "a"
    file.write_text("{")
    for refused, advice in (
        (lambda: read_json(tmp_path / "b.json"), "b.json: it does not exist"),
        (lambda: read_json(tmp_path), "it is a directory; give a file"),
        (lambda: write_json(file / "b.json", 1), "a part of this path is a file"),
        (lambda: read_json(file), "a is not JSON"),
    ):
        with pytest.raises(UserError, match=advice):
            refused()
