"""The frame of this package's commands: flags, one line for a user's mistake, exit codes."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from batch.command import report_error
from batch.options import StageParser
from utils import UserError

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
    """Parses and runs; a UserError becomes one line on stderr and exit code 2."""
    try:
        flags = parser.parse_args(argv)
        if getattr(flags, "workspace_dir", None) and not flags.index_dir:
            flags.index_dir = flags.workspace_dir / "index" / "latest"
        return run(flags)
    except BrokenPipeError:  # whoever read the lines has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (UserError, OSError) as error:
        return report_error(error)
    except KeyboardInterrupt:
        return 130
