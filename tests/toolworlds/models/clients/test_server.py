import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import jsonschema_rs
import pytest

from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from toolworlds.errors import UserError
from toolworlds.models.clients.probe import Engine
from toolworlds.models.clients.retry import Patience
from toolworlds.models.clients.server import LARGEST_BODY, Backend, ServerModel, open_server
from toolworlds.records.completions import Completion, ProviderError, RefusalError, Request, Sampling

Result = TypeVar("Result")
QUICK = Patience(backoff_s=0.01, pause_s=0.01, reply_s=5.0)
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "seats": {"type": "array", "items": {"type": "integer"}}},
    "required": ["name", "seats"],
    "additionalProperties": False,
}


def make_request(request_id: str = "item/step/0", **changes: Any) -> Request:
    messages = ({"role": "user", "content": "hello"},)
    return Request(request_id, "task_evolver.t0", messages, sampling=Sampling(seed=1), **changes)


def use(
    urls: list[str], story: Callable[[ServerModel], Coroutine[Any, Any, Result]], **options: Any
) -> Result:
    """Runs the story with a model of these servers."""

    async def run() -> Result:
        model = ServerModel("stub", urls, **({"patience": QUICK} | options))
        try:
            return await story(model)
        finally:
            await model.aclose()

    return asyncio.run(run())


def ask_many(count: int, **changes: Any) -> Callable[[ServerModel], Coroutine[Any, Any, list[Any]]]:
    """A story that sends many requests at once and keeps what came back, errors too."""

    async def story(model: ServerModel) -> list[Any]:
        requests = [make_request(f"item{index}/step/0", **changes) for index in range(count)]
        return await asyncio.gather(*map(model.complete, requests), return_exceptions=True)

    return story


def ask_once(**changes: Any) -> Callable[[ServerModel], Coroutine[Any, Any, Completion]]:
    """A story of one request."""
    return lambda model: model.complete(make_request(**changes))


def test_structured_replies_come_back_whole() -> None:
    """Text, usage and model name; no retries were needed."""
    with StubServer() as stub:
        completion = use([stub.url], ask_once(reply_schema=SCHEMA))
    assert jsonschema_rs.is_valid(SCHEMA, json.loads(completion.text))
    assert (completion.model, completion.finish_reason, completion.retries) == ("stub", "stop", 0)
    assert completion.usage.prompt_tokens > completion.usage.cached_tokens > 0


def test_tool_calls_come_back_as_calls() -> None:
    """Name and arguments fit the offered tool."""
    tool = {"type": "function", "function": {"name": "book", "parameters": SCHEMA}}
    with StubServer() as stub:
        completion = use([stub.url], ask_once(tools=(tool,)))
    assert completion.finish_reason == "tool_calls"
    function = completion.tool_calls[0]["function"]
    assert function["name"] == "book"
    assert jsonschema_rs.is_valid(SCHEMA, json.loads(function["arguments"]))


def test_token_ids_are_asked_of_vllm_alone() -> None:
    """Other engines may refuse the field."""
    with StubServer() as stub:
        plain = use([stub.url], ask_once(token_ids=True))
        exact = use([stub.url], ask_once(token_ids=True), engine=Engine("vllm"))
    assert plain.token_ids is None
    assert (exact.prompt_token_ids, exact.token_ids, exact.logprobs) == ([7, 8, 9], [1, 2], [-0.5, -0.25])


def test_truncation_is_passed_on() -> None:
    """Cut-off text is neither repaired nor asked for again."""
    with StubServer(Behaviour(faults={"length": 1.0})) as stub:
        completion = use([stub.url], ask_once(reply_schema=SCHEMA))
    assert completion.finish_reason == "length"
    assert stub.stats.requests == 1


@pytest.mark.parametrize("fault", ["500", "502", "disconnect", "html"])
def test_transport_faults_are_tried_again(fault: str) -> None:
    """Half of all tries fail, and hardly a call is lost; each says what it cost."""
    with StubServer(Behaviour(faults={fault: 0.5})) as stub:
        results = use([stub.url], ask_many(40), patience=Patience(tries=20, backoff_s=0.001))
    assert all(isinstance(result, Completion) for result in results)
    assert sum(result.retries for result in results) == stub.stats.faults[fault] > 0


def test_a_server_that_hangs_is_given_up_in_time() -> None:
    """Each try is bounded, and so is their number."""
    begun = time.monotonic()
    with StubServer(Behaviour(faults={"timeout": 1.0}, hold_s=30)) as stub:
        patience = Patience(tries=3, backoff_s=0.01, reply_s=0.1)
        with pytest.raises(ProviderError, match=r"item/step/0 not served after 3 tries: .*timeout"):
            use([stub.url], ask_once(), patience=patience)
    assert stub.stats.requests == 3
    assert time.monotonic() - begun < 5


def test_a_full_server_is_asked_more_slowly_and_serves_all() -> None:
    """More than 8 at once get 503; the limit falls until they fit, and nobody is lost."""
    with StubServer(Behaviour(most_waiting=8, decode_s=0.002)) as stub:
        results = use([stub.url], ask_many(120), concurrency=64)
    assert all(isinstance(result, Completion) for result in results)
    assert stub.stats.faults["503"] > 0


