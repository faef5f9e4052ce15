"""A real vLLM server on loopback, for the length of a `with` block."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyreqwest.client import SyncClientBuilder
from pyreqwest.exceptions import PyreqwestError

CPU_ENVIRONMENT = {
    "VLLM_TARGET_DEVICE": "cpu",
    "TORCH_COMPILE_DISABLE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",  # the tiny model's sums are done before a second thread has woken up
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",
}
"""What an uncompiled vLLM needs to run on a CPU, in the server's process or in ours."""

CONTEXT = 32_768
ENGINE_ARGS = {
    "enforce_eager": True,
    "dtype": "float32",
    "max_model_len": CONTEXT,
    "max_num_seqs": 16,
    # On the CPU vLLM 0.32 dies of a seeded request whose prompt is taken in by chunks.
    "enable_chunked_prefill": False,
    "max_num_batched_tokens": CONTEXT,
    "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
}
TOOL_PARSER = "hermes"
MODEL_NAME = "tiny"
QUEUE_LIMIT = 24
LONGEST_LIFE_S = 1800
LONGEST_START_S = 240


@contextmanager
def serve_vllm(model: Path, log: Path) -> Iterator[str]:
    """Yields the API's root once the server answers; it ends with the block, or after half an hour."""
    port = _find_port()
    program = Path(sys.executable).with_name("vllm")
    command = ["timeout", str(LONGEST_LIFE_S), str(program), "serve", str(model)]
    flags = (
        f"--host 127.0.0.1 --port {port} --served-model-name {MODEL_NAME} --enforce-eager --dtype float32 "
        f"--max-model-len {CONTEXT} --no-enable-chunked-prefill --max-num-batched-tokens {CONTEXT} "
        f"--max-num-seqs {ENGINE_ARGS['max_num_seqs']} "
        f"--max-num-queued-reqs {QUEUE_LIMIT} --enable-auto-tool-choice --tool-call-parser {TOOL_PARSER} "
        "--enable-prompt-tokens-details --structured-outputs-config"
    )
    config = '{"backend":"xgrammar","disable_any_whitespace":true}'
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *flags.split(), config],
            env=os.environ | CPU_ENVIRONMENT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    with SyncClientBuilder().build() as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if client.get(url).build().send().status == 200:
                    return
            except PyreqwestError:
                time.sleep(0.5)
    raise RuntimeError(f"vLLM did not come up:\n{log.read_text()[-3000:]}")
