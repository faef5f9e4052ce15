"""Tasks: chains of tools, turns grown from them, certificates, and the released row."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.tools import EnvSpec, RecordedCall, ToolCall, ToolSpec, Twin
from toolworlds.records.worlds import Name, WorldSchema, WorldState

Outcome = Literal["done", "refuse", "ask"]
FactType = Literal["string", "number", "integer", "boolean", "date", "id", "list"]
ReplayMode = Literal["twin", "memo", "cold"]
Path = list[str | int]
"""Steps into a JSON value, e.g. ["rooms", 0, "name"]."""


class Sequence(Record):
    """A chain of tools that one task will walk, one tool a turn."""

    sequence_id: str
    """`seq<N>`, unique within the spec."""
    tools: list[Name]
    purpose: str = ""


class SequenceSet(Record):
    """The chains of one environment. `<output-dir>/<spec_id>.json`."""

    format_version: Literal[1] = 1
    spec_id: str
    asked: int = 0
    """How many chains were wanted; a later run that wants more adds to the set."""
    sequences: list[Sequence]
    kept_tools: list[Name]
    """The tools that the audit kept, in the spec's order; later stages know no others."""
    twins_admitted: list[Name] = []
    """The kept tools whose twin passed the audit; the others are simulated by a model."""
    rejected: dict[str, int] = {}
    """reason -> how many proposed chains it refused."""
    provenance: dict[str, Json]


class Fact(Record):
    """One piece of knowledge that a right answer must contain."""

    name: Name
    type: FactType
    value: Json
    call: int
    """Index of the ground-truth call whose reply holds the value."""
    path: Path


class Turn(Record):
    """What the user wants next and the call that does it."""

    request: str
    call: ToolCall
    recorded: RecordedCall
    facts: list[Fact] = []
    attempts: Annotated[int, Field(ge=1)] = 1
    """How many drafts it took; bookkeeping, never released."""


class Task(Record):
    """A task in the making: the durable checkpoint of stage 3b. `<output-dir>/<task_id>.json`."""

    format_version: Literal[1] = 1
    task_id: str
    spec_id: str
    sequence: Sequence
    kept_tools: list[Name]
    twins_admitted: list[Name] = []
    """Both as in the SequenceSet, so that stage 4 needs only tasks and specs."""
    status: Literal["growing", "grown", "abandoned"]
    reason: str = ""
    """Why it was abandoned; empty otherwise."""
    initial_state: WorldState
    """The spec's state plus the entities that turns added before anything touched their collections."""
    final_state: WorldState
    turns: list[Turn] = []
    drafts_refused: Annotated[int, Field(ge=0)] = 0
    """Drafts of the turn in progress that were refused; a retry counts on, so that it asks anew."""
    provenance: dict[str, Json]


@dataclass(frozen=True, slots=True)
class NextTurn:
    """The turn of a task that is to be written, and all that its writer may know."""

    spec: EnvSpec
    sequence: Sequence
    state: WorldState
    """The world after the turns so far."""
    turns: tuple[Turn, ...] = ()
    addable: tuple[Name, ...] = ()
    """Collections to which the turn may add entities."""
    refusals: tuple[str, ...] = ()
    """Why earlier drafts of this turn were not taken."""
    attempt: int = 0
    """0 for the first draft of this turn; drafts after a refusal count up."""

    @property
    def tool_name(self) -> str:
        """The tool that the turn must call."""
        return self.sequence.tools[len(self.turns)]


class MutantCounts(Record):
    """Wrong variants of the ground truth, by what the verifier said of them."""

    failed: int = 0
    """Rightly refused by the verifier."""
    passed: int = 0
    """Wrongly accepted; a certificate with one is refused."""
    neutral: int = 0
    """Left end state and facts unchanged, so they are no mistakes."""
    untried: int = 0
    """Would have needed a model call beyond the budget."""


class Certificate(Record):
    """What code established about a row. Released rows have `passed` true."""

    replay: ReplayMode
    passed: bool
    reasons: list[str] = []
    """Why it did not pass; empty when it did."""
    state_changes: bool
    facts: int
    trivial_policies: dict[str, bool]
    """policy -> whether the verifier accepted it; all must be false."""
    mutants: dict[str, MutantCounts]
    """kind (dropped_call, wrong_entity, changed_argument) -> counts."""
    equivalents: dict[str, int]
    """kind -> how many right variants were tried and accepted."""
    argument_sources: list[dict[str, str]]
    """One map a call: argument leaf (`items.0.sku`) -> `request`, `request (label)`, `request (attributes)`,
    `now`, `default`, `free text` or `call <i> <path>`; `world/provenance.py` states the rules."""


class RowDraft(Record):
    """All of a row but its certificate: what stage 4 hands to `world.certificate.certify`."""

    id: str
    field: str
    summary: str
    """The request, as the agent sees it."""
    tools: list[ToolSpec]
    """2 to 15 tools in a seeded order, distractors among them."""
    gt_tool_calls: list[str]
    """`name(arg=literal, …)`: Python calls with keyword literals only."""
    initial_state: WorldState
    final_state: WorldState
    format_version: Literal[1] = 1
    env_id: str
    now: str
    policy: str
    turns: list[dict[str, Json]]
    """[{request, calls: [index into gt_calls]}], the steps the task grew from; not shown to agents."""
    gt_calls: list[ToolCall]
    recorded_calls: list[RecordedCall]
    """Parallel to gt_calls."""
    expected_answer: list[Fact] = []
    expected_outcome: Outcome = "done"
    expected_reason: str | None = None
    """For `refuse` and `ask`: the structured reason that the agent must give."""
    world_schema: WorldSchema
    twins: dict[Name, Twin] = {}
    """Never shown to an agent."""
    difficulty: dict[str, Json]
    """calls, writes, facts, tools, entities: plain counts."""
    provenance: dict[str, Json]


class Row(RowDraft):
    """One line of `task_content.jsonl`; the last of several with one id wins."""

    certificate: Certificate


class PlainRow(Record):
    """A seven-column row from elsewhere: no world, no certificate; its tools are simulated and judged."""

    id: str
    field: str
    summary: str
    tools: list[dict[str, Json]]
    gt_tool_calls: list[str]
    initial_state: Json
    final_state: Json
    certified: Literal[False] = False
    renamed: dict[str, str] = {}
    """tool name here -> as the row has it, of those that differ."""
    skipped: list[str] = []
    """Tools that could not be used, each with the reason."""
    other: dict[str, Json] = {}
    """Further columns, as they are."""


class RejectedTask(Record):
    """A task that stage 4 did not release. `_run/rejected/<task_id>.json`."""

    task_id: str
    reasons: list[str]
    summary: str = ""
    certificate: Certificate | None = None


AddedEntities = dict[Name, list[Entity]]
"""Entities that a turn adds to the initial state, by collection."""
