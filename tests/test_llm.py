import asyncio
import importlib.util
from pathlib import Path

import pytest

from llm import open_model
from tests.stub_replies import Answer
from tests.stub_server import Behaviour, StubServer, play_record
from toolworlds.models.options import ModelOptions
from toolworlds.records.completions import Request
from utils import UserError

REQUEST = Request("item/step/0", "task_judge.gen", ({"role": "user", "content": "hello"},))


def ask(options: ModelOptions, request: Request = REQUEST) -> str:
    """The text that the opened model answers."""

    async def run() -> str:
        model = open_model(options)
        try:
            return (await model.complete(request)).text
        finally:
            await model.aclose()

    return asyncio.run(run())


def test_a_served_model_is_asked_recorded_and_replayed(tmp_path: Path) -> None:
    """The replay needs no server."""
    with StubServer(Behaviour(answer=lambda asked: Answer("from the server"))) as stub:
        recorded = ModelOptions("stub", (stub.url,), record_dir=tmp_path)
        assert ask(recorded) == "from the server"
    assert ask(ModelOptions("stub", (stub.url,), replay_dir=tmp_path)) == "from the server"


def test_a_stub_can_play_a_record(tmp_path: Path) -> None:
    """So whole stages run over HTTP with meaningful answers; what is not on record is refused."""
    with StubServer(Behaviour(answer=lambda asked: Answer("as recorded"))) as stub:
        ask(ModelOptions("stub", (stub.url,), record_dir=tmp_path))
    with StubServer(Behaviour(answer=play_record(tmp_path))) as stub:
        assert ask(ModelOptions("stub", (stub.url,))) == "as recorded"
        with pytest.raises(UserError, match="other is not on record"):
            ask(ModelOptions("stub", (stub.url,)), Request("other", "task_judge.gen", REQUEST.messages))


def test_a_role_may_have_a_server_of_its_own() -> None:
    """The others stay with the main model's."""
    with (
        StubServer(Behaviour(answer=lambda asked: Answer("main"))) as main,
        StubServer(Behaviour(answer=lambda asked: Answer("judge"))) as judge,
    ):
        options = ModelOptions("stub", (main.url,), role_models={"task_judge": ("big", judge.url)})
        assert ask(options) == "judge"
        assert judge.asks[0].body["model"] == "big"
        assert ask(options, Request("a", "task_solver.gen", REQUEST.messages)) == "main"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ModelOptions("m", ("http://127.0.0.1:1",)), "cannot reach http://127.0.0.1:1/v1/models"),
        (ModelOptions("m", ("http://127.0.0.1:99999",)), "'http://127.0.0.1:99999' is no http address"),
        (ModelOptions("m", ("http://[::1",)), "'http://[::1' is no http address"),
        (ModelOptions("m", ("http://a",), api_key_env="NO_SUCH_KEY"), "--api-key-env names a variable that"),
        (ModelOptions(server_urls=("http://127.0.0.1:1",)), "name the served model by --model"),
        (
            ModelOptions(server_urls=("http://a",), role_models={"task_judge": ("m", "http://b")}),
            "--server-url http://a has nothing to serve",
        ),
        (
            ModelOptions(role_models={"task_judge": ("procedural", "http://b")}),
            "--role-model task_judge=procedural@http://b: procedural is not served; leave the URL out",
        ),
        (ModelOptions(role_sampling={"task_jugde": {}}), "unknown role 'task_jugde'; the roles are env_gen"),
        (ModelOptions(role_models={"judge": ("m", None)}), "unknown role 'judge'"),
        (ModelOptions(replay_dir=Path("/nonexistent")), "/nonexistent: it does not exist"),
        (ModelOptions(engine_args={"a": 1}), "--engine-args {'a': 1} means nothing to --model 'procedural'"),
        (ModelOptions(api_key_env="KEY"), "--api-key-env KEY means nothing to --model 'procedural'"),
        (ModelOptions("m", procedural_faults={"wrong_delta": 1}), "no model here is procedural"),
    ],
)
def test_what_cannot_be_had_is_told_in_one_line(options: ModelOptions, words: str) -> None:
    """Before any item is begun."""
    with pytest.raises(UserError) as caught:
        open_model(options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed here")
def test_a_model_in_process_needs_vllm() -> None:
    """A misspelt name ends here too, so the embedded model is named."""
    with pytest.raises(UserError, match=r"pip install '.\[vllm\]'; the embedded model is called procedural"):
        open_model(ModelOptions("procedual"))
