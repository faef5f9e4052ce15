"""The server client against a real vLLM server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import jsonschema_rs
import pytest

from roles.replies import schema_of
from tests.spoken import SpokenModel
from tests.vllm.engine_process import CONTEXT, MODEL_NAME, QUEUE_LIMIT
from tests.vllm.scenes import (
    HARD_TEXT,
    SCHEMA,
    TOO_LONG,
    TOOL,
    Scripted,
    list_reply_types,
    make_call,
    make_request,
)
from toolworlds.models.clients.server import ServerModel, open_server
from toolworlds.records.base import Record
from toolworlds.records.completions import Completion, RefusalError, Request
from utils import UserError

pytestmark = pytest.mark.vllm


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[ServerModel]:
    """The model behind the server, closed at the end."""
    model = open_server(MODEL_NAME, [url])
    try:
        yield model
    finally:
        await model.aclose()


def complete(url: str, *requests: Request) -> list[Completion]:
    """The completions of these requests, asked all at once."""

    async def ask() -> list[Completion]:
        async with opened(url) as model:
            return list(await asyncio.gather(*map(model.complete, requests)))

    return asyncio.run(ask())


def speak(url: str, thought: Completion, request: Request) -> Completion:
    """What the engine makes of a given answer."""

    async def ask() -> Completion:
        async with opened(url) as model:
            return await SpokenModel(Scripted(thought), model).complete(request)

    return asyncio.run(ask())


def test_the_engine_says_what_it_is(server_url: str) -> None:
    """Name and version, for provenance; a model that it does not serve is told at once."""
    description = open_server(MODEL_NAME, [server_url]).describe()
    assert (description["engine"], description["version"]) == ("vllm", "0.32.0")
    with pytest.raises(UserError, match="serves tiny, not 'huge'"):
        open_server("huge", [server_url])


def test_structured_replies_fit_their_schema(server_url: str) -> None:
    """Sixteen at once, each from another seed."""
    requests = [make_request(f"item{index}", reply_schema=SCHEMA) for index in range(16)]
    for completion in complete(server_url, *requests):
        assert completion.finish_reason == "stop"
        assert jsonschema_rs.is_valid(SCHEMA, json.loads(completion.text))


@pytest.mark.parametrize("reply_type", list_reply_types(), ids=lambda record: str(record.__name__))
@pytest.mark.parametrize("reasoning", [True, False])
def test_every_reply_schema_of_the_roles_is_accepted(
    server_url: str, reply_type: type[Record], reasoning: bool
) -> None:
    """The grammar of each can be built, and what it lets through begins as JSON."""
    schema = schema_of(reply_type, reasoning=reasoning)
    (completion,) = complete(server_url, make_request(reply_schema=schema, max_tokens=8))
    assert completion.text.startswith("{")


def test_truncation_is_reported(server_url: str) -> None:
    """A reply that hits its limit says so and is left as it is."""
    (completion,) = complete(server_url, make_request(reply_schema=SCHEMA, max_tokens=5))
    assert (completion.finish_reason, completion.usage.completion_tokens) == ("length", 5)


def test_usage_counts_cached_prompts(server_url: str) -> None:
    """The second of two equal prompts comes from the prefix cache."""
    request = make_request(content="a word " * 200)
    (first,), (second,) = complete(server_url, request), complete(server_url, request)
    assert first.usage.prompt_tokens == second.usage.prompt_tokens > 200
    assert second.usage.cached_tokens > first.usage.cached_tokens


def test_token_ids_and_logprobs_are_parallel(server_url: str) -> None:
    """One log-probability for each token, the prompt's ids in full."""
    (completion,) = complete(server_url, make_request(reply_schema=SCHEMA, token_ids=True))
    assert completion.prompt_token_ids is not None and completion.token_ids is not None
    assert len(completion.prompt_token_ids) == completion.usage.prompt_tokens
    assert completion.logprobs is not None
    assert len(completion.token_ids) == len(completion.logprobs) == completion.usage.completion_tokens


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (make_request(content=TOO_LONG), f"maximum context length is {CONTEXT}"),
        (make_request(reply_schema={"type": "nope"}), "json schema"),
    ],
)
def test_a_request_that_cannot_be_served_is_the_items_error(
    server_url: str, request_: Request, words: str
) -> None:
    """Also as the very first call of a run."""
    with pytest.raises(RefusalError, match=words):
        complete(server_url, request_)


def test_overload_slows_down_and_loses_nothing(server_url: str) -> None:
    """Beyond its queue vLLM answers 503 without Retry-After."""
    requests = [make_request(f"item{index}", reply_schema=SCHEMA) for index in range(2 * QUEUE_LIMIT)]
    completions = complete(server_url, *requests)
    assert sum(completion.retries for completion in completions) >= QUEUE_LIMIT / 2
    assert all(jsonschema_rs.is_valid(SCHEMA, json.loads(completion.text)) for completion in completions)


def test_spoken_text_arrives_letter_by_letter(server_url: str) -> None:
    """Whatever characters it holds."""
    text = json.dumps({"reasoning": HARD_TEXT}, ensure_ascii=False)
    completion = speak(server_url, Completion(text, "stop", "scripted"), make_request())
    assert (completion.text, completion.finish_reason) == (text, "stop")
    assert completion.usage.completion_tokens > 10


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("text", ["", "I book it."])
def test_spoken_tool_calls_come_through_the_engines_parser(server_url: str, text: str, count: int) -> None:
    """With and without words before them, one or several."""
    calls = tuple(make_call(slot_id=f"slt_{index} “é”", seats=index) for index in range(count))
    thought = Completion(text, "tool_calls", "scripted", calls)
    completion = speak(server_url, thought, make_request(tools=(TOOL,)))
    assert (completion.text, completion.finish_reason) == (text, "tool_calls")
    functions = [call["function"] for call in completion.tool_calls]
    assert [function["name"] for function in functions] == ["book_slot"] * count
    assert [json.loads(function["arguments"]) for function in functions] == [
        json.loads(call["function"]["arguments"]) for call in calls
    ]
    assert len({call["id"] for call in completion.tool_calls}) == count


def test_a_tool_loop_goes_on_from_its_own_messages(server_url: str) -> None:
    """The assistant's calls and the tools' replies are accepted as the next prompt."""
    messages = (
        {"role": "user", "content": "Book it."},
        {"role": "assistant", "content": None, "tool_calls": [make_call(slot_id="a", seats=1)]},
        {"role": "tool", "tool_call_id": "call_0", "content": '{"status": "booked"}'},
    )
    request = make_request(tools=(TOOL,))
    (completion,) = complete(server_url, replace(request, messages=messages))
    assert completion.finish_reason in ("stop", "length")
