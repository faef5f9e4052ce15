"""A catalogue built in memory, written to a folder of four files, and read back from it.

<folder>/registry.json, heterogeneous_graph.json, projected_graph.json, build_manifest.json
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from toolworlds.batch.record_files import load_record
from toolworlds.catalogue.heterogeneous import build_heterogeneous
from toolworlds.catalogue.ingest import Reject, read_catalogue
from toolworlds.catalogue.projected import project
from toolworlds.catalogue.registry import build_registry
from toolworlds.errors import UserError
from toolworlds.files import read_json, write_json
from toolworlds.records.base import Json
from toolworlds.records.catalogues import ProjectedGraph, Registry

SEED_TOOLS = Path(__file__).resolve().parents[2] / "data" / "seed_tools.json"
REGISTRY = "registry.json"
HETEROGENEOUS = "heterogeneous_graph.json"
PROJECTED = "projected_graph.json"
MANIFEST = "build_manifest.json"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Tools and endpoints, and what can follow what."""

    registry: Registry
    graph: ProjectedGraph


@dataclass(frozen=True, slots=True)
class Build:
    """A catalogue and how it came to be."""

    catalogue: Catalogue
    inputs: dict[str, str]
    """file -> sha256"""
    rejects: list[Reject]
    repairs: dict[str, int]
    """what was mended -> how often"""


def build_catalogue(path: Path) -> Build:
    """Reads a file or a folder in ToolBench's format; raises UserError when there is no tool in it."""
    raw = read_catalogue(path)
    registry, repairs = build_registry(raw)
    return Build(Catalogue(registry, project(registry)), raw.inputs, raw.rejects, repairs)


def write_artifacts(build: Build, folder: Path) -> dict[str, Json]:
    """Writes the four files; returns the manifest. Equal inputs give equal bytes."""
    registry, graph = build.catalogue.registry, build.catalogue.graph
    heterogeneous = build_heterogeneous(registry)
    write_json(folder / REGISTRY, registry.to_json())
    write_json(folder / HETEROGENEOUS, heterogeneous)
    write_json(folder / PROJECTED, graph.to_json())
    manifest: dict[str, Json] = {
        "version": "1.0",
        "tool_count": len(registry.tools),
        "endpoint_count": len(registry.endpoints),
        "category_count": len({endpoint.category for endpoint in registry.endpoints}),
        "heterogeneous_node_count": heterogeneous["node_count"],
        "heterogeneous_edge_count": heterogeneous["edge_count"],
        "projected_node_count": graph.node_count,
        "projected_edge_count": graph.edge_count,
        "projected_edge_types": dict(sorted(Counter(edge.edge_type for edge in graph.edges).items())),
        "entry_node_count": graph.entry_node_count,
        **measure_flow(graph),
        "inputs": build.inputs,
        "artifacts": {name: _hash(folder / name) for name in (REGISTRY, HETEROGENEOUS, PROJECTED)},
        "repairs": build.repairs,
        "reject_count": len(build.rejects),
        "rejects": [reject.to_json() for reject in build.rejects],
    }
    write_json(folder / MANIFEST, manifest)
    return manifest


def measure_flow(graph: ProjectedGraph) -> dict[str, Json]:
    """How far data flow through the catalogue, along data links alone."""
    links = [(e.from_endpoint, e.to_endpoint) for e in graph.edges if e.edge_type == "data_link"]
    onward: dict[str, list[str]] = {name: [] for name in graph.nodes}
    around: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for giver, taker in links:
        onward[giver].append(taker)
        around[giver].append(taker)
        around[taker].append(giver)
    islands, seen = [], set[str]()
    for name in graph.nodes:
        if name not in seen:
            islands.append(_reach([name], around))
            seen |= islands[-1]
    return {
        "endpoints_reached_from_entries": len(_reach(graph.entry_nodes, onward)),
        "data_islands": len(islands),
        "largest_data_island": max(map(len, islands), default=0),
    }


def _reach(starts: Iterable[str], neighbours: Mapping[str, Iterable[str]]) -> set[str]:
    """The starts and all that can be reached from them."""
    found, ahead = set(starts), list(starts)
    while ahead:
        fresh = set(neighbours[ahead.pop()]) - found
        found |= fresh
        ahead += fresh
    return found


def load_catalogue(folder: Path) -> Catalogue:
    """An artifacts folder; raises UserError when it is none, or its files are not of one build."""
    registry, graph = open_registry(folder), load_record(_find_listed(folder, PROJECTED), ProjectedGraph)
    if set(graph.nodes) != {endpoint.endpoint_id for endpoint in registry.endpoints}:
        raise UserError(
            f"{folder / PROJECTED} is not about the endpoints of {REGISTRY}; run conversations build again"
        )
    return Catalogue(registry, graph)


def open_registry(folder: Path) -> Registry:
    """The registry of an artifacts folder; raises UserError when that is none, or was left half written."""
    return load_record(_find_listed(folder, REGISTRY), Registry)


def _find_listed(folder: Path, name: str) -> Path:
    """The path of a file that the manifest lists as it stands there."""
    path = folder / name
    if not (folder / MANIFEST).is_file():
        raise UserError(f"{folder} holds no {MANIFEST}; run conversations build --artifacts {folder} first")
    match read_json(folder / MANIFEST):
        case {"artifacts": dict(listed)} if path.is_file() and _hash(path) == listed.get(name):
            return path
    raise UserError(f"{path} is not the file that {MANIFEST} lists; run conversations build again")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
