"""What an archetype makes of one line of the catalogue, before it becomes a tool and a twin."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from toolworlds.models.embedded.generators import Where
from toolworlds.models.embedded.relations import AnyGenerator
from toolworlds.records.base import Json
from toolworlds.records.tasks import FactType, Path

ArgumentKind = Literal["entity", "filter", "value", "amount", "when", "note", "paging", "choice"]
Comparison = Literal["=", ">=", "<=", "<", "contains"]
Role = Literal["subject", "other", "parent", "detail"]
Direction = Literal["up", "down"]
FillRow = tuple[str, str, Json, Json]
"""(field, `arg` | `now` | `plain`, argument or plain value, reference) for a field of a new entity."""
Refusal = tuple[str, str]
"""(its words, when: the same in terms of arguments and records)."""
Pair = tuple[str, str, str, str, bool, str]
"""(argument, field, argument, field, whether the two fields must be equal, refusal)."""


@dataclass(frozen=True, slots=True)
class ArgumentMeaning:
    """What an argument is about, so that it can be worded and sampled without knowing its tool."""

    name: str
    kind: ArgumentKind
    noun: str
    """What people call it: `pick task`, `latest shipping time`."""
    collection: str
    """entity: the collection of the id; otherwise the collection whose field is meant."""
    field: str = "id"
    """The field compared, given, or changed."""
    required: bool = True
    unit: str | None = None
    comparison: Comparison = "="
    """filter: how entities are compared with it."""
    role: Role = "detail"
    """entity: what is acted on, its counterpart, or what a new one belongs to."""
    fits: Where = dataclasses.field(default_factory=dict)
    """entity: what it must look like for the call to succeed, as far as that is one entity's matter."""
    agrees: tuple[tuple[str, str, str], ...] = ()
    """entity: (own field, other argument, field of its entity) that must be equal."""
    bounded: tuple[str, str, str | None] | None = None
    """amount: (argument, field, field to subtract) of the entity that bounds it."""
    generator: AnyGenerator | None = None
    """Where its values come from, if not from the field's own generator."""
    levels: tuple[str, ...] = ()
    """choice: its words in rising order, if they have one."""


@dataclass(frozen=True, slots=True)
class ToolArgument:
    """A parameter of a tool: its JSON Schema and its meaning."""

    meaning: ArgumentMeaning
    schema: dict[str, Json]


@dataclass(frozen=True, slots=True)
class ReplyFact:
    """A value of a reply that is worth asking for."""

    path: Path
    """Where it stands; 0 stands for the first of a list."""
    type: FactType
    noun: str
    """What people call it: `quantity`, `number of customer orders`."""
    unit: str | None = None
    of: str | None = None
    """The argument whose entity it belongs to; None: the selection as a whole, or the first of the list."""


@dataclass(slots=True)
class ToolPlan:
    """The parts of a tool. Field names of the twin's constants are upper case in the Starlark source."""

    name: str
    description: str
    collection: str
    arguments: list[ToolArgument]
    reply: dict[str, Json]
    """REPLY: the success reply as a template of references; {} where the twin builds it."""
    outputs: dict[str, str]
    """reply field -> what it holds."""
    twin: tuple[str, ...]
    """The sources of the twin under `twins/`: shared ones, then the one that holds `run`."""
    constants: dict[str, Json] = dataclasses.field(default_factory=dict)
    facts: list[ReplyFact] = dataclasses.field(default_factory=list)
    reads: list[str] = dataclasses.field(default_factory=list)
    sets: dict[str, set[str] | None] = dataclasses.field(default_factory=dict)
    """collection -> fields that it sets there, {} for a read; None where entities are made or removed."""
    becomes: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    """status -> statuses that the entity acted on may have afterwards; {} if its status stays."""
    steps: dict[tuple[str, str], Direction] = dataclasses.field(default_factory=dict)
    """(collection, field) that it moves one way only; a ref goes up when filled and down when emptied."""
    swaps: bool = False
    """It exchanges the refs of two entities, so that nothing counted one by one moves."""
    kept: set[str] = dataclasses.field(default_factory=set)
    """Invariants that it cannot break, because the twin refuses before."""
    states: list[tuple[str, str, Where, str]] = dataclasses.field(default_factory=list)
    """(argument, collection, what its entity must look like, refusal)."""
    pairs: list[Pair] = dataclasses.field(default_factory=list)
    guards: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    """(rule, refusal) over fields of the entity acted on and arguments."""
    absent: list[tuple[str, str, Where, str]] = dataclasses.field(default_factory=list)
    """(collection, ref field, which of them, refusal): none of these may point at the entity acted on."""
    remarks: list[str] = dataclasses.field(default_factory=list)
    """Sentences about what the call does beyond what its description says."""
    preconditions: list[tuple[str, str, str]] = dataclasses.field(default_factory=list)
    """(rule in words, Starlark expression over the arguments, when it does not hold)."""
    refusals: list[Refusal] = dataclasses.field(default_factory=list)
    """What the twin itself refuses with 409."""
    missing: list[Refusal] = dataclasses.field(default_factory=list)
    """What the twin itself answers with 404."""

    def list_ids(self) -> list[tuple[str, str, str]]:
        """(argument, collection, refusal) of every id that must exist."""
        meanings = (argument.meaning for argument in self.arguments)
        return [(m.name, m.collection, f"no {m.noun} has this id") for m in meanings if m.kind == "entity"]

    def subject_where(self) -> Where:
        """What the entity acted on, the first argument's, must look like."""
        subject = self.arguments[0].meaning.name
        return next((where for name, _, where, _ in self.states if name == subject), {})

    def rows_made(self, collection: str) -> list[FillRow] | None:
        """How a new entity of the collection is filled; None if the call makes none there."""
        if collection == self.constants.get("LOG_INTO"):
            return list(self.constants["LOG"])
        return list(self.constants["FILL"]) if "FILL" in self.constants else None
