"""Carries plans out in an environment's world, and certifies what comes of it as stage 4 certifies tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skyrl_samples.plan_references import PlanReference, ReferenceFault, resolve
from skyrl_samples.tasks import InvalidTask
from toolworlds.language.values import type_of
from toolworlds.records.base import Json
from toolworlds.records.samples import PlanStep, ReferenceRun, StepRun
from toolworlds.records.tasks import Certificate, Fact, RowDraft
from toolworlds.records.tools import EnvSpec, RecordedCall, ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.canonical import digest
from toolworlds.world.certificate import certify
from toolworlds.world.environment import Environment
from toolworlds.world.replay import TwinExecutor, finish_at_once
from toolworlds.world.starlark import StarlarkWorker
from utils import ItemError

OK = 200


@dataclass(frozen=True, slots=True)
class PlanRun:
    """A plan as it went."""

    calls: list[ToolCall]
    """Every reference filled in."""
    replies: list[ToolReply]
    states: list[WorldState]
    """Before each call, and after the last."""

    @property
    def outputs(self) -> dict[int, Json]:
        """Step -> what it returned."""
        return {place: reply.reply for place, reply in enumerate(self.replies, start=1)}


class PlanRunner:
    """One environment, ready to carry plans out by its twins."""

    def __init__(self, spec: EnvSpec, worker: StarlarkWorker) -> None:
        self.spec = spec
        self.sha256 = digest(spec.to_json())
        tools = [tool for tool in spec.tools if tool.tool_name in spec.twins]
        self._env = Environment(spec.world_schema, tools, spec.twins, worker)
        self._execute = TwinExecutor(self._env)

    def run(self, steps: Sequence[PlanStep]) -> PlanRun:
        """Carries the steps out from the initial state. Raises InvalidTask at the first that fails."""
        ran = PlanRun([], [], [self.spec.initial_state])
        for step in steps:
            place = f"step {step.step} ({step.tool})"
            try:
                call = ToolCall(name=step.tool, arguments=resolve(step.params, ran.outputs))
                state, reply = finish_at_once(self._execute(ran.states[-1], call))
            except (ReferenceFault, ItemError) as fault:
                raise InvalidTask([f"{place}: {fault}"]) from fault
            if reply.status != OK:
                said = reply.reply.get("error", reply.reply) if isinstance(reply.reply, dict) else reply.reply
                raise InvalidTask([f"{place} does not succeed: {reply.status}, {said}"])
            ran.calls.append(call)
            ran.replies.append(reply)
            ran.states.append(state)
        return ran

    def read_facts(self, ran: PlanRun, facts: Mapping[str, PlanReference]) -> list[Fact]:
        """The facts with their values. Raises InvalidTask for places that hold no single value."""
        found, reasons = [], []
        for name, place in facts.items():
            try:
                value = place.read(ran.outputs)
            except ReferenceFault as fault:
                reasons.append(f"fact {name!r}: {fault}")
                continue
            if value is None or isinstance(value, dict | list):
                reasons.append(f"fact {name!r}: {place} is {value!r:.60}; name the place of one single value")
            else:
                kind = type_of(value)
                path = list(place.path)
                found.append(Fact(name=name, type=kind, value=value, call=place.step - 1, path=path))
        if reasons:
            raise InvalidTask(reasons)
        return found

    def draft_row(
        self,
        task_id: str,
        request: str,
        ran: PlanRun,
        facts: list[Fact],
        offered: Sequence[str],
        origin: dict[str, Json],
    ) -> RowDraft:
        """The plan as the draft of a row, with the offered tools; `origin` says who wrote it."""
        tools = [self._env.tools[name] for name in offered]
        state = self.spec.initial_state
        return RowDraft(
            id=task_id,
            field=self.spec.field,
            summary=request,
            tools=tools,
            gt_tool_calls=[_format_call(call) for call in ran.calls],
            initial_state=state,
            final_state=ran.states[-1],
            env_id=self.spec.spec_id,
            now=state.now,
            policy=self.spec.policy,
            turns=[{"request": request, "calls": list(range(len(ran.calls)))}],
            gt_calls=ran.calls,
            recorded_calls=[
                RecordedCall(**dict(call), **dict(reply))
                for call, reply in zip(ran.calls, ran.replies, strict=True)
            ],
            expected_answer=facts,
            world_schema=self.spec.world_schema,
            twins={tool.tool_name: self._env.twins[tool.tool_name] for tool in tools},
            difficulty={
                "calls": len(ran.calls),
                "writes": sum(bool(reply.delta) for reply in ran.replies),
                "facts": len(facts),
                "tools": len(tools),
                "entities": sum(len(entities) for entities in state.collections.values()),
            },
            provenance={**self.spec.provenance, "release": origin},
        )

    def certify(self, draft: RowDraft, seed: int) -> Certificate:
        """What code establishes about the row; its `reasons` say what is wrong."""
        return finish_at_once(certify(draft, self._execute, seed))

    def report(
        self, steps: Sequence[PlanStep], ran: PlanRun, certificate: Certificate | None
    ) -> ReferenceRun:
        """The run as a sample tells of it."""
        return ReferenceRun(
            env_id=self.spec.spec_id,
            env_sha256=self.sha256,
            steps=[
                StepRun(
                    step=step.step,
                    tool_fqn=f"{step.server}.{step.tool}",
                    args=call.arguments,
                    status=reply.status,
                    keys=list(reply.reply) if isinstance(reply.reply, dict) else [],
                )
                for step, call, reply in zip(steps, ran.calls, ran.replies, strict=True)
            ],
            certificate=certificate,
        )


def _format_call(call: ToolCall) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
    return f"{call.name}({arguments})"
