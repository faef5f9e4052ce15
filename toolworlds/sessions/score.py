"""The reward: a row, the calls an agent made and its last message, judged by code.

from toolworlds.sessions.score import score

score(row, [{"name": "pay_bill", "arguments": {"bill_id": "bl_1"}}], "Paid.")
# {"valid": True, "reward": 1.0, "solved": True, "components": {"state": True, "answer": True,
#  "extra_writes": 0}, "reasons": []}
"""

from collections.abc import Iterable

from toolworlds.records.base import Json
from toolworlds.sessions.answers import CallAnswerer, answer_by_code
from toolworlds.sessions.open_rows import AnyRow, OpenRow, is_rl_ready
from toolworlds.sessions.reward import Reward
from toolworlds.sessions.session import Session
from toolworlds.world.replay import UnansweredCall

__all__ = ["is_rl_ready", "score"]


def score(
    row: AnyRow | OpenRow, calls: Iterable[Json], message: str | None, answer: CallAnswerer = answer_by_code
) -> Reward:
    """Carries out the calls on the row's world from its initial state, and judges the end and the message.

    Row and calls may be records or plain objects, the row also JSON, a call's arguments also JSON in a text;
    `message` is None if the agent was cut short before its last one. Raises UserError for what is no
    certified row.
    """
    session = Session(row, answer)
    for call in calls:
        try:
            session.step(call)
        except UnansweredCall:
            break
    return session.score(message)
