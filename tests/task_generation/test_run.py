from pathlib import Path

import pytest

from task_generation.run import main
from tests.front_desk import TASK_ID, lay_out
from tests.stub_server import Behaviour, StubServer
from utils import read_json, read_lines, write_json


def grow(folder: Path, url: str, *argv: str) -> int:
    specs, sequences = folder / "env_specs", folder / "sequences"
    places = [
        "--env-specs-dir",
        str(specs),
        "--sequences-dir",
        str(sequences),
        "--output-dir",
        str(folder / "tasks"),
    ]
    return main([*places, "--model", "stub", "--server-url", url, *argv])


def test_nonsense_that_fits_the_schema_grows_nothing(tmp_path: Path) -> None:
    """Nothing is grown, which is exit code 1; the summary says what became of the task."""
    lay_out(tmp_path)
    with StubServer() as stub:
        assert grow(tmp_path, stub.url) == 1
    summary = read_json(tmp_path / "tasks" / "_run" / "summary.json")
    assert (summary["released"], summary["failed"]) == (0, {"reply": 1})


def test_broken_json_is_a_failure_that_is_passed_over(tmp_path: Path) -> None:
    """The raw reply is kept; a re-run asks again only with --retry-failed."""
    lay_out(tmp_path)
    with StubServer(Behaviour(faults={"broken_json": 1.0})) as stub:
        assert grow(tmp_path, stub.url) == 1
        asked = stub.stats.requests
        assert grow(tmp_path, stub.url) == 1
        assert stub.stats.requests == asked
        assert grow(tmp_path, stub.url, "--retry-failed") == 1
        assert stub.stats.requests > asked
    failures = list(read_lines(tmp_path / "tasks" / "_run" / "failures.jsonl"))
    assert [(failure["item_id"], failure["kind"]) for failure in failures] == [(TASK_ID, "reply")] * 2


@pytest.mark.parametrize(
    ("damage", "hint"),
    [
        ({"format_version": 2}, "has format_version 2, this version reads 1"),
        ({"tools": None}, "is no EnvSpec: tools"),
    ],
)
def test_an_unreadable_spec_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: dict[str, object], hint: str
) -> None:
    """Exit code 2, the file by name."""
    specs, _ = lay_out(tmp_path)
    [path] = specs.iterdir()
    write_json(path, read_json(path) | damage)
    with StubServer() as stub:
        assert grow(tmp_path, stub.url) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert hint in line
    assert path.name in line


def test_missing_sequences_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and the command that makes them."""
    assert grow(tmp_path, "http://127.0.0.1:9") == 2
    assert "run task_generation.build_sequences first" in capsys.readouterr().err


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what would be done."""
    lay_out(tmp_path)
    assert grow(tmp_path, "http://127.0.0.1:9", "--dry-run") == 0
    assert "1 tasks: 0 done, 1 to do" in capsys.readouterr().out
    assert not (tmp_path / "tasks").exists()
