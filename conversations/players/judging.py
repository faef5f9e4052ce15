"""Plays conversation_judge: reads the conversation by rules, and scores what it finds."""

import random
from collections import Counter
from collections.abc import Sequence

from conversations.grounding.cards import read_messages
from conversations.players.flaws import Flaw, find_flaws
from toolworlds.records.base import Json
from toolworlds.records.completions import Request

SERIOUS = 2.0
"""The score that one flaw leaves."""
EACH_FURTHER = 0.5
DIMENSIONS = ("tool_correctness", "task_completion", "naturalness")


def play_judge(request: Request, rng: random.Random) -> dict[str, Json]:
    """Scores with the flaws that lower them."""
    flaws = find_flaws(read_messages(request.inputs["messages"]), request.inputs["tools"])
    problems = [{"message": flaw.message, "lowers": flaw.lowers, "problem": flaw.what} for flaw in flaws]
    reasoning = (
        f"I checked calls, results and wording; {len(flaws)} problems." if flaws else "Everything fits."
    )
    return {"reasoning": reasoning, "problems": problems, **score_flaws(flaws)}


def score_flaws(flaws: Sequence[Flaw]) -> dict[str, float]:
    """5 without a flaw, 2 with one, half a point less for each further one, 1 at least."""
    counts = Counter(flaw.lowers for flaw in flaws)
    return {
        dimension: max(1.0, SERIOUS - EACH_FURTHER * (counts[dimension] - 1)) if counts[dimension] else 5.0
        for dimension in DIMENSIONS
    }
