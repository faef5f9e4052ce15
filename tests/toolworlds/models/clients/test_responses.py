import orjson
import pytest

from toolworlds.models.clients.responses import read_response, responses_body
from toolworlds.models.clients.wire import UnreadableReplyError
from toolworlds.records.completions import Request, Usage

TOOL = {"type": "function", "function": {"name": "book", "parameters": {"type": "object"}}}
MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "hello"}]}


def make_request(*messages: dict[str, object], **changes: object) -> Request:
    return Request("item/step/0", "sample_writer.task", messages, **changes)  # type: ignore[arg-type]


def make_response(*output: object, **more: object) -> bytes:
    return orjson.dumps({"status": "completed", "output": output} | more)


def test_a_reply_schema_is_a_strict_text_format() -> None:
    """The schema stands flat in the format, and nothing is stored at the server."""
    body = responses_body(
        make_request({"role": "user", "content": "hi"}, reply_schema={"type": "object"}), "m"
    )
    assert body["text"]["format"] == {
        "type": "json_schema",
        "name": "sample_writer_task",
        "schema": {"type": "object"},
        "strict": True,
    }
    assert body["store"] is False
    assert body["input"] == [{"role": "user", "content": "hi"}]


def test_a_tool_loop_becomes_items() -> None:
    """A call and what it returned are items of their own, tied by the call's id; tools are flat."""
    call = {"id": "call_7", "type": "function", "function": {"name": "book", "arguments": "{}"}}
    body = responses_body(
        make_request(
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_7", "content": "done"},
            tools=(TOOL,),
        ),
        "m",
    )
    assert body["input"] == [
        {"type": "function_call", "call_id": "call_7", "name": "book", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_7", "output": "done"},
    ]
    assert body["tools"] == [{"type": "function", "name": "book", "parameters": {"type": "object"}}]


def test_text_thoughts_calls_and_usage_are_read() -> None:
    """Items of unknown kinds are passed over."""
    thoughts = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
    call = {"type": "function_call", "call_id": "c1", "name": "book", "arguments": '{"seat": 4}'}
    usage = {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 5},
    }
    said = read_response(
        make_response({"type": "web_search_call"}, thoughts, MESSAGE, call, usage=usage), "m"
    )
    assert (said.text, said.reasoning, said.finish_reason) == ("hello", "hm", "tool_calls")
    assert said.tool_calls[0] == {
        "id": "c1",
        "type": "function",
        "function": {"name": "book", "arguments": '{"seat": 4}'},
    }
    assert said.usage == Usage(9, 7, 4, 5)


def test_a_cut_response_says_so() -> None:
    """Cut off by the token limit, or withheld by a filter."""
    cut = make_response(MESSAGE, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    filtered = make_response(MESSAGE, status="incomplete", incomplete_details={"reason": "content_filter"})
    assert read_response(cut, "m").finish_reason == "length"
    assert read_response(filtered, "m").finish_reason == "filtered"


def test_a_refusal_is_read_as_the_models_words() -> None:
    """It then fails as a reply, with its own words on record."""
    refused = {"type": "message", "content": [{"type": "refusal", "refusal": "I will not."}]}
    assert read_response(make_response(refused), "m").text == "I will not."


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", make_response(), make_response(MESSAGE, status="failed")], ids=repr
)
def test_what_is_no_response_is_the_servers_fault(body: bytes) -> None:
    """It is tried again, not held against the model."""
    with pytest.raises(UnreadableReplyError):
        read_response(body, "m")
