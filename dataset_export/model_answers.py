"""A model that answers the calls that code cannot: the simulator of the pipeline, for trainers."""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from llm import open_model
from roles.env_simulator import EnvSimulator
from roles.tool_simulator import ToolSimulator
from toolworlds.models.options import ModelOptions
from toolworlds.records.completions import Model, ProviderError, RefusalError
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.sessions.answers import CallAnswerer, answer_by_code
from toolworlds.sessions.open_rows import OpenRow
from toolworlds.simulation.memo import Memo
from toolworlds.simulation.simulator import Simulator
from toolworlds.world.replay import UnansweredCall
from utils import UserError

Value = TypeVar("Value")
_LOCK = threading.Lock()


class ModelAnswers:
    """Answers by code, and for tools without a twin by a model, which is asked the same thing once.

    Called from any thread; the model lives on an event loop in a thread of its own until `close`.
    """

    def __init__(self, model: Model, seed: int = 0) -> None:
        self._model = model
        self._players = EnvSimulator(model, seed, max_asks=2), ToolSimulator(model, seed, max_asks=2)
        self._memo = Memo()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="model-answers", daemon=True)
        self._thread.start()

    def __call__(self, opened: OpenRow, state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        """The state after the call, and its reply. Raises UnansweredCall, also when no model answers."""
        try:
            return answer_by_code(opened, state, call)
        except UnansweredCall:
            if call.name in opened.env.twins:
                raise
        simulator = Simulator(opened.env, *self._players, self._memo)
        try:
            return self._wait(simulator.call(state, call, opened.row.id))
        except (ProviderError, RefusalError) as error:
            raise UnansweredCall(f"{call.name} could not be simulated: {error}") from error

    def close(self) -> None:
        """Lets go of the model and ends the thread, which a forked child does not have."""
        if not self._thread.is_alive():
            return
        self._wait(self._model.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def share_answers(simulator: str, api_key_env: str = "") -> CallAnswerer:
    """Who answers in this process: code alone (""), or also the model that is served at `MODEL@URL`.

    `api_key_env` names the environment variable with the server's key. Raises UserError for another text.
    """
    if not simulator:
        return answer_by_code
    with _LOCK:
        return _open_answers(simulator, api_key_env, os.getpid())


@cache
def _open_answers(simulator: str, api_key_env: str, process: int) -> ModelAnswers:
    """One a process: a forked child would wait for ever for its parent's thread."""
    name, _, url = simulator.rpartition("@")
    if not name or not url.startswith(("http://", "https://")):
        raise UserError(f"{simulator!r} names no simulator; write it like big@http://127.0.0.1:8001/v1")
    answers = ModelAnswers(open_model(ModelOptions(model=name, server_urls=(url,), api_key_env=api_key_env)))
    atexit.register(answers.close)
    return answers
