"""Rows that the embedded model makes through all stages, for tests of what plays on them."""

from pathlib import Path

import env_audit.run
import env_generation.run
import task_audit.run
import task_generation.build_sequences
import task_generation.run
import trajectory_generation.run
from toolworlds.files import read_json
from toolworlds.records.base import Json

RELEASED = ("Logistics", 2)
"""Field and seed of the rows that tests share."""


def release_rows(folder: Path, field: str, seed: int, *flags: str) -> Path:
    """A file with up to a dozen rows of two environments."""
    specs, audit, chains, tasks = (str(folder / name) for name in ("specs", "audit", "chains", "tasks"))
    content = str(folder / "task_content.jsonl")
    common = ["--seed", str(seed), *flags]
    sizes = ["--max-subfields", "2", "--max-tasks-per-subfield", "1", "--tools-per-env", "8-14"]
    env_generation.run.main(["--field", field, "--output-dir", specs, *sizes, *common])
    env_audit.run.main(["--env-specs-dir", specs, "--output-dir", audit, "--calls-per-mode", "2", *common])
    task_generation.build_sequences.main(
        ["--env-specs-dir", specs, "--audit-dir", audit, "--output-dir", chains, "--n-sequences", "6",
         "--seq-length", "2-4", "--min-reliability", "0.8", *common]
    )  # fmt: skip
    task_generation.run.main(
        ["--env-specs-dir", specs, "--sequences-dir", chains, "--output-dir", tasks,
         "--max-turn-attempts", "3", "--max-solver-retries", "1", *common]
    )  # fmt: skip
    task_audit.run.main(
        [
            "--tasks-dir",
            tasks,
            "--env-specs-dir",
            specs,
            "--task-content",
            content,
            "--distractors",
            "2-6",
            *common,
        ]
    )
    return Path(content)


def roll_out(dataset: Path, agent: str, folder: Path, *flags: str) -> Json:
    """The summary of one rollout of each row with a rung of the ladder."""
    argv = ["--dataset", str(dataset), "--output-dir", str(folder), "--model", f"procedural:{agent}", *flags]
    assert trajectory_generation.run.main([*argv, "--max-solver-turns", "12", "--rollouts", "1"]) == 0
    return read_json(folder / "_run" / "summary.json")
