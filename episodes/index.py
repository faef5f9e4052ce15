"""Indexes a folder of documents for the workspace tools.

python -m episodes index --workspace_dir data/workspace --index_dir data/workspace/index/latest
"""

import argparse
import sys
from collections.abc import Sequence

from episodes.command import add_workspace_flags, run_flags
from episodes.indexing.store import build_index
from toolworlds.batch.options import StageParser


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("episodes index", __doc__)
    add_workspace_flags(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Builds the index; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    figures = build_index(flags.workspace_dir, flags.index_dir)
    sys.stdout.write(f"{figures['documents']} documents indexed, {figures['skipped']} skipped\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
