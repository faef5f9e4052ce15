"""The frame of this package's commands: what they read, and one line for a user's mistake."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from batch.command import report_error
from batch.flag_values import read_folder
from batch.options import StageParser
from batch.record_files import load_record
from conversation_audit.truth import Catalogue
from records.catalogues import Registry
from utils import UserError

ARTIFACTS = Path("output") / "artifacts"


def add_catalogue_flag(parser: argparse.ArgumentParser) -> None:
    """`--artifacts`, as `tool_catalogue.run` writes them."""
    parser.add_argument(
        "--artifacts",
        type=read_folder,
        default=ARTIFACTS,
        metavar="DIR",
        help="the folder of registry.json (%(default)s)",
    )


def open_catalogue(artifacts: Path) -> Catalogue:
    """The registry of an artifacts folder; raises UserError where there is none."""
    path = artifacts / "registry.json"
    if not path.is_file():
        raise UserError(f"{path} does not exist; run tool_catalogue.run first, or name its --artifacts")
    return Catalogue(load_record(path, Registry))


def run_flags(
    parser: StageParser, run: Callable[[argparse.Namespace], int], argv: Sequence[str] | None = None
) -> int:
    """Parses and runs; what the user must mend becomes one line on stderr and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return run(parser.parse_args(argv))
    except BrokenPipeError:  # whoever read the lines has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (UserError, OSError) as error:
        return report_error(error)
    except KeyboardInterrupt:
        return 130
