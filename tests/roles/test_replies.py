"""Reading what models send: strict first, mended last, never guessed."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roles.json_actions import Action
from roles.replies import REPAIR_LIMIT, UnusableReply, read_reply, schema_of
from roles.templates import dump_json
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Completion, FinishReason
from toolworlds.records.tools import Proposal


class Opinion(Record):
    """A small reply."""

    problem: str
    verdict: Literal["good", "bad"]
    score: float = 0.0


def read(text: str, finish_reason: FinishReason = "stop") -> Opinion:
    return read_reply(Completion(text=text, finish_reason=finish_reason, model="m"), Opinion)


GOOD = '{"problem": "", "verdict": "good"}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Here you are:\n```\n{GOOD}\n```\nI hope it helps.",
        f"Here you are: {GOOD}",
        '{"problem": "", "verdict": "good",}',
        "{'problem': '', 'verdict': 'good'}",
        '{"reasoning": "It holds.", "problem": "", "verdict": "good"}',
    ],
)
def test_usable_replies(text: str) -> None:
    """Plain, fenced, wrapped in words, slightly broken, or with reasoning: the same reply."""
    assert read(text) == Opinion(problem="", verdict="good")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a JSON object"),
        ("I cannot say.", "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ('{"problem": "", "verdict": "so so"}', "verdict: Input should be 'good' or 'bad'"),
        ('{"verdict": "good"}', "problem: Field required"),
        ('{"problem": "", "verdict": "good", "note": 1}', "note: Extra inputs are not permitted"),
        ('{"problem": "", "verdict": "good", "score": NaN}', "NaN is not a JSON number"),
        ('{"problem": "", "verdict": "good", "score": 1e999}', "is not a JSON number"),
        ('{"problem": "\\ud800", "verdict": "good"}', "cannot be stored"),
        (f'{{"problem": "", "verdict": "good", "score": {10**30}}}', "cannot be stored"),
        ("{" * 50_000, "not a JSON object"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "not a JSON object"),
    ],
)
def test_unusable_replies_say_why(text: str, reason: str) -> None:
    """The reason is one the model can act on."""
    with pytest.raises(UnusableReply, match=reason):
        read(text)


def test_a_reply_cut_off_is_not_mended() -> None:
    """Half a reply is refused even when it could be made to parse."""
    with pytest.raises(UnusableReply, match="cut off"):
        read(GOOD, finish_reason="length")


def test_long_broken_replies_are_not_mended() -> None:
    """Mending is for slips, not for megabytes."""
    broken = '{"verdict": "good", "problem": "' + "x" * REPAIR_LIMIT + '",}'
    with pytest.raises(UnusableReply, match="not a JSON object"):
        read(broken)


def test_a_type_with_reasoning_keeps_it() -> None:
    """Where the record has a place for it, the reasoning is read."""
    completion = Completion(text='{"reasoning": "Look first."}', finish_reason="stop", model="m")
    assert read_reply(completion, Action).reasoning == "Look first."


@given(
    st.recursive(st.none() | st.booleans() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v))
)
def test_reading_never_fails_otherwise(value: Json) -> None:
    """Any JSON text is either a reply or an UnusableReply."""
    try:
        read(dump_json(value))
    except UnusableReply as refusal:
        assert refusal.reasons


@pytest.mark.parametrize("reasoning", [True, False])
def test_schemas_are_closed_and_complete(reasoning: bool) -> None:
    """Every key must be given, no other may be, and reasoning comes first or not at all."""
    for reply_type in (Opinion, Proposal, Action):
        schema = schema_of(reply_type, reasoning=reasoning)
        names = list(schema["properties"])
        assert schema["required"] == names
        assert schema["additionalProperties"] is False
        assert (names[0] == "reasoning") is reasoning
        assert ("reasoning" in names) is reasoning
