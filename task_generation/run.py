"""Stage 3b: grows a task along each chain of tools; a turn is a request, the call that fulfils it, the reply.

Writes <output-dir>/<task_id>.json, again after every accepted turn, so that an interrupted run goes on there.

    python -m task_generation.run --env-specs-dir output/env_specs --sequences-dir output/sequences \\
        --output-dir output/tasks --max-turn-attempts 4 --max-solver-retries 1
"""

import argparse
import sys
from collections.abc import Sequence as Many

from llm import open_models
from roles.env_simulator import EnvSimulator
from roles.task_evolver import TaskEvolver
from roles.task_judge import TaskJudge
from roles.task_solver import TaskSolver
from roles.tool_simulator import ToolSimulator
from task_generation.stage import TaskStage
from task_generation.store import TaskStore
from task_generation.turns import TurnRoles
from toolworlds.batch.command import run_command
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.run_folder import identify_input
from toolworlds.batch.runner import Job, run_items
from toolworlds.world.starlark import StarlarkWorker


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("task_generation.run", __doc__)
    parser.add_path("--env-specs-dir", "environments of stage 1")
    parser.add_path("--sequences-dir", "chains of stage 3a")
    parser.add_path("--output-dir", "where tasks are written")
    parser.add_count("--max-turn-attempts", 4, "drafts of one turn before its task is abandoned")
    parser.add_count("--max-solver-retries", 1, "times the solver may try a draft again before it is refused")
    add_common_flags(parser)
    return parser


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Grows every owed task; the exit code."""
    store = TaskStore(arguments.env_specs_dir, arguments.sequences_dir, arguments.output_dir)
    async with open_models(options) as model:
        growers = TurnRoles(
            TaskEvolver(model, options.seed),
            TaskSolver(model, options.seed),
            TaskJudge(model, options.seed),
            EnvSimulator(model, options.seed, max_asks=2),
            ToolSimulator(model, options.seed, max_asks=2),
            arguments.max_turn_attempts,
            arguments.max_solver_retries,
        )
        with StarlarkWorker() as worker:
            stage = TaskStage(store, growers, model, options.seed, worker, options.retry_failed)
            job = Job(
                stage="task_generation",
                noun="tasks",
                output_dir=arguments.output_dir,
                options=options,
                calls_per_item=16,
                identity={
                    "prompts": growers.prompts(),
                    "inputs": {"sequences": identify_input(arguments.sequences_dir)},
                },
                count_released=lambda: store.count_by_status()["grown"],
                survey=store.count_by_status,
            )
            done = store.list_done(retry_abandoned=options.retry_failed)
            summary = await run_items(job, stage.list_tasks(), done, stage.grow_task, model.ledger)
    return summary.exit_code


def main(argv: Many[str] | None = None) -> int:
    """Runs the command; the exit code."""
    return run_command(build_parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
