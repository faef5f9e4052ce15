"""Stage 4: turns grown tasks into rows and releases those that pass.

A row is one request, the tools it needs among others, and a certificate that code computed. Released rows are
written to --task-content, rejected tasks with their reasons to _run/rejected/ beside it.

    python -m task_audit.run --tasks-dir output/tasks --env-specs-dir output/env_specs \\
        --task-content output/task_content.jsonl --distractors 2-6
"""

import argparse
import sys
from collections.abc import Sequence

from llm import open_models
from roles.env_simulator import EnvSimulator
from roles.task_judge import TaskJudge
from roles.task_summarizer import TaskSummarizer
from roles.tool_simulator import ToolSimulator
from task_audit.stage import ReleaseRoles, ReleaseStage
from task_audit.store import ReleaseStore
from toolworlds.batch.command import run_command
from toolworlds.batch.flag_values import read_range
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.run_folder import identify_input
from toolworlds.batch.runner import Job, run_items
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError


def build_parser() -> StageParser:
    """The stage's flags."""
    parser = StageParser("task_audit.run", __doc__)
    parser.add_path("--tasks-dir", "tasks of stage 3b")
    parser.add_path("--env-specs-dir", "environments of stage 1")
    parser.add_path("--task-content", "where released rows are written", metavar="FILE")
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--resummarize", action="store_true", help="write and judge the request of every task again"
    )
    again.add_argument(
        "--audit-only", action="store_true", help="only compute the released rows' certificates again"
    )
    parser.add_argument(
        "--distractors",
        type=read_range,
        default=(2, 6),
        metavar="MIN-MAX",
        help="tools of the environment that the solution does not need, in each row (default 2-6)",
    )
    add_common_flags(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the stage; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Brings every owed task to a verdict, then compiles the released rows."""
    if arguments.task_content.exists() and not arguments.task_content.is_file():
        raise UserError(f"--task-content {arguments.task_content} is there and no file; choose another path")
    store = ReleaseStore(arguments.tasks_dir, arguments.env_specs_dir, arguments.task_content)
    async with open_models(options) as model:
        auditors = ReleaseRoles(
            TaskSummarizer(model, options.seed),
            TaskJudge(model, options.seed),
            EnvSimulator(model, options.seed, max_asks=2),
            ToolSimulator(model, options.seed, max_asks=2),
        )
        with StarlarkWorker() as worker:
            stage = ReleaseStage(store, auditors, model, options.seed, worker, arguments.distractors)
            job = Job(
                stage="task_audit",
                noun="tasks",
                output_dir=store.output_dir,
                options=options,
                calls_per_item=2,
                identity={
                    "distractors": arguments.distractors,
                    "prompts": auditors.prompts(),
                    "inputs": {"tasks": identify_input(arguments.tasks_dir)},
                },
                count_released=lambda: len(store.list_released()),
                survey=store.count_by_verdict,
            )
            items = sorted(store.list_released()) if arguments.audit_only else store.list_grown()
            done = set() if arguments.audit_only or arguments.resummarize else store.list_done()
            process = stage.recertify_row if arguments.audit_only else stage.release_task
            summary = await run_items(job, items, done, process, model.ledger)
    if not options.dry_run:
        store.compile_rows()
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main())
