"""Builds a catalogue: from tools in ToolBench's format to a registry and two graphs.

Reads a JSON or JSONL file, or a folder of them by category; broken entries are listed and skipped.
Writes registry.json, heterogeneous_graph.json, projected_graph.json and build_manifest.json.

    python -m conversations build --data data/seed_tools.json --artifacts output/catalogue
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from toolworlds.batch.command import run_flags
from toolworlds.batch.flag_values import read_folder
from toolworlds.batch.options import StageParser
from toolworlds.catalogue import artifacts as artifacts_of
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue, write_artifacts
from toolworlds.catalogue.ingest import read_catalogue
from toolworlds.catalogue.registry import build_registry
from toolworlds.errors import UserError
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Registry

SHOWN_REJECTS = 10


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("conversations build", __doc__)
    parser.add_argument(
        "--data", type=read_folder, default=SEED_TOOLS, metavar="PATH", help="a catalogue (seed_tools.json)"
    )
    parser.add_argument(
        "--artifacts", type=read_folder, required=True, metavar="DIR", help="where the files go"
    )
    return parser


def add_catalogue_flag(parser: argparse.ArgumentParser) -> None:
    """`--artifacts` of the commands that read what this one writes."""
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


def main(argv: Sequence[str] | None = None) -> int:
    """Builds; returns the exit code."""
    return run_flags(build_parser(), run, argv)


def run(arguments: argparse.Namespace) -> int:
    """Builds the catalogue and says what came of it."""
    if arguments.artifacts.resolve().is_relative_to(arguments.data.resolve()):
        raise UserError(f"--artifacts {arguments.artifacts} lies within --data; choose a folder elsewhere")
    build = build_catalogue(arguments.data)
    manifest = write_artifacts(build, arguments.artifacts)
    for reject in build.rejects[:SHOWN_REJECTS]:
        sys.stderr.write(f"skipped {reject.place}: {reject.reason}\n")
    if len(build.rejects) > SHOWN_REJECTS:
        sys.stderr.write(f"skipped {len(build.rejects) - SHOWN_REJECTS} more; the manifest lists them\n")
    print(describe(manifest))
    return 0


def describe(manifest: dict[str, Json]) -> str:
    """What was built, in three lines."""
    types = ", ".join(f"{count} {name}" for name, count in manifest["projected_edge_types"].items())
    repairs = ", ".join(f"{count} {what}" for what, count in manifest["repairs"].items()) or "nothing"
    return (
        f"{manifest['tool_count']} tools, {manifest['endpoint_count']} endpoints, "
        f"{manifest['category_count']} categories; {manifest['reject_count']} entries skipped\n"
        f"  edges: {types}; {manifest['entry_node_count']} endpoints can be called first, "
        f"{manifest['endpoints_reached_from_entries']} are reached\n"
        f"  mended: {repairs}"
    )


if __name__ == "__main__":
    sys.exit(main())
