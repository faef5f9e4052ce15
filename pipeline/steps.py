"""The stages of a pipeline in order, and how the output of each becomes the input of the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import env_audit.run
import env_generation.run
import task_audit.run
import task_generation.build_sequences
import task_generation.run
import trajectory_generation.run
from pipeline.funnel import count_released
from pipeline.settings import PipelineSettings
from toolworlds.batch.options import StageParser, read_options

WORST_TO_GO_ON = 1
"""Some items failed; what was made is still worth handing on."""


class StageModule(Protocol):
    """The face of every stage's `run` module."""

    def build_parser(self) -> StageParser:
        """Its flags."""
        ...

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Runs it; returns the exit code."""
        ...


@dataclass(frozen=True, slots=True)
class PipelineStep:
    """One stage with the flags that tie it to the others."""

    name: str
    stage: StageModule
    reads: Path | None
    """What must be there for the stage to have anything to do."""
    flags: list[str]
    output_dir: Path


def plan_steps(output_dir: Path, settings: PipelineSettings) -> list[PipelineStep]:
    """Every stage with its own flags; those from the settings come last, so that they count."""
    specs, audit, chains = (output_dir / name for name in ("env_specs", "audit", "sequences"))
    tasks, rows, rollouts = (output_dir / name for name in ("tasks", "task_content.jsonl", "trajectories"))
    from_specs = ["--env-specs-dir", str(specs)]

    def plan(name: str, stage: StageModule, reads: Path | None, writes: Path, *flags: str) -> PipelineStep:
        target = ["--task-content", str(rows)] if writes == output_dir else ["--output-dir", str(writes)]
        return PipelineStep(name, stage, reads, [*flags, *target, *settings.flags.get(name, [])], writes)

    return [
        plan("env_generation", env_generation.run, None, specs, "--field", *settings.fields),
        plan("env_audit", env_audit.run, specs, audit, *from_specs),
        plan(
            "build_sequences",
            task_generation.build_sequences,
            audit,
            chains,
            *from_specs,
            "--audit-dir",
            str(audit),
        ),
        plan(
            "task_generation",
            task_generation.run,
            chains,
            tasks,
            *from_specs,
            "--sequences-dir",
            str(chains),
        ),
        plan("task_audit", task_audit.run, tasks, output_dir, *from_specs, "--tasks-dir", str(tasks)),
        plan("trajectory_generation", trajectory_generation.run, rows, rollouts, "--dataset", str(rows)),
    ]


def check_flags(steps: Sequence[PipelineStep], common: Sequence[str]) -> None:
    """Raises UserError for a flag that its stage does not take, so that none is met hours later."""
    for step in steps:
        read_options(step.stage.build_parser().parse_args([*step.flags, *common]))


def run_steps(steps: Sequence[PipelineStep], common: Sequence[str]) -> int:
    """Runs the stages with the common flags; returns the worst exit code.

    Stops at an error that only the user can mend, after an interrupt, and when a stage released nothing.
    """
    worst = 0
    for step in steps:
        worst = max(worst, step.stage.main([*step.flags, *common]))
        if worst > WORST_TO_GO_ON or count_released(step.output_dir) == 0:
            break
    return worst
