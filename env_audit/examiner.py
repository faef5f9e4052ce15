"""The examiner: carries out probes on the initial state and has their answers labelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from env_audit.labels import Verdict, decide
from env_audit.probes import PlannedProbe
from roles.judge_simulator import JudgeSimulator
from toolworlds.records.audits import AuditProbe
from toolworlds.records.completions import ReplyError
from toolworlds.records.tools import CallInWorld, EnvSpec, ToolCall, ToolReply, ToolSpec
from toolworlds.records.worlds import WorldState
from toolworlds.simulation.simulator import Simulator, SimulatorFault
from toolworlds.world.canonical import digest, state_hash
from toolworlds.world.json_paths import show_path


@dataclass(frozen=True, slots=True)
class Examiner:
    """Examines tools of one environment as one simulator answers for them."""

    spec: EnvSpec
    simulator: Simulator
    truth: Simulator
    """Runs every twin of the spec; where a tool has one, code has an opinion on a model's answer."""
    judge: JudgeSimulator

    async def examine(self, tool: ToolSpec, planned: Sequence[PlannedProbe], item: str) -> list[AuditProbe]:
        """The labelled probes; one on which the judge gives no usable verdict is left out."""
        probes = [await self._try(tool, probe, f"{item}/{n}") for n, probe in enumerate(planned)]
        return [probe for probe in probes if probe is not None]

    async def _try(self, tool: ToolSpec, planned: PlannedProbe, item: str) -> AuditProbe | None:
        call = ToolCall(name=tool.tool_name, arguments=planned.call.arguments)
        try:
            after, answer = await self.simulator.call(self.spec.initial_state, call, item)
        except SimulatorFault as fault:
            return _record_fault(planned, fault)
        if verdict := decide(planned, tool, answer):
            return _record(planned, answer, verdict, "code")
        try:
            verdict = await self._ask_judge(tool, planned, call, after, answer, item)
        except ReplyError:
            return None
        return _record(planned, answer, verdict, "model")

    async def _ask_judge(
        self,
        tool: ToolSpec,
        planned: PlannedProbe,
        call: ToolCall,
        after: WorldState,
        answer: ToolReply,
        item: str,
    ) -> Verdict:
        expected = answer.status == 200 and planned.mode == "happy_path"
        schema, state = self.spec.world_schema, self.spec.initial_state
        view = self.simulator.env.view(state, tool.tool_name)
        said = await self.judge.judge(
            item,
            CallInWorld(tool, call.arguments, schema, view, state.now),
            answer,
            planned.mode,
            reference=await self._compare(call, after, answer, item) if expected else False,
        )
        return Verdict(said.verdict == "correct", said.problem or "the judge finds nothing wrong")

    async def _compare(self, call: ToolCall, after: WorldState, answer: ToolReply, item: str) -> bool | None:
        """Whether the answer is the twin's; None when the tool has no working twin."""
        if call.name not in self.truth.env.twins:
            return None
        try:
            state, reply = await self.truth.call(self.spec.initial_state, call, item)
        except SimulatorFault:
            return None
        same_reply = digest([reply.status, reply.reply]) == digest([answer.status, answer.reply])
        return same_reply and state_hash(state) == state_hash(after)


def _record(
    planned: PlannedProbe, answer: ToolReply, verdict: Verdict, judged_by: Literal["code", "model"]
) -> AuditProbe:
    pins = planned.call.expected if planned.mode == "pinned_reply" else []
    return AuditProbe(
        mode=planned.mode,
        arguments=planned.call.arguments,
        status=answer.status,
        reply=answer.reply,
        source=answer.source,
        expected={show_path(pin.path): pin.value for pin in pins},
        label="correct" if verdict.right else "incorrect",
        judged_by=judged_by,
        reason=verdict.reason,
    )


def _record_fault(planned: PlannedProbe, fault: SimulatorFault) -> AuditProbe:
    answer = ToolReply(status=500, reply=None, source="gate")
    faulty = _record(planned, answer, Verdict(False, str(fault)), "code")
    return faulty.model_copy(update={"label": "fault", "source": "none"})
