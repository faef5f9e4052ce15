"""The frame of this package's commands: flags, one line for a user's mistake, exit codes."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from utils import UserError

DATA = Path(__file__).resolve().parent.parent / "data"


class FlagParser(argparse.ArgumentParser):
    """A parser that shows its module's docstring as help and complains in one line, as a UserError."""

    def __init__(self, module: str, doc: str | None) -> None:
        super().__init__(
            prog=f"python -m {module}",
            usage="%(prog)s [flags]",
            description=doc,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raises UserError instead of printing the whole usage."""
        raise UserError(f"{message}; `{self.prog} --help` lists the flags")


def add_workspace_flags(parser: argparse.ArgumentParser) -> None:
    """The two folders that every command over a workspace takes."""
    workspace = DATA / "workspace"
    parser.add_argument(
        "--workspace_dir", type=Path, default=workspace, metavar="W", help="the documents (data/workspace)"
    )
    parser.add_argument("--index_dir", type=Path, metavar="I", help="their index (W/index/latest)")


def run_flags(
    parser: FlagParser, run: Callable[[argparse.Namespace], int], argv: Sequence[str] | None = None
) -> int:
    """Parses and runs; a UserError becomes one line on stderr and exit code 2."""
    try:
        flags = parser.parse_args(argv)
        if getattr(flags, "workspace_dir", None) and not flags.index_dir:
            flags.index_dir = flags.workspace_dir / "index" / "latest"
        return run(flags)
    except UserError as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 2
    except KeyboardInterrupt:
        return 130
