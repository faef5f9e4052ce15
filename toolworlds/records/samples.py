"""SkyRL samples: a prompt, the plan of tool calls that fulfils it, and what a right answer must hold."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from toolworlds.records.base import Json, Record
from toolworlds.records.tasks import Certificate
from toolworlds.records.worlds import Name

Complexity = Literal["simple", "moderate", "complex"]
Count = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class SystemMessage(Record):
    """What an agent is told of its task and tools."""

    role: Literal["system"] = "system"
    content: Text


class UserMessage(Record):
    """What the user wants."""

    role: Literal["user"] = "user"
    content: Text


class PlanStep(Record):
    """One call of a plan."""

    step: Count
    """Its place in the plan: 1, 2, 3, …"""
    server: Text
    tool: Text
    params: dict[str, Json] = {}
    """Values, or references to what earlier steps return, e.g. `${1.orders[0].id}`."""


class Success(Record):
    """What an attempt cannot do without."""

    must_call_tool: Text
    """`server.tool`, one of the plan's."""


class Limits(Record):
    """How widely an attempt may reach; never less than the plan needs."""

    max_servers: Count
    """Different servers."""
    max_tools: Count
    """Different tools."""


class AnalysisStep(Record):
    """What is to be kept of one step's output."""

    step: Count
    extract: list[Text] = []
    """`name = path` within the output, e.g. `order_id = orders[0].id`."""


class FinalAnswerRequirements(Record):
    """What the final answer must hold."""

    format: str = "text"
    must_include: list[Name] = []
    """Names of facts; each is the name of exactly one `extract`."""
    grounded_from: list[Text] = []
    """`server.tool` of the steps that those facts come from."""
    quality_criteria: list[Text] = []


class AnalysisRubric(Record):
    """What is read from the outputs and what becomes of it."""

    steps: list[AnalysisStep] = []
    final_answer_requirements: FinalAnswerRequirements = FinalAnswerRequirements()


class FinalReference(Record):
    """The right answer, as far as it is known."""

    answer_text: str = ""
    facts: dict[Name, Json] = {}
    """Fact -> value; only where the plan was executed."""
    citations: dict[Name, str] = {}
    """Fact -> the reference to where it stands, e.g. `${2.total}`."""


class Weights(Record):
    """How a judge weighs an answer; the sum is 1."""

    coverage: Share = 0.25
    grounding: Share = 0.25
    clarity: Share = 0.25
    safety: Share = 0.25


def _score_schema() -> dict[str, Json]:
    names = [*Weights.model_fields, "total"]
    score = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "type": "object",
        "properties": dict.fromkeys(names, score),
        "required": names,
        "additionalProperties": False,
    }


class JudgeRubric(Record):
    """How a judge is to score the final answer."""

    weights: Weights = Weights()
    target_length_range: tuple[Count, Count] = (50, 150)
    """Words of the answer."""
    schema_: dict[str, Json] = Field(default_factory=_score_schema, alias="schema")
    """JSON Schema of the judge's reply."""


class GroundTruth(Record):
    """What an attempt is measured by."""

    task_id: Text
    complexity: Complexity = "moderate"
    max_turns: Annotated[int, Field(ge=2, le=20)]
    """Assistant messages: one for each step of the plan and one for the answer, at least."""
    success: Success
    tool_sequence: Annotated[list[PlanStep], Field(min_length=1, max_length=16)]
    limits: Limits
    analysis_rubric: AnalysisRubric = AnalysisRubric()
    final_reference: FinalReference = FinalReference()
    judge_rubric: JudgeRubric = Field(default_factory=JudgeRubric)


class RewardSpec(Record):
    """How a reward comes about."""

    method: Literal["rule", "reward_model"] = "rule"
    ground_truth: GroundTruth


class RawReply(Record):
    """Where the model's own words are kept."""

    path: str
    """`raw_llm/<run>.jsonl.gz`, relative to the folder of the samples."""
    request_id: str
    """The line of that file from which the plan was taken."""


class StepRun(Record):
    """One step of a plan as it went in the environment's world."""

    step: Count
    tool_fqn: str
    """`server.tool`."""
    args: dict[str, Json]
    """The step's params with every reference filled in."""
    status: int
    keys: list[str]
    """Top-level fields of the reply."""


class ReferenceRun(Record):
    """A plan's execution before its sample was released."""

    env_id: str
    env_sha256: str
    """Of the environment spec's canonical JSON."""
    steps: list[StepRun]
    certificate: Certificate | None = None
    """As for tasks (`world/certificate.py`)."""


class SampleOrigin(Record):
    """Which run of which model wrote something. Keys from elsewhere are kept as they are."""

    model_config = ConfigDict(extra="allow")

    model: str = ""
    backend: str = ""
    """`responses`, `chat` or `procedural`."""
    seed: int | None = None
    generated_at: str | None = None
    """Begin of the run, UTC, ISO 8601."""
    reasoning_tokens: int | None = None
    """Of the reply that was used; None where the server does not say."""
    raw_reply: RawReply | None = None
    provenance: dict[str, Json] = {}
    """Model, seed, prompt names with versions and hashes, licence."""


class TaskMetadata(SampleOrigin):
    """Where a sample comes from."""

    domain: str = ""
    assumptions: list[Text] = []
    tools_available: list[Text] = []
    """`server.tool` of every tool that the system text offers, in its order."""
    reference_run: ReferenceRun | None = None
    """Only where an environment spec was the inventory."""
    plan_origin: SampleOrigin | None = None
    """Who wrote the plan, where that was another run than the prompt's (`skyrl_samples enrich`)."""


class ExtraInfo(Record):
    """What travels with a sample and is no part of the reward. Keys from elsewhere are kept as they are."""

    model_config = ConfigDict(extra="allow")

    id: str = ""
    """The task's id once more: SkyRL's own `uid` is the row's index."""
    task_metadata: TaskMetadata = TaskMetadata()


class SkyRLSample(Record):
    """One line of a samples file. Columns from elsewhere are kept as they are."""

    model_config = ConfigDict(extra="allow")

    data_source: Text = "synthetic/llm"
    prompt: tuple[SystemMessage, UserMessage]
    env_class: Text = "MCPToolEnv"
    reward_spec: RewardSpec
    extra_info: ExtraInfo = ExtraInfo()
