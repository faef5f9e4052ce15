"""The judge and the repairer of conversations: gates, contradictions, and what readers answered."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.audit.repair import apply_edits
from roles.conversation_judge import (
    ConversationJudge,
    ConversationVerdict,
    fail_conversation,
    list_failed_gates,
    score_conversation,
)
from roles.conversation_repairer import Edits
from roles.replies import read_reply
from tests.roles.scenes import GOLDEN, ROOM_TOOLS, TALK, TALK_MESSAGES
from tests.roles.scripted import ScriptedModel
from toolworlds.records.completions import Completion, ReplyError
from toolworlds.records.conversations import Gate

REPLIES = GOLDEN / "replies"
RATINGS = st.floats(1, 5)


def read_verdict(name: str) -> ConversationVerdict:
    text = (REPLIES / "conversation_judge.judge" / f"{name}.json").read_text()
    return read_reply(Completion(text=text, finish_reason="stop", model="m"), ConversationVerdict)


def judge(text: str) -> ConversationVerdict:
    model = ScriptedModel([text])
    return asyncio.run(ConversationJudge(model, 7).judge("conv_7_0001", ROOM_TOOLS, TALK_MESSAGES))


@given(RATINGS, RATINGS, RATINGS, RATINGS)
def test_gates_are_t_t_half_a_point_less_and_t(a: float, b: float, c: float, t: float) -> None:
    """Each score against its own threshold, the mean against t; naturalness at least against 1."""
    mean = (a + b + c) / 3
    scores: dict[Gate, float] = {
        "tool_correctness": a,
        "task_completion": b,
        "naturalness": c,
        "mean_score": mean,
    }
    failed = list_failed_gates(scores, t)
    assert ("tool_correctness" in failed) == (a < t)
    assert ("task_completion" in failed) == (b < t)
    assert ("naturalness" in failed) == (c < max(t - 0.5, 1))
    assert ("mean_score" in failed) == (mean < t)


def test_scores_keep_the_reasons() -> None:
    """Mean, verdict and gates follow from the three scores; each problem is named with its message."""
    scores = score_conversation(read_verdict("good"), "reader", 3.5)
    assert scores.mean_score == 3.0 and not scores.passed
    assert scores.failed_gates == ["tool_correctness", "task_completion", "mean_score"]
    assert scores.reasoning.startswith("message 7, tool_correctness: room_id RM-999 is invented")


def test_a_judge_that_failed_gives_no_scores() -> None:
    """Nothing is passed on its word."""
    scores = fail_conversation("no usable reply", "reader")
    assert scores.mean_score is None and not scores.passed and scores.failed_gates == ["judge_error"]


def test_a_good_reader_is_believed() -> None:
    """What a reader of the prompt wrote passes the check of contradictions."""
    text = (REPLIES / "conversation_judge.judge" / "good.json").read_text()
    assert judge(text).lowest == "tool_correctness"


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (
            (REPLIES / "conversation_judge.judge" / "unreasoned_low_score.json").read_text(),
            "no problem says why",
        ),
        (
            '{"problems": [{"message": 9, "lowers": "naturalness", "problem": "curt"}],'
            ' "tool_correctness": 5, "task_completion": 5, "naturalness": 5}',
            "naturalness is 5, and a problem lowers it",
        ),
        (
            '{"problems": [{"message": 40, "lowers": "naturalness", "problem": "curt"}],'
            ' "tool_correctness": 5, "task_completion": 5, "naturalness": 4}',
            "there is no message 40",
        ),
        (
            '{"problems": [], "tool_correctness": true, "task_completion": 5, "naturalness": 5}',
            "valid number",
        ),
        ('{"problems": [], "tool_correctness": "4", "task_completion": 5, "naturalness": 5}', "valid number"),
        ('{"problems": [], "tool_correctness": 0, "task_completion": 5, "naturalness": 5}', "greater than"),
    ],
)
def test_contradictory_verdicts_are_refused(verdict: str, reason: str) -> None:
    """A score without a reason, a reason without effect, a score that is none: in the end a failure."""
    with pytest.raises(ReplyError, match=reason):
        judge(verdict)


def test_a_readers_edits_mend_the_scene() -> None:
    """The id and the confirmation change, nothing else."""
    text = (REPLIES / "conversation_repairer.surgical" / "good.json").read_text()
    edits = read_reply(Completion(text=text, finish_reason="stop", model="m"), Edits)
    messages = TALK.conversation().messages
    turns = apply_edits(messages, edits.edits)
    kept = [message for message in messages if message.role != "tool"]
    changed = [i for i, (a, b) in enumerate(zip(kept, turns, strict=True)) if a.content != b.content]
    assert changed == [len(kept) - 1] and "BK-88120" in turns[-1].content
    assert turns[6].tool_calls[0].parameters["room_id"] == "RM-415"
