"""Stage 5 needs a released file and the floors beneath it, and no other stage."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.test_architecture import FLOORS, ROOT
from tests.toolworlds.batch.test_dataset import make_row
from toolworlds.batch.dataset import write_dataset
from utils import dump_line, read_json


def copy_floors(target: Path) -> None:
    """trajectory_generation and every package on a lower floor."""
    beneath = {room for room, floor in FLOORS.items() if floor < FLOORS["trajectory_generation"]}
    for name in {room.split(".")[0] for room in beneath} | {"trajectory_generation"}:
        file, folder = ROOT / f"{name}.py", ROOT / name
        if file.exists():
            shutil.copy(file, target)
        elif folder.exists():
            shutil.copytree(folder, target / name, ignore=shutil.ignore_patterns("__pycache__"))


def test_it_runs_on_the_dataset_alone(tmp_path: Path) -> None:
    """Exactly these copied to an empty folder: a row is rolled out there."""
    copy_floors(tmp_path)
    assert not (tmp_path / "task_audit").exists()
    write_dataset(tmp_path / "rows.jsonl", [("a", dump_line(make_row("a")))])
    command = "-m trajectory_generation.run --dataset rows.jsonl --output-dir out --model procedural:noop"
    ran = subprocess.run(
        [sys.executable, *command.split()],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert read_json(tmp_path / "out" / "a.0.json")["stop_reason"] == "finished"
