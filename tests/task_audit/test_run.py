from pathlib import Path

import pytest

from task_audit.run import main
from tests.front_desk import TASK_ID, FrontDeskModel
from tests.stub_server import Behaviour, StubServer
from tests.task_audit.test_stage import release
from tests.task_generation.test_stage import grow
from toolworlds.world.starlark import StarlarkWorker
from utils import read_json, read_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one grown task."""
    with StarlarkWorker() as worker:
        grow(tmp_path, worker, FrontDeskModel())
    return tmp_path


def audit(folder: Path, url: str, *argv: str) -> int:
    places = ["--tasks-dir", str(folder / "tasks"), "--env-specs-dir", str(folder / "env_specs")]
    server = ["--model", "stub", "--server-url", url]
    return main([*places, "--task-content", str(folder / "task_content.jsonl"), *server, *argv])


@pytest.mark.parametrize("faults", [{}, {"broken_json": 1.0}])
def test_nonsense_releases_nothing(folder: Path, faults: dict[str, float]) -> None:
    """A summary that names no input, or none at all, fails the task: exit code 1, and an empty file."""
    with StubServer(Behaviour(faults=faults)) as stub:
        assert audit(folder, stub.url) == 1
    [failure] = read_lines(folder / "_run" / "failures.jsonl")
    assert (failure["item_id"], failure["kind"]) == (TASK_ID, "reply")
    assert (folder / "task_content.jsonl").read_bytes() == b""


def test_a_second_run_has_nothing_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows that were released before are kept, and the file is compiled all the same."""
    with StarlarkWorker() as worker:
        release(folder, worker, FrontDeskModel())
    before = (folder / "task_content.jsonl").read_bytes()
    (folder / "task_content.jsonl").unlink()
    assert audit(folder, "http://127.0.0.1:9") == 0
    assert "1 tasks: 1 done, 0 to do" in capsys.readouterr().out
    assert (folder / "task_content.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("flag", "asked"),
    [("--audit-only", "env_simulator.simulate"), ("--resummarize", "task_summarizer.summarize")],
)
def test_released_rows_are_gone_over_again(folder: Path, flag: str, asked: str) -> None:
    """Certified anew without a word being asked for, or worded anew from the beginning."""
    with StarlarkWorker() as worker:
        release(folder, worker, FrontDeskModel())
    with StubServer() as stub:
        assert audit(folder, stub.url, flag) == 1
        assert {ask.request_id.split("/")[-2] for ask in stub.asks} == {asked}


def test_the_two_ways_to_go_over_rows_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 2."""
    flags = ["--tasks-dir", "t", "--env-specs-dir", "e", "--task-content", "f"]
    assert main([*flags, "--audit-only", "--resummarize"]) == 2
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "/dev/null"])
def test_only_a_file_is_written_over(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder or a device in its place is noticed before anything is done."""
    places = ["--tasks-dir", str(folder / "tasks"), "--env-specs-dir", str(folder / "env_specs")]
    path = name or str(folder / "tasks")
    assert main([*places, "--task-content", path]) == 2
    assert (
        capsys.readouterr().err == f"error: --task-content {path} is there and no file; choose another path\n"
    )
    assert not (Path(path).parent / "_run" / "rows").exists()


def test_the_summary_tells_the_funnel(folder: Path) -> None:
    """Released and rejected, over the whole folder."""
    with StarlarkWorker() as worker:
        release(folder, worker, FrontDeskModel())
    audit(folder, "http://127.0.0.1:9")
    summary = read_json(folder / "_run" / "summary.json")
    assert (summary["released"], summary["rejected"]) == (1, 0)


def test_a_folder_without_grown_tasks_is_the_users_business(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt --tasks-dir is no success, and no file is written."""
    assert audit(tmp_path, "http://127.0.0.1:9") == 2
    assert "holds no grown tasks; run task_generation.run first" in capsys.readouterr().err
    assert not (tmp_path / "task_content.jsonl").exists()
