"""Probes: the test calls of a tool in each mode, what they return, and what that is worth.

schema_violation   made by code from the argument schema    right: a 4xx from the gate
rule_violation     written by a model against a stated rule right: a documented refusal
happy_path         written by a model                       right: success, and a judge finds no fault in it
pinned_reply       written by a model with what must return right: success, and code finds just that
"""

import random
from dataclasses import dataclass

from env_audit.broken_calls import break_schema
from roles.tool_simulator import AuditCall, AuditCalls, ToolSimulator
from toolworlds.records.audits import AuditMode
from toolworlds.records.completions import ReplyError
from toolworlds.records.tools import EnvSpec, ToolCall, ToolReply, ToolSpec
from toolworlds.world.canonical import digest
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit

ASKED_MODES: tuple[AuditMode, ...] = ("happy_path", "rule_violation", "pinned_reply")


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    """A call that tests a tool."""

    mode: AuditMode
    call: AuditCall


@dataclass(frozen=True, slots=True)
class CallWriter:
    """Finds the calls that test one tool."""

    spec: EnvSpec
    env: Environment
    tool_simulator: ToolSimulator
    calls_per_mode: int
    seed: int

    async def write_calls(self, tool: ToolSpec) -> list[PlannedProbe]:
        """At most `calls_per_mode` different calls a mode; a mode without usable calls has none."""
        planned = []
        for mode in ASKED_MODES:
            if mode != "rule_violation" or tool.usage or tool.error_messages:
                planned += [PlannedProbe(mode, call) for call in await self._ask(tool, mode)]
        valid = next((p.call.arguments for p in planned if p.mode == "happy_path"), {})
        broken = break_schema(tool.parameters, valid)
        random.Random(f"{self.seed}:{self.spec.spec_id}/{tool.tool_name}").shuffle(broken)
        chosen = [AuditCall(arguments=arguments, why=why) for arguments, why in broken[: self.calls_per_mode]]
        return [*planned, *(PlannedProbe("schema_violation", call) for call in chosen)]

    async def _ask(self, tool: ToolSpec, mode: AuditMode) -> list[AuditCall]:
        item = f"{self.spec.spec_id}/{tool.tool_name}/{mode}"

        def refuse(reply: AuditCalls) -> list[str]:
            return [reason for call in reply.calls for reason in self._refuse(tool, mode, call)]

        try:
            reply = await self.tool_simulator.test_calls(
                item, self.spec, tool, mode, self.calls_per_mode, check=refuse
            )
        except ReplyError:
            return []
        different = {digest(call.arguments): call for call in reply.calls}
        return list(different.values())[: self.calls_per_mode]

    def _refuse(self, tool: ToolSpec, mode: AuditMode, call: AuditCall) -> list[str]:
        """Reasons against a test call: what the gate says of it, or a mode it does not fit."""
        if mode == "pinned_reply" and not call.expected:
            return [f"{call.arguments}: expected is empty"]
        answer = admit(self.env, ToolCall(name=tool.tool_name, arguments=call.arguments))
        if isinstance(answer, ToolReply) and not (mode == "rule_violation" and answer.status == 422):
            return [f"{call.arguments}: {answer.reply['error']}"]
        return []
