"""The projected graph: from endpoint to endpoint, where a call of the one may follow a call of the other.

A reply's value fits a parameter when entity, aspect and type agree, which the registry has read off names
and places. Lookups go through an index of kinds; of very many takers the nearest by category and tool are
linked, so that edges grow with endpoints, not with their square.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from toolworlds.catalogue.concepts import list_concepts
from toolworlds.catalogue.kinds import Kind, name_container, read_kind
from toolworlds.records.catalogues import (
    EdgeType,
    Endpoint,
    FieldMapping,
    Parameter,
    ProjectedEdge,
    ProjectedGraph,
    Registry,
    ResponseField,
)

OWN_TAKERS = 64
"""Takers of one kind within the giver's tool that are linked."""
NEAR_TAKERS = 16
"""Takers of one kind in other tools that are linked."""
SEMANTIC_EDGES = 2
"""A concept and endpoint."""
CATEGORY_EDGES = 3
"""An endpoint."""
WEIGHTS: dict[EdgeType, float] = {"data_link": 1.0, "semantic": 0.45, "category": 0.2}
ACROSS_TOOLS = 0.9
KNOWN_TO_USER = 0.7
"""A link that only carries what the user could have said as well."""
OPTIONAL = 0.5
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """One value that fits."""

    field: ResponseField
    parameter: Parameter

    @property
    def identifies(self) -> bool:
        """Whether it carries an id."""
        return not self.parameter.natural

    def weigh(self, same_tool: bool) -> float:
        """How much it binds the two calls together."""
        weight = WEIGHTS["data_link"] if self.identifies else KNOWN_TO_USER
        weight *= 1 if self.parameter.required else OPTIONAL
        return round(weight * (1 if same_tool else ACROSS_TOOLS), 4)


