"""Stage 4: gives each grown task one request, other tools beside its own and a certificate; releases rows.

Rows are written to the task content file, rejected tasks with their reasons to _run/rejected/ beside it.

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
from toolworlds.batch.flag_values import read_folder, read_range
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.run_folder import identify_input
from toolworlds.batch.runner import Job, run_items
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError


def build_parser() -> StageParser:
    """The stage's flags."""
    parser = StageParser("task_audit.run", __doc__)
    parser.add_argument("--tasks-dir", type=read_folder, required=True, metavar="T")
    parser.add_argument("--env-specs-dir", type=read_folder, required=True, metavar="D")
    parser.add_argument(
        "--task-content", type=read_folder, required=True, metavar="FILE", help="released rows"
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resummarize", action="store_true", help="write every request anew, judge it again")
    again.add_argument("--audit-only", action="store_true", help="certify released rows anew, as they are")
    parser.add_argument(
        "--distractors",
        type=read_range,
        default=(2, 6),
        metavar="MIN-MAX",
        help="other tools of the environment beside those of the solution (2-6)",
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
            tell_story = stage.recertify_row if arguments.audit_only else stage.release_task
            summary = await run_items(job, items, done, tell_story, model.ledger)
    if not options.dry_run:
        store.compile_rows()
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main())
