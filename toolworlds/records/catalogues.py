"""Catalogues of tools in ToolBench's manner: tools, endpoints, what can feed what, and chains of calls."""

from typing import Literal

from pydantic import Field

from toolworlds.records.base import Json, Record

ValueType = Literal["string", "integer", "number", "boolean", "array", "object"]
Intent = Literal[
    "search", "retrieve", "create", "update", "delete", "execute", "compare", "summarize", "unknown"
]
Mode = Literal["sequential", "multi_tool", "clarification_first", "parallel", "short"]
"""How a chain was drawn; `mixed` draws one of these for each chain."""
Pattern = Literal[
    "sequential_multi_step",
    "search_then_action",
    "information_then_decision",
    "multi_tool_chain",
    "parallel",
]
EdgeType = Literal["data_link", "semantic", "category"]
Side = Literal["", "start", "end", "min", "max"]
"""Which end of a span a value is. `start` and `end` are those of what is asked for: a stay, a trip, a way.
`min` and `max` bound what is looked for: a price, days of publication."""


class Parameter(Record):
    """What an endpoint takes, normalised."""

    name: str
    type: ValueType
    required: bool
    description: str
    enum: list[Json] = []
    default: Json = None
    entity: str
    """The kind of thing it identifies or measures: `hotel`, `city`, `reservation`."""
    aspect: str
    """What of it: `id`, `name`, `date`. A value fits a parameter of the same entity, aspect and type."""
    kind: str = "other"
    """What its values look like: `city`, `money`, `date`, `choice`; `other` where nothing tells."""
    side: Side = ""
    natural: bool
    """Whether a person would know the value: a city or a date, but no id."""


class ResponseField(Record):
    """A leaf of what an endpoint returns."""

    path: str
    """From the reply's root; `[]` for every item of a list: `hotels[].hotel_id`."""
    name: str
    """The path's last key."""
    type: ValueType
    entity: str
    aspect: str
    kind: str = "other"
    side: Side = ""


class Span(Record):
    """Two parameters, or two fields of one object of a reply, of which one comes before the other."""

    start: str
    """The parameter's name, or the field's path."""
    end: str
    apart: bool = False
    """Whether the two must differ: nobody stays for no night, but a search may be for one day."""

    @property
    def names(self) -> tuple[str, str]:
        """Both."""
        return self.start, self.end


class Endpoint(Record):
    """One callable endpoint of a tool."""

    endpoint_id: str
    """`tool::endpoint`, unique in the registry."""
    tool_id: str
    name: str
    description: str
    category: str
    """In Title Case; also called the domain."""
    intent: Intent
    method: str
    parameters: list[Parameter]
    returns_schema: dict[str, Json]
    """JSON Schema of a reply; `{}` when the catalogue says nothing."""
    returns_example: Json = None
    """A reply, parsed, where the catalogue holds one."""
    returns_fields: list[ResponseField]
    """Sorted by path."""
    spans: list[Span] = []
    """Of its parameters."""
    returned_spans: list[Span] = []
    """Of the fields of its replies."""
    tags: list[str]

    @property
    def required(self) -> list[Parameter]:
        """The parameters without which there is no call."""
        return [parameter for parameter in self.parameters if parameter.required]

    def find_span(self, name: str) -> Span | None:
        """The span of parameters that one of this name begins or ends."""
        return next((span for span in self.spans if name in span.names), None)


class Tool(Record):
    """One tool: endpoints of one provider."""

    tool_id: str
    tool_name: str
    """As the catalogue writes it."""
    category: str
    description: str
    endpoint_ids: list[str]


class Registry(Record):
    """All tools and endpoints of a catalogue, sorted by id."""

    version: Literal["1.1"] = "1.1"
    tools: list[Tool]
    endpoints: list[Endpoint]


class FieldMapping(Record):
    """A response field that can fill a parameter."""

    source_field: str
    """The field's path."""
    target_param: str


class ProjectedEdge(Record):
    """Why a call of one endpoint may follow a call of another."""

    from_endpoint: str
    to_endpoint: str
    edge_type: EdgeType
    weight: float = Field(gt=0, le=1)
    reason: str
    field_mappings: list[FieldMapping] = Field(default_factory=list)
    """data_link only"""
    matched_concepts: list[str] = Field(default_factory=list)
    """semantic only"""


class ProjectedGraph(Record):
    """Endpoint to endpoint. Only the strongest type per ordered pair; no loops."""

    version: Literal["1.0"] = "1.0"
    node_count: int
    edge_count: int
    entry_node_count: int
    nodes: list[str]
    edges: list[ProjectedEdge]
    entry_nodes: list[str]
    """Endpoints that can be called first: a person knows all that they require."""
    related_domains: list[tuple[str, str]]
    """Pairs of categories, in order, where ids of the one are taken by the other."""


class ChainMapping(Record):
    """A value that flows from an earlier step of a chain into a later one."""

    from_step: int
    source_field: str
    """Path in that step's reply; any item of a list will do."""
    to_step: int
    target_param: str


class Clarification(Record):
    """A step before which the assistant must ask."""

    step_index: int
    reason: Literal["missing_required_param", "intent_ambiguity"]
    missing_params: list[str]
    """Required parameters that a person knows and has not said yet, and that no earlier step returns."""


class Chain(Record):
    """Calls that make one piece of work. Every required value comes from a mapping or from the user."""

    endpoint_ids: list[str]
    sampling_mode: Mode
    pattern_type: Pattern
    domain: str
    """The category of most steps; of the first one among equals."""
    mappings: list[ChainMapping]
    """At most one a parameter; `from_step` < `to_step`. A step without any starts something of its own."""
    parallel_groups: list[list[int]] = []
    """Steps, in order, that do not depend on each other and share one assistant turn. What they ask of the
    user under the same entity and aspect is one value: hotels and cars in one city."""
    clarifications: list[Clarification] = []

    @property
    def tool_ids(self) -> list[str]:
        """The tools, in order of first use."""
        return list(dict.fromkeys(endpoint_id.partition("::")[0] for endpoint_id in self.endpoint_ids))

    @property
    def key(self) -> str:
        """What makes two chains the same: the calls, the turns they share, and where is asked back."""
        asked = [clarification.step_index for clarification in self.clarifications]
        return f"{' '.join(self.endpoint_ids)}|{self.parallel_groups}|{asked}"
