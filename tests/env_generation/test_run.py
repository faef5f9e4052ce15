from pathlib import Path

import pytest

from env_generation.run import main
from tests.stub_server import Behaviour, StubServer
from utils import list_stems, read_json, read_lines


def make(folder: Path, stub: StubServer, *argv: str) -> int:
    sizes = ["--max-subfields", "1", "--max-tasks-per-subfield", "2", "--tools-per-env", "5-8"]
    server = ["--model", "stub", "--server-url", stub.url]
    return main(["--field", "Bicycle Trade", "--output-dir", str(folder), *sizes, *server, *argv])


def test_nonsense_that_fits_the_schema_makes_no_environment(tmp_path: Path) -> None:
    """Failures are data with the raw reply; nothing is released; exit code 1."""
    with StubServer() as stub:
        assert make(tmp_path, stub) == 1
    assert list_stems(tmp_path) == set()
    failures = list(read_lines(tmp_path / "_run" / "failures.jsonl"))
    assert {failure["kind"] for failure in failures} == {"reply"}
    assert all(failure["raw"] for failure in failures)
    assert read_json(tmp_path / "_run" / "summary.json")["failed"] == {"reply": len(failures)}


def test_broken_json_fails_the_plan(tmp_path: Path) -> None:
    """The field is the item that failed, and a re-run passes it over until asked."""
    with StubServer(Behaviour(faults={"broken_json": 1.0})) as stub:
        assert make(tmp_path, stub) == 1
        asked = stub.stats.requests
        assert make(tmp_path, stub) == 1
        assert stub.stats.requests == asked
    assert next(read_lines(tmp_path / "_run" / "failures.jsonl"))["item_id"] == "Bicycle Trade"


def test_a_dead_server_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2; the address and what to do."""
    with StubServer() as stub:
        pass
    assert make(tmp_path, stub) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert stub.url in line


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["--field", "../etc"], "plain name"),
        (["--field", "Travel", "--tools-per-env", "3-8"], "5-20"),
        (["--fields-file", "/does/not/exist"], "/does/not/exist"),
        ([], "--field"),
    ],
)
def test_wrong_input_is_one_line(
    argv: list[str], hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and nothing is written."""
    assert main([*argv, "--output-dir", str(tmp_path / "new")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert hint in err
    assert not (tmp_path / "new").exists()


def test_a_dry_run_tells_the_plan_and_asks_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two subfields with three scenarios are six specs at most."""
    sizes = ["--max-subfields", "2", "--max-tasks-per-subfield", "3"]
    assert main(["--field", "Travel", "--output-dir", str(tmp_path / "new"), *sizes, "--dry-run"]) == 0
    assert "6 specs: 0 done, 6 to do" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()
