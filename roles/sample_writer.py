"""Writes SkyRL tasks: a request with the plan of tool calls that fulfils it, or only the plan."""

from collections.abc import Sequence as Many
from dataclasses import asdict, dataclass, field
from typing import Annotated, ClassVar

from pydantic import Field

from roles.base import Check, Role
from toolworlds.records.base import Entity, Json, Record
from toolworlds.records.completions import Sampling
from toolworlds.records.samples import PlanStep, Text
from toolworlds.records.tools import EnvSpec
from toolworlds.records.worlds import Name


class PlannedFact(Record):
    """One thing that the final answer must state."""

    name: Name
    place: Text
    """The reference to where it stands, e.g. `${2.orders[0].total}`."""


class PlanDraft(Record):
    """A plan as proposed: nothing of it holds until `skyrl` has checked it."""

    assumptions: list[Text]
    """What the plan takes for granted and the request does not say."""
    tool_sequence: Annotated[list[PlanStep], Field(min_length=1)]
    must_call_tool: Text
    """`server.tool` of the step without which the request cannot be fulfilled."""
    facts: list[PlannedFact]
    quality_criteria: list[Text]
    """What tells a good final answer from a poor one, beside its facts."""


class TaskDraft(PlanDraft):
    """A request with its plan, as proposed."""

    user_prompt: Text


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a plan can work with: tools, and the records they act on where code holds them."""

    tools: Many[dict[str, Json]]
    """Cards of the offered tools: server, tool, and what is known of them."""
    policy: str = ""
    now: str = ""
    world_schema: dict[str, Json] = field(default_factory=dict)
    collections: dict[str, list[Entity]] = field(default_factory=dict)
    """Empty where there is no world to carry plans out in."""
    spec: EnvSpec | None = None
    """For the embedded model only."""

    def as_inputs(self) -> dict[str, Json]:
        """As the prompts take it."""
        return {
            "tools": list(self.tools),
            "policy": self.policy,
            "now": self.now,
            "world_schema": self.world_schema,
            "collections": self.collections,
        }


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """What kind of task is to be written."""

    domain: str
    complexity: str
    minimum: int
    """Steps of the plan, at least."""
    maximum: int
    most_tools: int
    """Different tools in the plan, at most."""
    anchor: str
    """A tool around which the task should be built, so that tasks differ."""


class SampleWriter(Role):
    """Writes tasks and plans."""

    name: ClassVar[str] = "sample_writer"
    parts: ClassVar[tuple[str, ...]] = ("task", "plan")
    sampling: ClassVar[Sampling] = Sampling(temperature=0.8, top_p=0.95, max_tokens=8192)
    plan_sampling: ClassVar[Sampling] = Sampling(temperature=0.2, top_p=0.95, max_tokens=8192)

    async def task(
        self,
        item: str,
        workplace: Workplace,
        order: TaskOrder,
        *,
        check: Check[TaskDraft] | None = None,
    ) -> TaskDraft:
        """A task as ordered."""
        inputs = workplace.as_inputs() | asdict(order)
        return await self.ask("task", item, inputs, TaskDraft, check, workplace.spec)

    async def plan(
        self,
        item: str,
        workplace: Workplace,
        request: str,
        most_steps: int,
        *,
        check: Check[PlanDraft] | None = None,
    ) -> PlanDraft:
        """The plan for a request that exists already."""
        inputs = workplace.as_inputs() | {"request": request, "maximum": most_steps}
        return await self.ask("plan", item, inputs, PlanDraft, check, sampling=self.plan_sampling)