def test_the_servers_own_wish_to_wait_is_honoured() -> None:
    """Retry-After: 0 lifts our own pause."""
    with StubServer(Behaviour(faults={"429": 0.5}, retry_after="0")) as stub:
        patience = Patience(pause_s=30.0)
        results = use([stub.url], ask_many(30), patience=patience)
    assert all(isinstance(result, Completion) for result in results)


def test_a_call_refused_as_such_is_an_items_error() -> None:
    """The others go on."""

    def answer(ask: Ask) -> Answer:
        long = ask.request_id == "item3/step/0"
        return Answer("The provided JSON schema is not supported", status=400) if long else Answer("ok")

    with StubServer(Behaviour(answer=answer)) as stub:
        results = use([stub.url], ask_many(8))
    assert [isinstance(result, RefusalError) for result in results] == [index == 3 for index in range(8)]
    assert stub.stats.requests == 8


def test_what_no_retry_can_mend_is_the_users() -> None:
    """A model that the server does not have."""
    behaviour = Behaviour(answer=lambda ask: Answer("no model 'stub'", status=404))
    with StubServer(behaviour) as stub, pytest.raises(UserError, match=r"no model 'stub'.*--model"):
        use([stub.url], ask_once())
    assert stub.stats.requests == 1


def test_several_servers_share_the_work_and_keep_sessions_together() -> None:
    """Each rollout's calls see one server; both servers work."""

    async def story(model: ServerModel) -> None:
        async def roll_out(session: str) -> None:
            for turn in range(5):
                await model.complete(make_request(f"{session}/{turn}", session=session))

        await asyncio.gather(*(roll_out(f"rollout{index}") for index in range(10)))

    behaviour = Behaviour(decode_s=0.002)
    with StubServer(behaviour) as one, StubServer(behaviour) as two:
        use([one.url, two.url], story)
        seen = [{ask.request_id.split("/")[0] for ask in stub.asks} for stub in (one, two)]
    assert seen[0].isdisjoint(seen[1])
    assert [len(part) for part in seen] == [5, 5]


def test_a_dead_server_among_living_ones_costs_no_call() -> None:
    """Its calls go to the other."""
    with StubServer() as stub:
        results = use(["http://127.0.0.1:1/v1", stub.url], ask_many(20))
    assert all(isinstance(result, Completion) for result in results)


def test_the_key_is_sent_and_never_seen_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in a description, and not in an error of a server that repeats it."""
    key = "sk-very-secret"
    monkeypatch.setenv("MY_KEY", key)

    def answer(ask: Ask) -> Answer:
        return Answer(f"you sent {ask.headers['authorization']}", status=404)

    with StubServer(Behaviour(key=key, answer=answer)) as stub:
        model = open_server("stub", [stub.url], key_env="MY_KEY")
        with pytest.raises(UserError, match=r"you sent Bearer \*\*\*"):
            asyncio.run(model.complete(make_request()))
    assert key not in json.dumps(model.describe())
    assert key not in repr(vars(model) | {"_api_key": None})


def test_a_thousand_calls_at_once() -> None:
    """No pool limit of ours stands in the way."""
    with StubServer(Behaviour(prefill_s=0.2)) as stub:
        results = use([stub.url], ask_many(1000), concurrency=1000)
    assert all(isinstance(result, Completion) for result in results)
    assert stub.stats.peak > 500


@pytest.mark.parametrize("backend", ["chat", "responses"])
def test_both_apis_bring_the_same_completion(backend: Backend) -> None:
    """Text that fits the schema, usage, the effort asked for in the API's own field."""
    field = {"chat": "reasoning_effort", "responses": "reasoning"}[backend]
    with StubServer() as stub:
        completion = use([stub.url], ask_once(reply_schema=SCHEMA), backend=backend, reasoning_effort="high")
        assert field in stub.asks[0].body
    assert jsonschema_rs.is_valid(SCHEMA, json.loads(completion.text))
    assert (completion.finish_reason, completion.retries) == ("stop", 0)
    assert completion.usage.prompt_tokens > completion.usage.cached_tokens > 0
    assert (completion.usage.reasoning_tokens is not None) == (backend == "responses")


@pytest.mark.parametrize("backend", ["chat", "responses"])
def test_what_a_server_refuses_is_left_out(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    """Effort, temperature and seed are refused: every call is served all the same, and each is said once."""
    refused = ("reasoning", "reasoning_effort", "temperature", "seed")
    with StubServer(Behaviour(refuses=refused)) as stub:
        completions = use([stub.url], ask_many(20), backend=backend, reasoning_effort="high")
        assert not {name for name in refused if name in stub.asks[-1].body}
    assert all(isinstance(completion, Completion) for completion in completions)
    assert len(caplog.records) == {"chat": 3, "responses": 2}[backend]


def test_a_full_server_is_waited_for_through_the_responses_api() -> None:
    """Retries are the same for both APIs."""
    with StubServer(Behaviour(faults={"429": 0.3, "disconnect": 0.2})) as stub:
        completions = use([stub.url], ask_many(30), backend="responses")
    assert all(isinstance(completion, Completion) for completion in completions)
    assert sum(completion.retries for completion in completions) > 0


def test_an_endless_body_is_the_servers_fault() -> None:
    """It is given up before it fills the memory."""
    endless = Behaviour(answer=lambda ask: Answer("x" * (LARGEST_BODY + 1)))
    with StubServer(endless) as stub, pytest.raises(ProviderError, match="more than 16 MB"):
        use([stub.url], ask_once(), patience=replace(QUICK, tries=1))
