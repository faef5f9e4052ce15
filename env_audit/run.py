"""Stage 2: tests every tool of every environment and measures how reliably it answers.

Writes <output-dir>/<spec_id>.json: for each tool its test calls with labels, its reliability with a
confidence interval, and whether later stages keep it.

    python -m env_audit.run --env-specs-dir output/env_specs --output-dir output/audit --calls-per-mode 2
"""

import argparse
import sys
from collections.abc import Sequence

from env_audit.stage import Audit, AuditRoles
from env_audit.store import AuditStore
from llm import open_models
from roles.env_simulator import EnvSimulator
from roles.judge_simulator import JudgeSimulator
from roles.tool_simulator import ToolSimulator
from toolworlds.batch.command import run_command
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.run_folder import identify_input
from toolworlds.batch.runner import Job, run_items
from toolworlds.world.starlark import StarlarkWorker

CALLS_PER_TOOL = 6
"""What a tool likely takes: three asks for test calls, and some answers to be judged."""


def build_parser() -> StageParser:
    """The stage's flags."""
    parser = StageParser("env_audit.run", __doc__)
    parser.add_path("--env-specs-dir", "environments of stage 1")
    parser.add_path("--output-dir", "where audits are written")
    parser.add_count("--calls-per-mode", 2, "test calls of each tool in each of the four modes")
    add_common_flags(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the stage; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Audits the environments that are owed."""
    store = AuditStore(arguments.env_specs_dir, arguments.output_dir)
    async with open_models(options) as model:
        auditors = AuditRoles(
            EnvSimulator(model, options.seed),
            ToolSimulator(model, options.seed),
            JudgeSimulator(model, options.seed),
        )
        job = Job(
            stage="env_audit",
            noun="specs",
            output_dir=store.output_dir,
            options=options,
            calls_per_item=10 * CALLS_PER_TOOL,
            identity={
                "calls_per_mode": arguments.calls_per_mode,
                "inputs": {"env_specs": identify_input(store.env_specs_dir)},
                "prompts": auditors.prompts(),
            },
            count_released=lambda: store.count_tools()["tools_kept"],
            survey=store.count_tools,
        )
        with StarlarkWorker() as worker:
            audit = Audit(auditors, worker, store, arguments.calls_per_mode)
            summary = await run_items(job, store.list_specs(), store.done(), audit.audit_spec, model.ledger)
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main())
