"""Stage 3a: makes chains of tools; stage 3b turns each into one task, one tool a turn.

Writes <output-dir>/<spec_id>.json: chains of tools that the audit kept, and why other proposals were refused.

    python -m task_generation.build_sequences --env-specs-dir output/env_specs --audit-dir output/audit \\
        --output-dir output/sequences --n-sequences 6 --seq-length 2-4 --min-reliability 0.8
"""

import argparse
import sys
from collections.abc import Sequence as Many

from llm import open_models
from roles.env_generator import EnvGenerator
from task_generation.sequence_store import SequenceStore
from task_generation.sequences import PART, ChainBuilding
from toolworlds.batch.command import run_command
from toolworlds.batch.flag_values import read_range, read_rate
from toolworlds.batch.options import CommonOptions, StageParser, add_common_flags
from toolworlds.batch.run_folder import identify_input
from toolworlds.batch.runner import Job, run_items


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("task_generation.build_sequences", __doc__)
    parser.add_path("--env-specs-dir", "environments of stage 1")
    parser.add_path("--audit-dir", "their audits, of stage 2")
    parser.add_path("--output-dir", "where chains are written")
    parser.add_count("--n-sequences", 6, "chains of each environment, at most")
    parser.add_argument(
        "--seq-length", type=read_range, default=(2, 4), metavar="MIN-MAX", help="tools a chain (default 2-4)"
    )
    parser.add_argument(
        "--min-reliability",
        type=read_rate,
        default=0.8,
        metavar="R",
        help="tools with a lower reliability are left out (default %(default)s)",
    )
    parser.add_argument(
        "--sampler",
        choices=("model", "graph"),
        default="model",
        help="who proposes chains: a model, or a graph of which tool returns what another takes",
    )
    add_common_flags(parser)
    return parser


def main(argv: Many[str] | None = None) -> int:
    """Runs the stage; returns the exit code."""
    return run_command(build_parser(), run, argv)


async def run(arguments: argparse.Namespace, options: CommonOptions) -> int:
    """Builds the chains of the specs that are owed some."""
    store = SequenceStore(arguments.env_specs_dir, arguments.audit_dir, arguments.output_dir)
    async with open_models(options) as model:
        generator = EnvGenerator(model, options.seed)
        building = ChainBuilding(
            generator,
            store,
            arguments.n_sequences,
            arguments.seq_length,
            arguments.min_reliability,
            arguments.sampler,
        )
        drawn = arguments.sampler == "graph"
        job = Job(
            stage="build_sequences",
            noun="specs",
            output_dir=store.output_dir,
            options=options,
            calls_per_item=0 if drawn else 1.5,
            identity={
                "seq_length": arguments.seq_length,
                "min_reliability": arguments.min_reliability,
                "inputs": {"audit": identify_input(store.audit_dir)},
                **({"sampler": "graph"} if drawn else {"prompts": generator.prompts(PART)}),
            },
            count_released=lambda: store.count()["sequences"],
            survey=store.count,
        )
        done = store.done(arguments.n_sequences)
        summary = await run_items(job, store.list_specs(), done, building.build, model.ledger)
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main())
