"""Fixtures of the real-vLLM tests: one tiny model, one server, one engine in this process, one event loop."""

import asyncio
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vllm.engine_process import CPU_ENVIRONMENT, ENGINE_ARGS, MODEL_NAME, TOOL_PARSER, serve_vllm

collect_ignore_glob = ["test_*.py"] if importlib.util.find_spec("vllm") is None else []


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny random model."""
    from tests.vllm.tiny_model import write_model

    folder = tmp_path_factory.mktemp("models") / MODEL_NAME
    write_model(folder)
    return folder


@pytest.fixture(scope="session")
def server_url(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The root of a server of the tiny model."""
    with serve_vllm(tiny_model, tmp_path_factory.mktemp("vllm") / "server.log") as url:
        yield url


@pytest.fixture(params=["server", "in process"])
def engine_flags(request: pytest.FixtureRequest, tiny_model: Path) -> list[str]:
    """How the command line names the tiny model: served, or loaded by the command itself."""
    if request.param == "server":
        return ["--model", MODEL_NAME, "--server-url", request.getfixturevalue("server_url")]
    arguments = ENGINE_ARGS | {"tool_call_parser": TOOL_PARSER}
    return ["--model", str(tiny_model), "--engine-args", json.dumps(arguments)]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for a module: an engine cannot move to another one."""
    with asyncio.Runner() as loop_runner:
        yield loop_runner


@pytest.fixture(scope="session", autouse=True)
def _cpu_environment() -> None:
    os.environ.update(CPU_ENVIRONMENT)
