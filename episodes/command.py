"""The frame of this package's commands: flags, one line for a user's mistake, exit codes."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from toolworlds.batch import command
from toolworlds.batch.options import StageParser

DATA = Path(__file__).resolve().parent.parent / "data"


def add_workspace_flags(parser: argparse.ArgumentParser) -> None:
    """The two folders that every command over a workspace takes."""
    workspace = DATA / "workspace"
    parser.add_argument(
        "--workspace_dir", type=Path, default=workspace, metavar="W", help="the documents (data/workspace)"
    )
    parser.add_argument("--index_dir", type=Path, metavar="I", help="their index (W/index/latest)")


def run_flags(
    parser: StageParser, run: Callable[[argparse.Namespace], int], argv: Sequence[str] | None = None
) -> int:
    """`batch.command.run_flags`; the index lies in the workspace unless told otherwise."""

    def start(flags: argparse.Namespace) -> int:
        if getattr(flags, "workspace_dir", None) and not flags.index_dir:
            flags.index_dir = flags.workspace_dir / "index" / "latest"
        return run(flags)

    return command.run_flags(parser, start, argv)
