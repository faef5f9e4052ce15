"""The frame of this package's commands: what they read, and one line for a user's mistake."""

import argparse
from pathlib import Path

from toolworlds.batch.flag_values import read_folder
from toolworlds.catalogue import artifacts as artifacts_of
from toolworlds.catalogue.artifacts import SEED_TOOLS
from toolworlds.catalogue.ingest import read_catalogue
from toolworlds.catalogue.registry import build_registry
from toolworlds.records.catalogues import Registry


def add_catalogue_flag(parser: argparse.ArgumentParser) -> None:
    """`--artifacts`, as `conversations build` writes them."""
    parser.add_argument(
        "--artifacts",
        type=read_folder,
        metavar="DIR",
        help="of conversations build (the seed catalogue)",
    )


def open_registry(artifacts: Path | None) -> Registry:
    """The registry of an artifacts folder, or of the seed catalogue; raises UserError where there is none."""
    if artifacts is None:
        return build_registry(read_catalogue(SEED_TOOLS))[0]
    return artifacts_of.open_registry(artifacts)
