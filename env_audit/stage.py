"""How one environment is audited."""

from dataclasses import dataclass

from env_audit.examiner import Examiner
from env_audit.probes import ASKED_MODES, CallWriter
from env_audit.scoring import is_flawless, score_tool
from env_audit.store import AuditStore
from roles.env_simulator import EnvSimulator
from roles.judge_simulator import JudgeSimulator
from roles.tool_simulator import ToolSimulator
from toolworlds.batch.provenance import trace_origin
from toolworlds.records.audits import AuditProbe, SpecAudit, ToolAudit
from toolworlds.records.base import Json
from toolworlds.records.completions import ReplyError
from toolworlds.records.tools import EnvSpec, ToolSpec
from toolworlds.simulation.simulator import Simulator
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker

MIN_TOOLS = 2
"""Kept tools from which a chain can be made."""


@dataclass(frozen=True, slots=True)
class AuditRoles:
    """The roles that take part in an audit."""

    env_simulator: EnvSimulator
    tool_simulator: ToolSimulator
    judge: JudgeSimulator

    def prompts(self) -> dict[str, Json]:
        """The prompts that an audit may use."""
        return {
            **self.env_simulator.prompts(),
            **self.tool_simulator.prompts("simulate", "test_calls"),
            **self.judge.prompts(),
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """Audits environments."""

    roles: AuditRoles
    worker: StarlarkWorker
    store: AuditStore
    calls_per_mode: int

    async def audit_spec(self, spec_id: str) -> str:
        """Probes each tool as later stages will run it: by its twin if that is flawless, else by a model.

        Raises ReplyError when no test call of any tool was answered and judged: that says nothing about them.
        """
        spec = self.store.load_spec(spec_id)
        model, seed = self.roles.judge.model, self.roles.judge.seed
        by_twin, by_model = self._open_examiners(spec)
        writer = CallWriter(spec, by_twin.simulator.env, self.roles.tool_simulator, self.calls_per_mode, seed)
        audits, admitted = [], []
        for tool in spec.tools:
            audit, twin_admitted = await self._audit_tool(tool, writer, by_twin, by_model)
            audits.append(audit)
            admitted += [tool.tool_name] if twin_admitted else []
        if not any(_tells_of_tool(probe) for audit in audits for probe in audit.probes):
            raise ReplyError(f"{spec_id}: no usable test call or verdict for any of its {len(audits)} tools")
        provenance = trace_origin(model, seed, self.roles.prompts())
        self.store.save(
            SpecAudit(spec_id=spec_id, tools=audits, twins_admitted=admitted, provenance=provenance)
        )
        return "usable" if sum(audit.keep for audit in audits) >= MIN_TOOLS else "unusable"

    async def _audit_tool(
        self, tool: ToolSpec, writer: CallWriter, by_twin: Examiner, by_model: Examiner
    ) -> tuple[ToolAudit, bool]:
        """The tool's audit, and whether its twin is admitted."""
        item = f"{writer.spec.spec_id}/{tool.tool_name}"
        planned = await writer.write_calls(tool)
        if tool.tool_name in writer.spec.twins:
            probes = await by_twin.examine(tool, planned, f"{item}/twin")
            if is_flawless(probes):
                return score_tool(tool.tool_name, probes), True
        probes = await by_model.examine(tool, planned, f"{item}/model")
        return score_tool(tool.tool_name, probes), False

    def _open_examiners(self, spec: EnvSpec) -> tuple[Examiner, Examiner]:
        """One that runs twins, one that asks models; nothing is remembered from call to call."""
        simulators = self.roles.env_simulator, self.roles.tool_simulator
        with_twins = Environment(spec.world_schema, spec.tools, spec.twins, self.worker)
        without = Environment(spec.world_schema, spec.tools, {}, self.worker)
        truth = Simulator(with_twins, *simulators, memo=None)
        models = Simulator(without, *simulators, memo=None, references=spec.twins)
        judge = self.roles.judge
        return Examiner(spec, truth, truth, judge), Examiner(spec, models, truth, judge)


def _tells_of_tool(probe: AuditProbe) -> bool:
    """Whether an answer to a written call was labelled; a fault alone may as well be the model's."""
    return probe.mode in ASKED_MODES and probe.label != "fault"