@dataclass(frozen=True, slots=True)
class Takers:
    """The parameters of one kind, in the order of their endpoints by category and tool."""

    ranks: list[int]
    """Rank of each one's endpoint."""
    parameters: list[Parameter]

    def list_near(self, rank: int, tool: range) -> Iterator[tuple[int, Parameter]]:
        """The takers in the same tool, then the nearest of others on both sides."""
        first, last = bisect_left(self.ranks, tool.start), bisect_left(self.ranks, tool.stop)
        near = min(max(bisect_left(self.ranks, rank) - OWN_TAKERS // 2, first), max(last - OWN_TAKERS, first))
        own = range(near, min(near + OWN_TAKERS, last))
        before = range(max(0, first - NEAR_TAKERS // 2), first)
        room = NEAR_TAKERS - len(before)
        after = range(last, min(len(self.ranks), last + room))
        for place in (*own, *before, *after):
            yield self.ranks[place], self.parameters[place]


class Projection:
    """Endpoints ranked by category, tool and id, and the kinds they give and take."""

    def __init__(self, registry: Registry) -> None:
        self.endpoints = sorted(
            registry.endpoints, key=lambda some: (some.category, some.tool_id, some.endpoint_id)
        )
        self.tools = self._range_tools()
        self.takers = self._index_takers()
        self.owners = self._find_owners()

    def _range_tools(self) -> dict[str, range]:
        ranges: dict[str, range] = {}
        for rank, endpoint in enumerate(self.endpoints):
            start = ranges[endpoint.tool_id].start if endpoint.tool_id in ranges else rank
            ranges[endpoint.tool_id] = range(start, rank + 1)
        return ranges

    def _index_takers(self) -> dict[Kind, Takers]:
        takers: dict[Kind, Takers] = defaultdict(lambda: Takers([], []))
        for rank, endpoint in enumerate(self.endpoints):
            for parameter in endpoint.parameters:
                if _accepts(endpoint, parameter):
                    some = takers[Kind(parameter.entity, parameter.aspect)]
                    some.ranks.append(rank)
                    some.parameters.append(parameter)
        return dict(takers)

    def _find_owners(self) -> set[tuple[str, Kind]]:
        """(tool, kind): its own replies hold ids that its own endpoints take."""
        taking = {
            (self.endpoints[rank].tool_id, kind) for kind, some in self.takers.items() for rank in some.ranks
        }
        giving = {(endpoint.tool_id, kind) for endpoint in self.endpoints for kind in list_given(endpoint)}
        return taking & giving

    def find_flows(self) -> dict[Pair, list[Flow]]:
        """All flows, by ranks of giver and taker."""
        flows: dict[Pair, list[Flow]] = defaultdict(list)
        for rank, endpoint in enumerate(self.endpoints):
            for kind, field in list_given(endpoint).items():
                if kind in self.takers:
                    for other, parameter in self.takers[kind].list_near(rank, self.tools[endpoint.tool_id]):
                        if self._may_flow(rank, other, kind, field, parameter):
                            flows[rank, other].append(Flow(field, parameter))
        return {pair: some for pair, some in flows.items() if self._says_something(pair, some)}

    def _may_flow(self, giver: int, taker: int, kind: Kind, field: ResponseField, taken: Parameter) -> bool:
        """Whether the field's value means the same to the taker."""
        if giver == taker or not fits(field, taken):
            return False
        one, other = self.endpoints[giver], self.endpoints[taker]
        if one.tool_id == other.tool_id or (kind.standalone and not kind.identifies):
            return True
        if not kind.identifies:
            return one.category == other.category
        own = all((endpoint.tool_id, kind) in self.owners for endpoint in (one, other))
        return not own and not kind.vague and _refers(one.category == other.category, kind, field, taken)

    def _says_something(self, pair: Pair, flows: list[Flow]) -> bool:
        """Nobody searches one tool again with what the search has just returned."""
        giver, taker = (self.endpoints[rank] for rank in pair)
        again = giver.tool_id == taker.tool_id and taker.intent == "search"
        return not again or any(flow.identifies for flow in flows)


def project(registry: Registry) -> ProjectedGraph:
    """The graph of a registry; edges sorted by their endpoints."""
    projection = Projection(registry)
    flows = projection.find_flows()
    endpoints = projection.endpoints
    edges = [_make_data_link(endpoints[a], endpoints[b], some) for (a, b), some in flows.items()]
    taken = set(flows)
    edges += _link_concepts(endpoints, taken)
    edges += _link_categories(endpoints, taken)
    edges.sort(key=lambda edge: (edge.from_endpoint, edge.to_endpoint))
    nodes = sorted(endpoint.endpoint_id for endpoint in endpoints)
    entries = sorted(endpoint.endpoint_id for endpoint in endpoints if is_entry(endpoint))
    return ProjectedGraph(
        node_count=len(nodes),
        edge_count=len(edges),
        entry_node_count=len(entries),
        nodes=nodes,
        edges=edges,
        entry_nodes=entries,
        related_domains=_relate_domains(endpoints, flows),
    )


def is_entry(endpoint: Endpoint) -> bool:
    """Whether a person knows all that it requires."""
    return all(parameter.natural for parameter in endpoint.required)


def list_given(endpoint: Endpoint) -> dict[Kind, ResponseField]:
    """The kinds that a reply gives, each with its shallowest field. An id that the call was made with is
    no news, and what a deletion says is over and done with."""
    if endpoint.intent == "delete":
        return {}
    asked = {Kind(parameter.entity, parameter.aspect) for parameter in endpoint.parameters}
    given: dict[Kind, ResponseField] = {}
    for field in sorted(endpoint.returns_fields, key=lambda some: (some.path.count("."), some.path)):
        kind = Kind(field.entity, field.aspect)
        if kind.flows and field.type != "boolean" and not (kind.identifies and kind in asked):
            given.setdefault(kind, field)
    return given


def fits(field: ResponseField, parameter: Parameter) -> bool:
    """Whether the field's values are of the parameter's entity, aspect and type."""
    same = (field.entity, field.aspect) == (parameter.entity, parameter.aspect)
    return same and (field.type == parameter.type or (field.type, parameter.type) == ("integer", "number"))


def _accepts(endpoint: Endpoint, parameter: Parameter) -> bool:
    """Whether a reply's value may fill it: no choice from a list, no whim, and no feature of what is made."""
    kind = Kind(parameter.entity, parameter.aspect)
    if not kind.flows or parameter.enum or parameter.type not in ("string", "integer", "number"):
        return False
    if not kind.natural:
        return True
    makes = endpoint.intent in ("create", "update") and parameter.entity in endpoint.name.lower()
    return parameter.required and not makes


def _refers(same_category: bool, kind: Kind, field: ResponseField, parameter: Parameter) -> bool:
    """Whether two tools speak of the same ids: both say of what, and beyond one category the giver does not
    list such things but refers to one, as a hotel does to its place."""
    if read_kind(parameter.name, "", True).entity != kind.entity:
        return False
    named = read_kind(field.name, "", True).entity == kind.entity
    return same_category or (named and name_container(field.path, "") != kind.entity)


def _make_data_link(giver: Endpoint, taker: Endpoint, flows: list[Flow]) -> ProjectedEdge:
    same_tool = giver.tool_id == taker.tool_id
    words = [
        f"{flow.field.path} is the {flow.parameter.aspect} of a {flow.parameter.entity}, "
        f"as {flow.parameter.name} {'must' if flow.parameter.required else 'may'} be"
        for flow in flows
    ]
    return ProjectedEdge(
        from_endpoint=giver.endpoint_id,
        to_endpoint=taker.endpoint_id,
        edge_type="data_link",
        weight=max(flow.weigh(same_tool) for flow in flows),
        reason="; ".join(words),
        field_mappings=[
            FieldMapping(source_field=flow.field.path, target_param=flow.parameter.name) for flow in flows
        ],
    )


def _link_concepts(endpoints: list[Endpoint], taken: set[Pair]) -> Iterator[ProjectedEdge]:
    """For each concept that a reply speaks of, the next endpoints that require something of it."""
    speaks = [
        {c for f in endpoint.returns_fields for c in list_concepts(f.name, f.entity)}
        for endpoint in endpoints
    ]
    asks = [{c for p in endpoint.required for c in list_concepts(p.name, p.entity)} for endpoint in endpoints]
    askers: dict[str, list[int]] = defaultdict(list)
    for rank, concepts in enumerate(asks):
        for concept in concepts:
            askers[concept].append(rank)
    for rank, concepts in enumerate(speaks):
        for concept in sorted(concepts & askers.keys()):
            for other in _next_in_ring(askers[concept], rank, SEMANTIC_EDGES):
                if other != rank and (rank, other) not in taken:
                    taken.add((rank, other))
                    shared = sorted(concepts & asks[other])
                    yield ProjectedEdge(
                        from_endpoint=endpoints[rank].endpoint_id,
                        to_endpoint=endpoints[other].endpoint_id,
                        edge_type="semantic",
                        weight=WEIGHTS["semantic"],
                        reason=f"reply and call are both about {' and '.join(shared)}",
                        matched_concepts=shared,
                    )


def _link_categories(endpoints: list[Endpoint], taken: set[Pair]) -> Iterator[ProjectedEdge]:
    """A ring through each category: with few members all pairs, with many the next ones only."""
    categories: dict[str, list[int]] = defaultdict(list)
    for rank, endpoint in enumerate(endpoints):
        categories[endpoint.category].append(rank)
    for category, ranks in categories.items():
        for rank in ranks:
            for other in _next_in_ring(ranks, rank, CATEGORY_EDGES):
                if other != rank and (rank, other) not in taken:
                    taken.add((rank, other))
                    yield ProjectedEdge(
                        from_endpoint=endpoints[rank].endpoint_id,
                        to_endpoint=endpoints[other].endpoint_id,
                        edge_type="category",
                        weight=WEIGHTS["category"],
                        reason=f"both belong to {category}",
                    )


def _next_in_ring(ranks: list[int], rank: int, count: int) -> list[int]:
    """The `count` ranks that follow, beginning anew after the last."""
    start = bisect_left(ranks, rank + 1)
    return [ranks[(start + step) % len(ranks)] for step in range(min(count, len(ranks)))]


def _relate_domains(endpoints: list[Endpoint], flows: dict[Pair, list[Flow]]) -> list[tuple[str, str]]:
    """Pairs of categories of which one takes ids that the other gives."""
    pairs = set()
    for (giver, taker), some in flows.items():
        first, second = sorted((endpoints[giver].category, endpoints[taker].category))
        if first != second and any(flow.identifies for flow in some):
            pairs.add((first, second))
    return sorted(pairs)
