"""The frame of this package's commands: what they read, and one line for a user's mistake."""

import argparse
from pathlib import Path

from batch.flag_values import read_folder
from records.catalogues import Registry
from tool_catalogue import artifacts as artifacts_of
from tool_catalogue.artifacts import SEED_TOOLS
from tool_catalogue.ingest import read_catalogue
from tool_catalogue.registry import build_registry


def add_catalogue_flag(parser: argparse.ArgumentParser) -> None:
    """`--artifacts`, as `tool_catalogue.run` writes them."""
    parser.add_argument(
        "--artifacts", type=read_folder, metavar="DIR", help="of tool_catalogue.run (the seed catalogue)"
    )


def open_registry(artifacts: Path | None) -> Registry:
    """The registry of an artifacts folder, or of the seed catalogue; raises UserError where there is none."""
    if artifacts is None:
        return build_registry(read_catalogue(SEED_TOOLS))[0]
    return artifacts_of.open_registry(artifacts)
