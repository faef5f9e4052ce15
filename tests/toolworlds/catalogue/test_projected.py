"""The graphs: an edge has a reason, and a value goes only where name, type and entity agree."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue
from toolworlds.catalogue.heterogeneous import build_heterogeneous
from toolworlds.catalogue.ingest import RawCatalogue, _read_tools
from toolworlds.catalogue.projected import fits, is_entry, project
from toolworlds.catalogue.registry import build_registry
from toolworlds.language.words import gather
from toolworlds.records.catalogues import ProjectedGraph, Registry

NAMES = st.sampled_from(
    sorted(gather("hotel_id id city name date order_id user_id price origin_city currency"))
)
VERBS = st.sampled_from(["search", "get", "create", "cancel"])
THINGS = st.sampled_from(["hotel", "order", "user"])
TYPES = st.sampled_from(["STRING", "NUMBER", "INTEGER"])


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Small catalogues in which the same few names meet."""
    tools = []
    for number in range(draw(st.integers(1, 4))):
        endpoints = [
            {
                "name": f"{draw(VERBS)}_{draw(THINGS)}",
                "required_parameters": [
                    {"name": name, "type": draw(TYPES)}
                    for name in draw(st.lists(NAMES, max_size=2, unique=True))
                ],
                "body": {
                    f"{draw(THINGS)}s": [
                        {name: draw(st.sampled_from(["x", 3])) for name in draw(st.lists(NAMES, max_size=4))}
                    ]
                },
            }
            for _ in range(draw(st.integers(1, 4)))
        ]
        category = draw(st.sampled_from(["Travel", "Shopping"]))
        tools.append({"tool_name": f"tool {number}", "category": category, "api_list": endpoints})
    return read(*tools)


def read(*tools: dict[str, Any]) -> Registry:
    catalogue = RawCatalogue()
    _read_tools(list(tools), "t.json", None, catalogue)
    return build_registry(catalogue)[0]


def link(body: Any, parameter: dict[str, Any], name: str = "get_booking") -> ProjectedGraph:
    """The graph of two endpoints in two tools: one that gives `body`, one that takes `parameter`."""
    giver = {
        "tool_name": "giver",
        "category": "Travel",
        "api_list": [{"name": "search_flights", "body": body}],
    }
    taker = {
        "tool_name": "taker",
        "category": "Travel",
        "api_list": [{"name": name, "required_parameters": [parameter]}],
    }
    return project(read(giver, taker))


def data_links(graph: ProjectedGraph) -> list[str]:
    return [edge.to_endpoint for edge in graph.edges if edge.edge_type == "data_link"]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"flights": [{"id": "F1"}]}, {"name": "flight_id", "type": "STRING"}),
        ({"flights": [{"flightId": "F1"}]}, {"name": "flight_id", "type": "STRING"}),
        ({"flight": {"id": 7}}, {"name": "flightId", "type": "NUMBER"}),
        ({"arrival_city": "Vienna"}, {"name": "city", "type": "STRING"}),
        ({"email": "a@b.example"}, {"name": "email_address", "type": "STRING"}),
    ],
)
def test_values_flow_where_names_types_and_entities_agree(body: Any, parameter: dict[str, Any]) -> None:
    """However the names are spelled."""
    assert data_links(link(body, parameter)) == ["taker::get_booking"]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"updated_fields": "x"}, {"name": "date", "type": "STRING"}),
        ({"articles": [{"date": "2026-01-01"}]}, {"name": "date", "type": "STRING"}),
        ({"flights": [{"id": 7}]}, {"name": "flight_id", "type": "STRING"}),
        ({"flights": [{"id": "F1"}]}, {"name": "hotel_id", "type": "STRING"}),
        ({"origin_city": "Vienna"}, {"name": "city", "type": "STRING"}),
        ({"flights": [{"status": "late"}]}, {"name": "flight_status", "type": "STRING"}),
        ({"ip_address": "10.0.0.1"}, {"name": "address", "type": "STRING"}),
        ({"from": "Vienna"}, {"name": "from", "type": "STRING"}),
        ({"flights": [{"id": "F1"}]}, {"name": "id", "type": "STRING"}),
        ({"mode": "fast"}, {"name": "mode", "type": "STRING", "enum": ["fast", "slow"]}),
    ],
)
def test_values_do_not_flow_otherwise(body: Any, parameter: dict[str, Any]) -> None:
    """Another entity, another type, a status, a choice from a list."""
    assert data_links(link(body, parameter)) == []


