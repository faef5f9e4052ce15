"""vLLM in this process."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from llm import open_model
from tests.spoken import SpokenModel
from tests.vllm.engine_process import ENGINE_ARGS, TOOL_PARSER
from tests.vllm.scenes import SCHEMA, TOO_LONG, TOOL, Scripted, make_call, make_request
from toolworlds.models.clients.vllm_engine import EngineModel, open_engine
from toolworlds.models.options import ModelOptions
from toolworlds.records.completions import Completion, RefusalError, Request
from utils import UserError

pytestmark = pytest.mark.vllm


@pytest.fixture(scope="module")
def model(tiny_model: Path, runner: asyncio.Runner) -> Iterator[EngineModel]:
    """The engine, loaded once for all tests here."""
    arguments = ENGINE_ARGS | {"tool_call_parser": TOOL_PARSER}
    opened = open_engine(str(tiny_model), arguments)
    yield opened
    runner.run(opened.aclose())


def complete(runner: asyncio.Runner, model: EngineModel, *requests: Request) -> list[Completion]:
    """The completions of these requests, asked all at once."""

    async def ask() -> list[Completion]:
        return list(await asyncio.gather(*map(model.complete, requests)))

    return runner.run(ask())


def test_structured_replies_join_one_running_batch(runner: asyncio.Runner, model: EngineModel) -> None:
    """Sixteen at once, all schema-valid, with usage and exact token ids."""
    requests = [make_request(f"item{index}", reply_schema=SCHEMA, token_ids=True) for index in range(16)]
    for completion in complete(runner, model, *requests):
        assert jsonschema_rs.is_valid(SCHEMA, json.loads(completion.text))
        assert completion.token_ids is not None and completion.logprobs is not None
        assert len(completion.token_ids) == len(completion.logprobs) == completion.usage.completion_tokens
        assert completion.prompt_token_ids is not None


def test_truncation_is_reported(runner: asyncio.Runner, model: EngineModel) -> None:
    """As by a server."""
    (completion,) = complete(runner, model, make_request(reply_schema=SCHEMA, max_tokens=5))
    assert completion.finish_reason == "length"


def test_tool_calls_are_parsed(runner: asyncio.Runner, model: EngineModel) -> None:
    """By the parser that the engine arguments name."""
    call = make_call(slot_id="slt_1", seats=2)
    thinker = Scripted(Completion("I book it.", "tool_calls", "scripted", (call,)))
    completion = runner.run(SpokenModel(thinker, model).complete(make_request(tools=(TOOL,))))
    assert (completion.text, completion.finish_reason) == ("I book it.", "tool_calls")
    assert completion.tool_calls[0]["function"]["name"] == "book_slot"
    assert json.loads(completion.tool_calls[0]["function"]["arguments"]) == {"slot_id": "slt_1", "seats": 2}


@pytest.mark.parametrize(
    "request_", [make_request(content=TOO_LONG), make_request(reply_schema={"type": "nope"})]
)
def test_a_request_that_cannot_be_served_is_the_items_error(
    runner: asyncio.Runner, model: EngineModel, request_: Request
) -> None:
    """The engine lives on."""
    with pytest.raises(RefusalError):
        complete(runner, model, request_)
    complete(runner, model, make_request(max_tokens=3))


def test_the_engine_says_what_it_is(model: EngineModel) -> None:
    """With a hash of the chat template."""
    description = model.describe()
    assert (description["engine"], description["version"]) == ("vllm", "0.32.0")
    assert len(description["chat_template_sha256"]) == 64


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("/nonexistent/model", {}, "cannot start '/nonexistent/model'"),
        ("tiny", {"no_such_argument": 1}, "no_such_argument"),
    ],
)
def test_what_cannot_be_started_is_told_in_one_line(name: str, arguments: dict[str, int], words: str) -> None:
    """Wrong paths and wrong arguments."""
    with pytest.raises(UserError, match=words) as caught:
        open_model(ModelOptions(name, engine_args=arguments))
    assert "\n" not in str(caught.value)
