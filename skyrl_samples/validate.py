"""Checks a file of samples: schema, plans, facts, raw replies, and runs in environments that are at hand.

python -m skyrl_samples validate --input output/skyrl/train.jsonl --inventory output/env_specs
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

from skyrl_samples.flags import log_event
from skyrl_samples.inventory_files import Inventories
from skyrl_samples.review import Reviewer
from skyrl_samples.store import read_records
from toolworlds.batch.command import run_flags
from toolworlds.batch.flag_values import read_folder
from toolworlds.batch.options import StageParser
from toolworlds.world.starlark import StarlarkWorker


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("skyrl_samples validate", __doc__)
    parser.add_argument(
        "--input", type=read_folder, required=True, metavar="F", help="samples, .jsonl or .json"
    )
    parser.add_argument(
        "--inventory",
        metavar="FILE",
        help="tools, as for skyrl_samples generate; plans are carried out anew in environments",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Prints each sample's problems and the counts; 0 if there were none, else 1."""
    return run_flags(build_parser(), validate, argv)


def validate(arguments: argparse.Namespace) -> int:
    """The command."""
    inventories = Inventories(arguments.inventory) if arguments.inventory else None
    with StarlarkWorker() as worker:
        reviewer = Reviewer(arguments.input.parent, inventories, worker)
        for number, value in enumerate(read_records(arguments.input), start=1):
            if problems := reviewer.review(value):
                log_event("invalid", record=number, problems=problems)
    tally = reviewer.tally
    log_event("validated", **asdict(tally))
    return int(tally.valid < tally.samples)


if __name__ == "__main__":
    sys.exit(main())
