"""The heterogeneous graph: tools, endpoints, parameters, response fields and concepts, and typed edges."""

from collections.abc import Iterator

from toolworlds.catalogue.concepts import CONCEPTS, list_concepts
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Registry

Node = dict[str, Json]
Edge = dict[str, Json]


def build_heterogeneous(registry: Registry) -> dict[str, Json]:
    """The graph as JSON: nodes by id, edges in the order of their endpoints."""
    nodes = list(_list_nodes(registry))
    edges = list(_list_edges(registry))
    return {
        "version": "1.0",
        "node_count": len(nodes),
        "edge_count": len(edges),
        "nodes": nodes,
        "edges": edges,
    }


def _list_nodes(registry: Registry) -> Iterator[Node]:
    for concept in CONCEPTS:
        yield _make_node(f"concept::{concept}", "concept", concept)
    for tool in registry.tools:
        yield _make_node(f"tool::{tool.tool_id}", "tool", tool.tool_name, category=tool.category)
    for endpoint in registry.endpoints:
        about = {"intent": endpoint.intent, "category": endpoint.category}
        yield _make_node(f"endpoint::{endpoint.endpoint_id}", "endpoint", endpoint.name, **about)
        for parameter in endpoint.parameters:
            yield _make_node(
                _name_parameter(endpoint, parameter.name),
                "parameter",
                parameter.name,
                type=parameter.type,
                required=parameter.required,
                entity=parameter.entity,
                aspect=parameter.aspect,
            )
        for field in endpoint.returns_fields:
            yield _make_node(
                _name_field(endpoint, field.path),
                "response_field",
                field.name,
                type=field.type,
                entity=field.entity,
                aspect=field.aspect,
            )


def _list_edges(registry: Registry) -> Iterator[Edge]:
    for endpoint in registry.endpoints:
        own = f"endpoint::{endpoint.endpoint_id}"
        yield _make_edge(f"tool::{endpoint.tool_id}", own, "has_endpoint")
        for parameter in endpoint.parameters:
            node = _name_parameter(endpoint, parameter.name)
            yield _make_edge(own, node, "has_parameter")
            yield from _link_concepts(node, parameter.name, parameter.entity)
        for field in endpoint.returns_fields:
            node = _name_field(endpoint, field.path)
            yield _make_edge(own, node, "returns_field")
            yield from _link_concepts(node, field.name, field.entity)


def _link_concepts(node: str, name: str, entity: str) -> Iterator[Edge]:
    for concept in list_concepts(name, entity):
        yield _make_edge(node, f"concept::{concept}", "maps_to_concept")


def _name_parameter(endpoint: Endpoint, name: str) -> str:
    return f"param::{endpoint.endpoint_id}::{name}"


def _name_field(endpoint: Endpoint, path: str) -> str:
    return f"respfield::{endpoint.endpoint_id}::{path}"


def _make_node(node_id: str, node_type: str, label: str, **metadata: Json) -> Node:
    return {"node_id": node_id, "node_type": node_type, "label": label, "metadata": metadata}


def _make_edge(source: str, target: str, edge_type: str) -> Edge:
    return {"source": source, "target": target, "edge_type": edge_type, "metadata": {}}
