"""JSON actions: another tongue for the same rollout."""

import json

import pytest

from roles.json_actions import Message, hear, speak
from toolworlds.records.completions import Completion
from toolworlds.world.answers import parse_final


def complete(text: str, reasoning: str | None = None) -> Completion:
    return Completion(text=text, finish_reason="stop", model="m", reasoning=reasoning)


CALL = '{"reasoning": "Look.", "call": {"name": "get_job", "arguments": {"job_id": "jb_1"}}, "finish": null}'
FINISH = (
    '{"reasoning": "", "call": null, "finish": {"message": "It costs 50.", "outcome": "done", '
    '"reason": null, "answer": {"price": 50}}}'
)


def test_a_call_becomes_a_native_tool_call() -> None:
    """The message is what an agent with tool calling would have sent, its id made of the position."""
    assert hear(complete(CALL), 2) == {
        "role": "assistant",
        "content": "",
        "reasoning": "Look.",
        "tool_calls": [
            {
                "id": "call_2",
                "type": "function",
                "function": {"name": "get_job", "arguments": '{"job_id":"jb_1"}'},
            }
        ],
    }


def test_an_end_becomes_the_final_message() -> None:
    """Words and the object of facts, which the verifier reads back."""
    final = parse_final(hear(complete(FINISH), 4)["content"])
    assert (final.outcome, final.reason, final.answer, final.text) == (
        "done",
        None,
        {"price": 50},
        "It costs 50.",
    )


@pytest.mark.parametrize(
    "text", ["I am done.", "", '{"call": null, "finish": null}', '{"call": {"name": 1}}']
)
def test_what_is_no_action_is_the_last_word(text: str) -> None:
    """An agent is not asked twice: its text stands as it is."""
    assert hear(complete(text), 2) == {"role": "assistant", "content": text}


def test_thoughts_from_the_channel_are_kept() -> None:
    """A reasoning model's own channel stands beside the action."""
    assert hear(complete(CALL.replace("Look.", ""), reasoning="Deep."), 2)["reasoning"] == "Deep."


@pytest.mark.parametrize("reasoning", [True, False])
def test_a_call_is_spoken_as_it_was_heard(reasoning: bool) -> None:
    """Handed back to the model, its call reads as the action it wrote, thoughts where they came from."""
    spoken = speak(hear(complete(CALL), 2), reasoning=reasoning)
    action = json.loads(spoken["content"])
    assert action["call"] == {"name": "get_job", "arguments": {"job_id": "jb_1"}}
    assert (action if reasoning else spoken)["reasoning"] == "Look."
    assert ("reasoning" in action) is reasoning


def test_results_are_told_by_the_user() -> None:
    """Models without tool calling know no tool messages."""
    result: Message = {"role": "tool", "tool_call_id": "call_2", "content": '{"price":50}'}
    assert speak(result, reasoning=True) == {"role": "user", "content": 'Result of call_2: {"price":50}'}


def test_other_messages_pass() -> None:
    """System, user and final messages are spoken as they are."""
    for role in ("system", "user", "assistant"):
        assert speak({"role": role, "content": "x"}, reasoning=True) == {"role": role, "content": "x"}
