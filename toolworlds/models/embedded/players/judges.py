"""Plays the judges: the reference is what code thinks, and they agree with it."""

import random

from toolworlds.records.base import Json
from toolworlds.records.completions import Request
from toolworlds.records.trajectories import Score

PRAISE = (
    "I compared what was asked with what happened, and everything agrees.",
    "Each value can be found in what was given, and the rules are kept.",
    "The call, its result and the world fit together.",
)
BLAME = (
    "What happened is not what was asked for.",
    "At least one value cannot be explained by what was given.",
    "The result does not fit the rules or the world.",
)


def play_answer_judge(request: Request, rng: random.Random) -> dict[str, Json]:
    """judge_simulator: `correct` unless code says otherwise."""
    return _judge(request.reference is not False, "correct", "incorrect", rng)


def play_task_judge(request: Request, rng: random.Random) -> dict[str, Json]:
    """task_judge: `accept` unless code says otherwise."""
    return _judge(request.reference is not False, "accept", "reject", rng)


def play_trajectory_judge(request: Request, rng: random.Random) -> dict[str, Json]:
    """trajectory_judge: the verifier's verdict, with its reasons."""
    score = request.reference
    solved = isinstance(score, Score) and score.solved
    reasons = score.reasons if isinstance(score, Score) else []
    return _judge(solved, "solved", "unsolved", rng, "; ".join(reasons[:3]))


def _judge(good: bool, praise: str, blame: str, rng: random.Random, why: str = "") -> dict[str, Json]:
    reasoning = rng.choice(PRAISE if good else BLAME)
    return {
        "reasoning": reasoning,
        "problem": "" if good else why or reasoning,
        "verdict": praise if good else blame,
    }