def test_an_id_that_a_call_was_made_with_is_no_news() -> None:
    """What cancels an order does not give its id to others."""
    order = [{"name": "order_id", "type": "STRING"}]
    body = {"order_id": "O1"}
    endpoints = [
        {"name": name, "required_parameters": order, "body": body} for name in ("cancel_order", "get_order")
    ]
    assert data_links(project(read({"tool_name": "shop", "api_list": endpoints}))) == []


def test_ids_of_one_provider_mean_nothing_to_another() -> None:
    """Two shops with products of their own; a payment service that only takes order ids takes anybody's."""
    product = {
        "api_list": [
            {"name": "search_products", "body": {"products": [{"product_id": "P1"}]}},
            {"name": "order", "required_parameters": [{"name": "product_id"}], "body": {"order_id": "O1"}},
        ]
    }
    pay = {
        "tool_name": "pay",
        "api_list": [{"name": "pay_order", "required_parameters": [{"name": "order_id"}]}],
    }
    graph = project(read({"tool_name": "one", **product}, {"tool_name": "two", **product}, pay))
    links = [(edge.from_endpoint, edge.to_endpoint) for edge in graph.edges if edge.edge_type == "data_link"]
    assert links == [
        ("one::order", "pay::pay_order"),
        ("one::search_products", "one::order"),
        ("two::order", "pay::pay_order"),
        ("two::search_products", "two::order"),
    ]


@pytest.mark.parametrize(
    ("body", "parameter", "flows"),
    [
        ({"hotels": [{"place_id": "P1"}]}, "place_id", True),
        ({"invoice_id": "I1"}, "invoice_id", True),
        ({"places": [{"place_id": "P1"}]}, "place_id", False),
        ({"hotels": [{"city": "Vienna"}]}, "city", True),
        ({"authors": [{"name": "Ada"}]}, "author", False),
    ],
)
def test_across_categories_go_references_and_what_is_the_same_everywhere(
    body: Any, parameter: str, flows: bool
) -> None:
    """A hotel refers to its place, and a city is a city; a provider's own places and authors stay there."""
    giver = {"tool_name": "giver", "category": "Travel", "api_list": [{"name": "look_up", "body": body}]}
    wanted = [{"name": parameter, "type": "STRING"}]
    taker = {"tool_name": "taker", "api_list": [{"name": "use", "required_parameters": wanted}]}
    assert bool(data_links(project(read(giver, {**taker, "category": "Maps"})))) == flows


@given(registries())
def test_no_edge_without_a_reason(registry: Registry) -> None:
    """Each edge names its reason; mappings hold what they promise; one edge a pair, none to itself."""
    graph = project(registry)
    endpoints = {endpoint.endpoint_id: endpoint for endpoint in registry.endpoints}
    pairs = [(edge.from_endpoint, edge.to_endpoint) for edge in graph.edges]
    assert all(one < other for one, other in pairwise(pairs))
    assert all(giver != taker for giver, taker in pairs)
    for edge in graph.edges:
        assert edge.reason
        assert bool(edge.field_mappings) == (edge.edge_type == "data_link")
        assert bool(edge.matched_concepts) == (edge.edge_type == "semantic")
        fields = {some.path: some for some in endpoints[edge.from_endpoint].returns_fields}
        parameters = {some.name: some for some in endpoints[edge.to_endpoint].parameters}
        for mapping in edge.field_mappings:
            assert fits(fields[mapping.source_field], parameters[mapping.target_param])
    assert graph.entry_nodes == [name for name in graph.nodes if is_entry(endpoints[name])]


def test_edges_grow_with_endpoints_not_with_their_square() -> None:
    """One kind, given and taken by 400 tools of one category."""
    tools = [
        {
            "tool_name": f"tool {number}",
            "category": "Travel",
            "api_list": [
                {"name": "look", "required_parameters": [{"name": "city"}], "body": {"city": "Vienna"}}
            ],
        }
        for number in range(400)
    ]
    assert len(project(read(*tools)).edges) < 400 * 24


def test_the_heterogeneous_graph_hangs_together() -> None:
    """Five types of nodes, four of edges, and every edge joins two nodes."""
    graph = build_heterogeneous(build_catalogue(SEED_TOOLS).catalogue.registry)
    nodes = {node["node_id"] for node in graph["nodes"]}
    assert len(nodes) == graph["node_count"]
    assert {node["node_type"] for node in graph["nodes"]} == {
        "tool",
        "endpoint",
        "parameter",
        "response_field",
        "concept",
    }
    assert {edge["edge_type"] for edge in graph["edges"]} == {
        "has_endpoint",
        "has_parameter",
        "returns_field",
        "maps_to_concept",
    }
    assert all({edge["source"], edge["target"]} <= nodes for edge in graph["edges"])
