"""What a released row recorded of its own calls: the same call on the same data has the same answer.

A row without exact implementations of all its tools was simulated by a model once. Whoever uses the row
answers its ground truth from this record and asks no model again, which might answer otherwise.
"""

from collections.abc import Mapping

from toolworlds.records.base import Json
from toolworlds.records.tasks import Row
from toolworlds.records.tools import RecordedCall, ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.canonical import digest
from toolworlds.world.delta import apply_delta
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit


class RecordedAnswers:
    """Answers of tools without a twin, along the states of the ground truth."""

    def __init__(self, env: Environment, row: Row) -> None:
        self._env = env
        self._known: dict[str, RecordedCall] = {}
        state = row.initial_state
        for call in row.recorded_calls if any(tool not in env.twins for tool in env.tools) else ():
            arguments = admit(env, ToolCall(name=call.name, arguments=call.arguments))
            if call.name not in env.twins and not isinstance(arguments, ToolReply):
                self._known[self._hash_question(state, call.name, arguments)] = call
            state = apply_delta(env.collections, state, call.delta)

    def recall(
        self, state: WorldState, tool_name: str, arguments: Mapping[str, Json]
    ) -> tuple[WorldState, ToolReply] | None:
        """What the row recorded of the same call on the same footprint; None if it did not.

        `arguments` are as the gate admitted them.
        """
        if not self._known:
            return None
        known = self._known.get(self._hash_question(state, tool_name, arguments))
        if known is None:
            return None
        after = apply_delta(self._env.collections, state, known.delta)
        return after, ToolReply(status=known.status, reply=known.reply, source="memo", delta=known.delta)

    def _hash_question(self, state: WorldState, tool_name: str, arguments: Mapping[str, Json]) -> str:
        """A hash of all that an answer may depend on."""
        writes = self._env.footprint(tool_name).writes
        minted = {collection: state.minted.get(collection, 0) for collection in writes}
        return digest([tool_name, arguments, state.now, self._env.view(state, tool_name), minted])
