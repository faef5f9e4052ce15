"""Truths handed to stand-in models in `Request.reference`: never rendered, sent or recorded.

The other references are records already: an EnvSpec, a Twin, a ToolCall, a Task, a Row, a Score, or a bool.
"""

from dataclasses import dataclass

from toolworlds.records.tasks import Sequence, Turn
from toolworlds.records.tools import EnvSpec
from toolworlds.records.worlds import WorldState


@dataclass(frozen=True, slots=True)
class EvolverTruth:
    """What a stand-in needs to write the next turn of a task."""

    spec: EnvSpec
    sequence: Sequence
    """The whole chain; the tool of the next turn is `sequence.tools[len(turns)]`."""
    state: WorldState
    """The world after the turns so far."""
    turns: tuple[Turn, ...] = ()
    attempt: int = 0
    """0 for the first draft of this turn; drafts after a refusal count up."""

    @property
    def tool_name(self) -> str:
        """The tool that the next turn must call."""
        return self.sequence.tools[len(self.turns)]
