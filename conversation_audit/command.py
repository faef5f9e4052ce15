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
from records.catalogues import Registry
from tool_catalogue.artifacts import REGISTRY, SEED_TOOLS, load_registry
from tool_catalogue.ingest import read_catalogue
from tool_catalogue.registry import build_registry
from utils import UserError


def add_catalogue_flag(parser: argparse.ArgumentParser) -> None:
    """`--artifacts`, as `tool_catalogue.run` writes them."""
    parser.add_argument(
        "--artifacts", type=read_folder, metavar="DIR", help="of tool_catalogue.run (the seed catalogue)"
    )


def open_registry(artifacts: Path | None) -> Registry:
    """The registry of an artifacts folder, or of the seed catalogue; raises UserError where there is none."""
    if artifacts is None:
        return build_registry(read_catalogue(SEED_TOOLS))[0]
    path = artifacts / REGISTRY
    if not path.is_file():
        raise UserError(f"{path} does not exist; run tool_catalogue.run --artifacts {artifacts} first")
    return load_registry(path)


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
