"""networkx against rustworkx on a graph of a catalogue's size: build it, find its parts, follow its links.

pip install networkx && python benchmarks/graph_library.py
"""

import random
import time
from collections.abc import Callable

import networkx as nx  # type: ignore[import-not-found, import-untyped, unused-ignore]
import rustworkx as rx

NODES = 10_000
EDGES = 100_000


def draw_edges() -> list[tuple[int, int]]:
    """Random pairs, the same on every machine."""
    rng = random.Random(0)
    return [(rng.randrange(NODES), rng.randrange(NODES)) for _ in range(EDGES)]


def use_networkx(edges: list[tuple[int, int]]) -> tuple[int, int]:
    """(weak components, nodes reached from the first)"""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(NODES))
    graph.add_edges_from(edges)
    return nx.number_weakly_connected_components(graph), len(nx.descendants(graph, 0))


def use_rustworkx(edges: list[tuple[int, int]]) -> tuple[int, int]:
    """The same."""
    graph: rx.PyDiGraph[int, None] = rx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(list(range(NODES)))
    graph.add_edges_from_no_data(edges)
    return rx.number_weakly_connected_components(graph), len(rx.descendants(graph, 0))


def measure(work: Callable[[list[tuple[int, int]]], tuple[int, int]], edges: list[tuple[int, int]]) -> float:
    """Milliseconds of processor time, the best of five."""
    times = []
    for _ in range(5):
        started = time.process_time()
        work(edges)
        times.append(time.process_time() - started)
    return min(times) * 1000


def main() -> None:
    edges = draw_edges()
    assert use_networkx(edges) == use_rustworkx(edges)
    for work in (use_networkx, use_rustworkx):
        print(f"{work.__name__}: {measure(work, edges):.0f} ms for {NODES} nodes, {EDGES} edges")


if __name__ == "__main__":
    main()
