"""What answers an agent's calls: a certified row's world, or a model that imagines a plain row's."""

from typing import Protocol

from roles.tool_simulator import ToolSimulator
from toolworlds.records.base import Json
from toolworlds.records.completions import ReplyError
from toolworlds.records.tasks import PlainRow
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.simulation.simulator import Simulator, SimulatorFault


class Backend(Protocol):
    """The tools of one episode, in the state that its calls have left."""

    async def call(self, call: ToolCall, item: str) -> ToolReply:
        """What the call returns. Raises SimulatorFault, and ProviderError when nobody answers."""
        ...


class WorldBackend:
    """Tools on a certified row's world; `state` is the world after the calls so far."""

    def __init__(self, simulator: Simulator, state: WorldState) -> None:
        self.state = state
        self._simulator = simulator

    async def call(self, call: ToolCall, item: str) -> ToolReply:
        """The simulator's answer; its new state is kept."""
        self.state, reply = await self._simulator.call(self.state, call, item)
        return reply


class ImaginedBackend:
    """Tools of a plain row: nothing but the initial state and the calls so far bind the model's answers."""

    def __init__(self, simulator: ToolSimulator, row: PlainRow) -> None:
        self._simulator = simulator
        self._row = row
        self._tools = {tool["tool_name"]: tool for tool in row.tools}
        self._transcript: list[dict[str, Json]] = []

    async def call(self, call: ToolCall, item: str) -> ToolReply:
        """An imagined answer; a tool that the row does not have is refused."""
        tool = self._tools.get(call.name)
        if tool is None:
            return ToolReply(status=404, reply={"error": f"no tool {call.name!r}"}, source="gate")
        try:
            imagined = await self._simulator.imagine(
                item, tool, call.arguments, self._row.initial_state, self._transcript
            )
        except ReplyError as error:
            raise SimulatorFault(f"{call.name} could not be imagined: {error}") from error
        self._transcript.append({"name": call.name, "arguments": call.arguments, "reply": imagined.reply})
        return ToolReply(status=imagined.status, reply=imagined.reply, source="model")
