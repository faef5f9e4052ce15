"""What can be wrong with a conversation's record."""

from dataclasses import dataclass
from typing import Literal

ProblemKind = Literal[
    "record", "duplicate_id", "conversation_id", "roles", "ending", "empty_message", "message_keys",
    "no_calls", "output_order", "output_missing", "output_orphaned", "output_json", "tool_calls",
    "tool_outputs", "unknown_tool", "missing_argument", "unknown_argument", "argument_type", "argument_enum",
    "unsourced_id", "unsourced_value", "unheard_code", "internal_name", "output_schema", "entity_name",
    "metadata", "mock_arguments", "scores", "reversed_span",
]  # fmt: skip
"""
record           no record of this kind
duplicate_id     another conversation of the file has this id
conversation_id  not `conv_<seed>_<number>`, or not the metadata's
roles            user, assistant and outputs do not take turns
ending           the assistant has not the last word
empty_message    nothing is said
message_keys     a key that this role's messages do not have, or lack
no_calls         no tool is called
output_order     the outputs of a message come in another order than its calls
output_missing   a call without an output
output_orphaned  an output without a call
output_json      an output that is no JSON
tool_calls       the record's calls are not the messages'
tool_outputs     the record's outputs are not the messages'
unknown_tool …   the call does not fit the catalogue
reversed_span    an end before its start: a check-out before its check-in, a highest price below the lowest
unsourced_id     an id that no output held and nobody said
unsourced_value  another value that no output held and nobody said
unheard_code     the assistant says an id that nobody gave
internal_name    a tool's or field's name, or a placeholder, in the dialogue
output_schema    an output that is not what its endpoint returns
entity_name      one id, two names
metadata         a figure that is not what the messages say
mock_arguments   a mark on an argument that is not there
scores           scores, gates and verdict contradict each other
"""

BESIDE_MESSAGES: frozenset[ProblemKind] = frozenset(
    {"conversation_id", "duplicate_id", "tool_calls", "tool_outputs", "metadata", "mock_arguments", "scores"}
)
"""Problems that no other words or calls would mend."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    kind: ProblemKind
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
