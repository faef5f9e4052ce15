import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.models.clients.wire import UnreadableReplyError, chat_body, encode_json, read_reply
from toolworlds.records.completions import Request, Sampling

MESSAGES = ({"role": "user", "content": "hello"},)
TOOL = {"type": "function", "function": {"name": "book", "parameters": {"type": "object"}}}


def make_request(**changes: object) -> Request:
    return Request("item/step/0", "task_evolver.t0", MESSAGES, **changes)  # type: ignore[arg-type]


def make_body(message: dict[str, object], **choice: object) -> bytes:
    return orjson.dumps({"choices": [{"message": message, "finish_reason": "stop"} | choice]})


def test_a_reply_schema_is_asked_for_strictly_and_never_with_tools() -> None:
    """A schema travels as a strict json_schema; without one there is no response format."""
    body = chat_body(make_request(reply_schema={"type": "object"}), "m")
    assert body["response_format"]["json_schema"] == {
        "name": "task_evolver_t0",
        "schema": {"type": "object"},
        "strict": True,
    }
    assert "response_format" not in chat_body(make_request(), "m")
    assert "tools" not in body


def test_tools_are_offered_and_not_forced() -> None:
    """Native tools go with tool_choice auto."""
    body = chat_body(make_request(tools=(TOOL,)), "m")
    assert (body["tools"], body["tool_choice"]) == ((TOOL,), "auto")


def test_reference_and_inputs_stay_at_home() -> None:
    """What stand-ins may read is no part of a body."""
    request = make_request(reference="SECRET-TRUTH", inputs={"x": "SECRET-INPUT"}, sampling=Sampling(seed=1))
    assert b"SECRET" not in encode_json(chat_body(request, "m", token_ids=True))


def test_token_ids_are_asked_for_on_request_only() -> None:
    """Engines other than vLLM may refuse the field, so it is absent by default."""
    assert "return_token_ids" not in chat_body(make_request(), "m")
    assert chat_body(make_request(), "m", token_ids=True)["return_token_ids"] is True


@given(st.recursive(st.integers() | st.text(st.characters()) | st.none(), st.lists, max_leaves=5))
def test_any_value_is_encoded_as_json(value: object) -> None:
    """Big integers stay exact, and halves of surrogate pairs do not stop a request."""
    read = json.loads(encode_json(value))
    clean = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    assert read == json.loads(clean)


def test_tool_calls_are_normalised() -> None:
    """A missing id and arguments sent as an object become OpenAI's form."""
    call = {"function": {"name": "book", "arguments": {"seat": 3}}}
    completion = read_reply(make_body({"content": None, "tool_calls": [call]}), "m")
    assert completion.finish_reason == "tool_calls"
    assert completion.tool_calls == (
        {"id": "call_0", "type": "function", "function": {"name": "book", "arguments": '{"seat":3}'}},
    )


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_reasoning_is_read_under_both_names(key: str) -> None:
    """vLLM says reasoning, older servers reasoning_content."""
    assert read_reply(make_body({"content": "a", key: "because"}), "m").reasoning == "because"


def test_a_reply_cut_off_by_length_is_passed_on_as_it_is() -> None:
    """Nothing is repaired here, also when a tool call was begun."""
    completion = read_reply(make_body({"content": '{"a": [1,'}, finish_reason="length"), "m")
    assert (completion.text, completion.finish_reason) == ('{"a": [1,', "length")


