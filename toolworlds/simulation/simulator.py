"""A tool call as a transaction: gate, then a twin or (through the memo) a model, then commit."""

from collections.abc import Callable, Mapping
from typing import Protocol

from toolworlds.records.base import Json
from toolworlds.records.completions import ReplyError
from toolworlds.records.tools import (
    CallInWorld,
    Proposal,
    RecordedCall,
    ReplySource,
    ToolCall,
    ToolReply,
    ToolSpec,
    Twin,
)
from toolworlds.records.worlds import WorldState
from toolworlds.simulation.memo import Memo
from toolworlds.simulation.recorded import RecordedAnswers
from toolworlds.world.canonical import digest
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit
from toolworlds.world.replay import Execute, UnansweredCall
from toolworlds.world.starlark import TwinFault
from toolworlds.world.transaction import Refused, commit


class Proposer(Protocol):
    """Who is asked what a call does where no twin can be run: a role, or anything that answers like one."""

    async def simulate(
        self,
        item: str,
        call: CallInWorld,
        *,
        check: Callable[[Proposal], list[str]] | None = None,
        reference: Twin | None = None,
    ) -> Proposal:
        """A proposal for which `check` gives no reason against; raises ReplyError when there is none."""
        ...


class SimulatorFault(UnansweredCall):
    """The world could not answer a call: its twin failed, or no proposal of a model could be committed."""


class Simulator:
    """Carries out calls on one environment.

    The twins that the environment holds are run; any other call is asked of a model, once for the same tool,
    arguments and footprint as long as the memo keeps it. Without a memo each call is asked afresh.
    `references` are twins for the embedded model to answer from; they are never run here. `recorded` is what
    a released row already says of its own calls; it comes before any model.
    """

    def __init__(
        self,
        env: Environment,
        env_simulator: Proposer,
        tool_simulator: Proposer,
        memo: Memo | None,
        references: Mapping[str, Twin] | None = None,
        recorded: RecordedAnswers | None = None,
    ) -> None:
        self.env = env
        self._recorded = recorded
        self._env_simulator = env_simulator
        self._tool_simulator = tool_simulator
        self._memo = memo
        self._references = references or {}
        self._schema = digest(env.schema.to_json())

    async def call(self, state: WorldState, call: ToolCall, item: str) -> tuple[WorldState, ToolReply]:
        """The state after the call and what it returned; a refused call leaves the state as it was.

        `item` names the step in the model's request ids. Raises SimulatorFault, and ProviderError when
        nobody answers.
        """
        try:
            arguments = admit(self.env, call)
            if isinstance(arguments, ToolReply):
                return state, arguments
            if self._recorded and (known := self._recorded.recall(state, call.name, arguments)):
                return known
            tool = self.env.tools[call.name]
            proposal, source = await self._propose(state, tool, arguments, item)
            return commit(self.env, state, tool, arguments, proposal, source)
        except (TwinFault, Refused, ReplyError) as error:
            raise SimulatorFault(f"{call.name} could not be simulated: {error}") from error

    def executor(self, item: str) -> Execute:
        """`call` with the item fixed, as replays and certificates take it."""

        async def execute(state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
            return await self.call(state, call, item)

        return execute

    async def _propose(
        self, state: WorldState, tool: ToolSpec, arguments: dict[str, Json], item: str
    ) -> tuple[Proposal, ReplySource]:
        if tool.tool_name in self.env.twins:
            return self.env.run_twin(state, tool.tool_name, arguments), "twin"
        key = self._memo_key(state, tool, arguments)
        memo = self._memo
        if memo is None:
            return await self._ask_model(state, tool, arguments, f"{item}/{key}"), "model"
        # Named by its key and not by `item`: an answer must not depend on who asked for it first.
        proposal, known = await memo.recall(
            key, lambda: self._ask_model(state, tool, arguments, f"{memo.name}/{key}")
        )
        return proposal, "memo" if known else "model"

    async def _ask_model(
        self, state: WorldState, tool: ToolSpec, arguments: dict[str, Json], item: str
    ) -> Proposal:
        """A proposal that commits; the role asks again with the reasons when one does not."""

        def check(proposal: Proposal) -> list[str]:
            try:
                commit(self.env, state, tool, arguments, proposal, "model")
            except Refused as refused:
                return refused.reasons
            return []

        simulator = self._env_simulator if tool.effect == "write" else self._tool_simulator
        view = self.env.view(state, tool.tool_name)
        asked = CallInWorld(tool, arguments, self.env.schema, view, state.now)
        return await simulator.simulate(
            item, asked, check=check, reference=self._references.get(tool.tool_name)
        )

    def _memo_key(self, state: WorldState, tool: ToolSpec, arguments: dict[str, Json]) -> str:
        """A hash of all that an answer may depend on."""
        writes = self.env.footprint(tool.tool_name).writes
        return digest(
            {
                "tool": tool.to_json(),
                "schema": self._schema,
                "arguments": arguments,
                "now": state.now,
                "view": self.env.view(state, tool.tool_name),
                "minted": {collection: state.minted.get(collection, 0) for collection in writes},
            }
        )


def record_call(call: ToolCall, reply: ToolReply) -> RecordedCall:
    """The call as kept on disk. A memo's answer is recorded as the model's that it was: what lies on disk
    must not depend on what else ran in this process."""
    source: ReplySource = "model" if reply.source == "memo" else reply.source
    return RecordedCall(
        name=call.name,
        arguments=call.arguments,
        status=reply.status,
        reply=reply.reply,
        delta=reply.delta,
        source=source,
    )
