"""Stages 1, 2 and 3a as a user runs them, with the procedural model: killed, side by side, in shards."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import env_audit.run
import env_generation.run
import task_generation.build_sequences
from utils import read_json, read_lines

ROOT = Path(__file__).resolve().parents[2]
SIZES = ("--max-subfields", "2", "--max-tasks-per-subfield", "1", "--tools-per-env", "6-8")


def run_stages(folder: Path, *argv: str) -> list[int]:
    """The exit codes of the three stages."""
    specs, audit, chains = (str(folder / name) for name in ("env_specs", "audit", "sequences"))
    from_specs = ("--env-specs-dir", specs)
    return [
        env_generation.run.main(["--field", "Logistics", "--output-dir", specs, *SIZES, *argv]),
        env_audit.run.main([*from_specs, "--output-dir", audit, *argv]),
        task_generation.build_sequences.main(
            [*from_specs, "--audit-dir", audit, "--output-dir", chains, *argv]
        ),
    ]


def start_stages(folder: Path, hash_seed: int, *argv: str) -> subprocess.Popen[str]:
    """The same in a process of its own."""
    code = (
        "import sys; from pathlib import Path; "
        "from tests.task_generation.test_first_stages import run_stages; "
        "sys.exit(max(run_stages(Path(sys.argv[1]), *sys.argv[2:])))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), *argv],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_outputs(folder: Path) -> dict[str, bytes]:
    """Every finished output by its relative path; bookkeeping and temporary files left out."""
    files = [file for file in folder.rglob("*.json") if not file.name.startswith(".")]
    return {str(f.relative_to(folder)): f.read_bytes() for f in files if "_run" not in f.parts}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed run writes."""
    folder = tmp_path_factory.mktemp("truth")
    assert run_stages(folder, "--concurrency", "1") == [0, 0, 0]
    return read_outputs(folder)


def test_everything_is_made(truth: dict[str, bytes]) -> None:
    """Two environments, each with its audit and its chains."""
    assert sorted(truth) == [
        f"{stage}/logistics_spec_00{n}.json" for stage in ("audit", "env_specs", "sequences") for n in (1, 2)
    ]


def test_a_second_run_has_nothing_to_do(truth: dict[str, bytes], tmp_path: Path) -> None:
    """It asks no model and changes no byte; specs know by whom they were made."""
    run_stages(tmp_path)
    assert run_stages(tmp_path) == [0, 0, 0]
    assert read_outputs(tmp_path) == truth
    for stage in ("env_specs", "audit", "sequences"):
        assert list(read_lines(tmp_path / stage / "_run" / "ledger.jsonl"))[-1]["roles"] == {}
    spec = read_json(tmp_path / "env_specs" / "logistics_spec_001.json")
    assert spec["provenance"]["model"]["engine"] == "procedural"


def test_killed_runs_side_by_side_lose_nothing(truth: dict[str, bytes], tmp_path: Path) -> None:
    """SIGKILL at random moments, then the same command by two at once, of unlike hash seed and pool."""
    chance = random.Random(0)
    for _ in range(2):
        killed = start_stages(tmp_path, 0)
        time.sleep(chance.uniform(0.8, 2.5))
        killed.kill()
        killed.communicate()
    started = [start_stages(tmp_path, n, "--concurrency", str(1 + 7 * n)) for n in (1, 2)]
    for process in started:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    assert read_outputs(tmp_path) == truth


def test_shards_add_up(truth: dict[str, bytes], tmp_path: Path) -> None:
    """One after the other, each stage by each shard."""
    for _ in range(3):
        for shard in ("1/2", "2/2"):
            env_generation.run.main(
                [
                    "--field",
                    "Logistics",
                    "--output-dir",
                    str(tmp_path / "env_specs"),
                    *SIZES,
                    "--shard",
                    shard,
                ]
            )
    specs = {name: data for name, data in truth.items() if name.startswith("env_specs")}
    assert read_outputs(tmp_path) == specs


def test_sizes_may_grow_and_a_seed_may_not_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Grown runs keep every byte of what was there; another seed is refused by name."""
    argv = ["--field", "Logistics", "--output-dir", str(tmp_path), "--tools-per-env", "6-8"]
    small, grown = ["--max-subfields", "1"], ["--max-subfields", "2"]
    assert env_generation.run.main([*argv, *small, "--max-tasks-per-subfield", "1"]) == 0
    before = read_outputs(tmp_path)
    assert env_generation.run.main([*argv, *grown, "--max-tasks-per-subfield", "2"]) == 0
    after = read_outputs(tmp_path)
    assert len(after) == 4
    assert before.items() <= after.items()
    assert env_generation.run.main([*argv, *grown, "--seed", "1"]) == 2
    assert "seed: 0 then, 1 now" in capsys.readouterr().err


def test_an_unknown_field_is_one_line_that_lists_the_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The procedural model knows its catalogue and nothing else."""
    assert env_generation.run.main(["--field", "Alchemy", "--output-dir", str(tmp_path)]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "Alchemy" in line
    assert "Logistics" in line
