"""What this package keeps of a conversation: the record as judged, and each attempt at mending it."""

from typing import Literal

from roles.conversation_judge import Dimension
from toolworlds.records.base import Record
from toolworlds.records.conversations import Conversation, JudgeScores

Strategy = Literal["surgical", "full_rewrite"]
Outcome = Literal["passed", "still_failing", "repair_call_failed"]
"""
passed              the mended conversation passes all gates
still_failing       it is sound and does not pass them
repair_call_failed  no usable repair came: unreadable, or refused by code; or nobody could judge it
"""


class RepairAttempt(Record):
    """One attempt."""

    attempt: int
    """from 1"""
    strategy: Strategy
    dimension_targeted: Dimension
    outcome: Outcome
    scores: JudgeScores | None = None
    reason: str = ""
    """Of a call that failed."""


class Judgement(Record):
    """A conversation with its scores, as the output file will hold it."""

    conversation: Conversation
    repairs: tuple[RepairAttempt, ...] = ()
