"""Checks conversations: structure, calls against the catalogue, a source for every value, true metadata.

Prints what is wrong and how often; exit code 1 if anything is.

    python -m conversations validate --input output/conversations.jsonl --artifacts output/catalogue
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from conversations.audit.checks import check_file
from conversations.audit.truth import CompiledRegistry
from conversations.build import add_catalogue_flag, open_registry
from toolworlds.batch.command import run_flags
from toolworlds.batch.flag_values import read_count, read_folder
from toolworlds.batch.options import StageParser
from toolworlds.batch.progress import say
from utils import UserError


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("conversations validate", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="FILE")
    add_catalogue_flag(parser)
    parser.add_argument(
        "--show", type=read_count, default=20, metavar="N", help="conversations to print (%(default)s)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Checks a file; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    registry = CompiledRegistry(open_registry(flags.artifacts))
    total, broken, kinds = 0, 0, Counter[str]()
    for total, checked in enumerate(check_file(flags.input, registry), start=1):  # noqa: B007 - the last one
        if not checked.problems:
            continue
        broken += 1
        kinds.update(problem.kind for problem in checked.problems)
        if broken <= flags.show:
            say("\n  ".join([f"{checked.name} (line {checked.line})", *map(str, checked.problems)]))
    if not total:
        raise UserError(f"{flags.input} holds no conversations; run conversations generate first")
    for kind, count in kinds.most_common():
        say(f"{count} {kind}")
    say(f"{total} conversations: {total - broken} sound, {broken} broken")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
