from pathlib import Path

import pytest

from task_generation.run import main
from tests.front_desk import TASK_ID, lay_out
from tests.stub_server import Behaviour, StubServer
from utils import read_json, write_json


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


@pytest.mark.parametrize("faults", [{}, {"broken_json": 1.0}])
def test_nonsense_grows_nothing(tmp_path: Path, faults: dict[str, float]) -> None:
    """The task is given up with the reason; that nothing was grown is exit code 1."""
    lay_out(tmp_path)
    with StubServer(Behaviour(faults=faults)) as stub:
        assert grow(tmp_path, stub.url) == 1
    summary = read_json(tmp_path / "tasks" / "_run" / "summary.json")
    assert (summary["released"], summary["abandoned"]) == (0, 1)
    assert "no usable reply" in read_json(tmp_path / "tasks" / f"{TASK_ID}.json")["reason"]


def test_an_abandoned_task_is_passed_over_until_asked(tmp_path: Path) -> None:
    """Only --retry-failed tries it again."""
    lay_out(tmp_path)
    with StubServer() as stub:
        grow(tmp_path, stub.url)
        asked = stub.stats.requests
        grow(tmp_path, stub.url)
        assert stub.stats.requests == asked
        grow(tmp_path, stub.url, "--retry-failed")
        assert stub.stats.requests > asked


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