def test_usage_counts_cached_tokens_apart() -> None:
    """Servers may leave the details out or null."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 8},
    }
    body = orjson.loads(make_body({"content": "a"}))
    assert read_reply(orjson.dumps(body | {"usage": usage}), "m").usage.cached_tokens == 8
    usage["prompt_tokens_details"] = None
    assert read_reply(orjson.dumps(body | {"usage": usage}), "m").usage.cached_tokens == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "not JSON"),
        (b"{}", "choices: Field required"),
        (b'{"choices": []}', "choices: List should have at least 1 item"),
        (make_body({"content": ""}, finish_reason="abort"), "finish_reason 'abort'"),
    ],
)
def test_what_is_no_completion_is_unreadable(body: bytes, words: str) -> None:
    """A proxy's page, an empty list and an aborted generation are the server's faults, said in one line."""
    with pytest.raises(UnreadableReplyError, match=r"(?s)^[^\n]*$") as caught:
        read_reply(body, "m")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("message", "words", "thoughts"),
    [
        ({"content": "<think>\nhm\n</think>\n\nyes"}, "yes", "hm"),
        ({"content": "hm\n</think>\n\nyes"}, "yes", "hm"),
        ({"content": "<think>never ends"}, "", "never ends"),
        ({"content": "[THINK]hm[/THINK]yes"}, "yes", "hm"),
        ({"content": [{"type": "text", "text": "yes"}]}, "yes", None),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "yes"},
                ]
            },
            "yes",
            "hm",
        ),
        ({"content": None, "reasoning": "hm"}, "", "hm"),
        ({"content": "yes", "reasoning_content": "hm"}, "yes", "hm"),
        ({"content": "yes", "reasoning": {"odd": 1}}, "yes", None),
    ],
)
def test_words_and_thoughts_are_split_at_the_door(
    message: dict[str, object], words: str, thoughts: str | None
) -> None:
    """Wherever a server puts them, what was thought is not what was said."""
    said = read_reply(make_body(message), "m")
    assert (said.text, said.reasoning) == (words, thoughts)


@pytest.mark.parametrize(
    "more",
    [
        {"usage": None},
        {"usage": {"prompt_tokens": None, "completion_tokens": "7"}},
        {"usage": {"prompt_tokens": 2**70, "prompt_tokens_details": []}},
        {"prompt_token_ids": ["a"]},
        {"id": 7, "created": "yesterday"},
    ],
)
def test_what_is_not_needed_may_be_odd(more: dict[str, object]) -> None:
    """A reply is not lost for its bookkeeping."""
    body = json.dumps(
        {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}], **more}
    ).encode()
    said = read_reply(body, "m")
    assert (said.text, said.usage.prompt_tokens, said.prompt_token_ids) == ("yes", 0, None)


def test_odd_calls_are_read() -> None:
    """Empty arguments, arguments as an object, big numbers in it, ids as numbers or missing."""
    calls = [
        {"id": 5, "function": {"name": "a", "arguments": ""}},
        {"function": {"name": "b", "arguments": {"n": 10**30}}},
        {"id": None, "function": {"name": "c", "arguments": None}},
    ]
    said = read_reply(json.dumps({"choices": [{"message": {"tool_calls": calls}}]}).encode(), "m")
    read = [(call["id"], call["function"]["arguments"]) for call in said.tool_calls]
    assert read == [("5", "{}"), ("call_1", f'{{"n": {10**30}}}'), ("call_2", "{}")]


def test_half_a_character_costs_a_question_mark() -> None:
    """Not the reply."""
    body = b'{"choices": [{"message": {"content": "a\\ud83d"}, "finish_reason": "stop"}]}'
    assert read_reply(body, "m").text == "a?"


def test_missing_log_probabilities_are_none_at_all() -> None:
    """One null among them: training gets none instead of a wrong one."""
    tokens = [{"logprob": -0.5}, {"logprob": None}]
    assert read_reply(make_body({"content": "a"}, logprobs={"content": tokens}), "m").logprobs is None
    assert read_reply(make_body({"content": "a"}, logprobs={"content": tokens[:1]}), "m").logprobs == [-0.5]


@pytest.mark.parametrize(
    ("finish", "message"), [("tool_calls", {"content": ""}), ("error", {"content": "half"})]
)
def test_a_generation_without_what_it_promises_is_unreadable(finish: str, message: dict[str, object]) -> None:
    """Tool calls that did not arrive, or an error: the server is asked again."""
    with pytest.raises(UnreadableReplyError, match=finish):
        read_reply(make_body(message, finish_reason=finish), "m")


def test_a_filtered_reply_says_so() -> None:
    """It is neither an answer nor cut off."""
    body = make_body({"content": None}, finish_reason="content_filter")
    assert read_reply(body, "m").finish_reason == "filtered"
