"""The whole chain with the embedded model, on a field small enough for a test."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.run import main
from tests.stub_server import StubServer
from toolworlds.batch.dataset import load_rows
from toolworlds.records.tasks import Row
from trajectory_generation.run import main as roll_out
from utils import read_json

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
field: [Logistics]
env_generation: {max_subfields: 1, max_tasks_per_subfield: 1, tools_per_env: 6-7}
env_audit: {calls_per_mode: 1}
build_sequences: {n_sequences: 4}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "fields.yml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Path:
    """A folder in which everything was made, undisturbed."""
    folder = tmp_path_factory.mktemp("output")
    assert main(["--config", str(config), "--output-dir", str(folder)]) == 0
    return folder


def start(config: Path, folder: Path, hash_seed: int, *argv: str) -> "subprocess.Popen[bytes]":
    """The same as its own process."""
    command = [sys.executable, "-m", "pipeline.run", "--config", config, "--output-dir", folder, *argv]
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    return subprocess.Popen(list(map(str, command)), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def hash_outputs(folder: Path) -> dict[str, str]:
    """Relative path -> hash of every file that is no bookkeeping."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in files if "_run" not in path.parts and not path.name.startswith(".")]
    return {str(path): hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in sorted(kept)}


def test_fields_become_certified_rows_and_rollouts(output: Path) -> None:
    """Every row is certified by a replay on twins, and solved by an agent that knows the solution."""
    rows = list(load_rows(output / "task_content.jsonl"))
    assert rows
    assert all(isinstance(row, Row) and row.certificate.passed for row in rows)
    summary = read_json(output / "trajectories" / "_run" / "summary.json")
    assert summary["solved"] == summary["rollouts"] == len(rows)


def test_the_funnel_is_printed_and_a_second_run_has_nothing_to_do(
    output: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From environments to solved rollouts; nothing is made twice."""
    before = hash_outputs(output)
    assert main(["--config", str(config), "--output-dir", str(output)]) == 0
    said = capsys.readouterr().out
    assert said.count(" 0 to do") == 7
    assert [line.split("  ")[0] for line in said.splitlines()[-6:]] == [
        "environments", "tools kept", "sequences", "tasks grown", "rows released", "rollouts solved",
    ]  # fmt: skip
    assert hash_outputs(output) == before


def test_an_agent_that_does_nothing_solves_nothing(output: Path, tmp_path: Path) -> None:
    """The lowest rung of the ladder."""
    flags = ["--dataset", str(output / "task_content.jsonl"), "--output-dir", str(tmp_path)]
    assert roll_out([*flags, "--model", "procedural:noop"]) == 0
    assert read_json(tmp_path / "_run" / "summary.json")["solved"] == 0


def test_same_seed_same_bytes(output: Path, config: Path, tmp_path: Path) -> None:
    """Whatever the hash seed and the concurrency, and when two processes share the work."""
    processes = [
        start(config, tmp_path, hash_seed, "--concurrency", concurrency)
        for hash_seed, concurrency in ((1, "1"), (2, "7"))
    ]
    assert [process.wait(120) for process in processes] == [0, 0]
    assert hash_outputs(tmp_path) == hash_outputs(output)


def test_killed_and_run_again_ends_in_the_same_bytes(output: Path, config: Path, tmp_path: Path) -> None:
    """SIGKILL, again and again a little later, then a run to the end."""
    for seconds in (1.0, 1.3, 1.6):
        process = start(config, tmp_path, 3)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert start(config, tmp_path, 4).wait(120) == 0
    assert hash_outputs(tmp_path) == hash_outputs(output)


def test_a_server_of_nonsense_ends_the_chain_early(tmp_path: Path, config: Path) -> None:
    """Exit code 1; the stages that would have had nothing to read are not begun."""
    flags = ["--config", str(config), "--output-dir", str(tmp_path), "--model", "stub"]
    with StubServer() as stub:
        assert main([*flags, "--server-url", stub.url]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["env_specs"]


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        ([], "one of the arguments --config --field is required"),
        (["--field", "Travel", "--config", "x.yml"], "not allowed with"),
        (["--config", "/does/not/exist.yml"], "it does not exist"),
        (["--field", "Travel", "--concurrency", "0"], "--concurrency"),
    ],
)
def test_wrong_flags_are_one_line(
    argv: list[str], hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and nothing is written."""
    assert main([*argv, "--output-dir", str(tmp_path / "new")]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert hint in line
    assert not (tmp_path / "new").exists()


def test_a_dry_run_plans_what_can_be_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stages without anything to read yet are left out."""
    assert main(["--field", "Logistics", "--output-dir", str(tmp_path / "new"), "--dry-run"]) == 0
    assert "8 specs: 0 done, 8 to do" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()
