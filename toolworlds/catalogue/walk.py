"""A chain in the making: the steps so far, and what their replies offer to further calls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from toolworlds.catalogue.projected import is_entry
from toolworlds.records.catalogues import ChainMapping, Endpoint, ProjectedGraph, Registry

Offer = tuple[int, str]
"""Step, and path in its reply."""


@dataclass(frozen=True, slots=True)
class Link:
    """A data link, compiled."""

    taker: str
    fields: tuple[tuple[str, str], ...]
    """(source field, target parameter)"""
    weight: float


class Links:
    """The data links of a graph."""

    def __init__(self, registry: Registry, graph: ProjectedGraph) -> None:
        self.endpoints = {endpoint.endpoint_id: endpoint for endpoint in registry.endpoints}
        self.needs = {
            endpoint.endpoint_id: frozenset(some.name for some in endpoint.required if not some.natural)
            for endpoint in registry.endpoints
        }
        self.out: dict[str, list[Link]] = {name: [] for name in self.endpoints}
        self.givers: dict[str, dict[str, list[str]]] = {name: {} for name in self.endpoints}
        for edge in graph.edges:
            if edge.edge_type == "data_link":
                fields = tuple((some.source_field, some.target_param) for some in edge.field_mappings)
                self.out[edge.from_endpoint].append(Link(edge.to_endpoint, fields, edge.weight))
                for _, parameter in fields:
                    self.givers[edge.to_endpoint].setdefault(parameter, []).append(edge.from_endpoint)
        self.entries = sorted(
            endpoint.endpoint_id
            for endpoint in registry.endpoints
            if is_entry(endpoint) and endpoint.intent != "delete"
        )
        self._related = {frozenset(pair) for pair in graph.related_domains}

    def are_related(self, one: str, other: str) -> bool:
        """Whether two categories are one, or the one takes ids that the other gives."""
        return one == other or frozenset((one, other)) in self._related


@dataclass(slots=True)
class Walk:
    """Steps, what flows into each, and what is on offer for others."""

    links: Links
    steps: list[str] = field(default_factory=list)
    mappings: list[ChainMapping] = field(default_factory=list)
    groups: list[list[int]] = field(default_factory=list)
    """Steps that share a turn."""
    offers: dict[str, dict[str, Offer]] = field(default_factory=dict)
    """endpoint -> parameter -> the latest step that can fill it"""
    strengths: dict[str, float] = field(default_factory=dict)
    """endpoint -> weight of the strongest link to it"""
    categories: set[str] = field(default_factory=set)
    tools: set[str] = field(default_factory=set)

    def add(self, name: str) -> None:
        """Makes it the next step, filled with what is on offer."""
        self._take(name)
        self._offer(len(self.steps) - 1)

    def add_group(self, names: Sequence[str]) -> None:
        """Makes them the next steps, which share a turn: none takes anything from another."""
        first = len(self.steps)
        for name in names:
            self._take(name)
        for number in range(first, len(self.steps)):
            self._offer(number)
        self.groups.append(list(range(first, len(self.steps))))

    def list_ready(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Endpoints that can take something from the steps so far, with the ids that they still lack."""
        used = set(self.steps)
        for name, offers in self.offers.items():
            if offers and name not in used:
                yield name, self.links.needs[name] - offers.keys()

    def _take(self, name: str) -> None:
        endpoint: Endpoint = self.links.endpoints[name]
        number = len(self.steps)
        taken = self.offers.get(name, {})
        self.steps.append(name)
        self.categories.add(endpoint.category)
        self.tools.add(endpoint.tool_id)
        for parameter, (step, path) in taken.items():
            self.mappings.append(
                ChainMapping(from_step=step, source_field=path, to_step=number, target_param=parameter)
            )
        if endpoint.intent == "delete":
            self._withdraw({step for step, _ in taken.values()})

    def _offer(self, number: int) -> None:
        for link in self.links.out[self.steps[number]]:
            offers = self.offers.setdefault(link.taker, {})
            for path, parameter in link.fields:
                offers[parameter] = (number, path)
            self.strengths[link.taker] = max(self.strengths.get(link.taker, 0.0), link.weight)

    def _withdraw(self, gone: set[int]) -> None:
        """What was deleted offers nothing any more."""
        for name, offers in self.offers.items():
            self.offers[name] = {some: offer for some, offer in offers.items() if offer[0] not in gone}
