"""Processor time of the whole client path per model call: render, validate, send, parse, check.

    python benchmarks/client_path.py --in-flight 512 --calls 20000

A role asks through the server client; the server is the tests' stub in a process of its own, slow enough
that all calls are in flight at once.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from llm import open_model  # noqa: E402 - the line above makes it importable
from roles.judge_simulator import JudgeSimulator  # noqa: E402
from tests.roles.scenes import SPEC, STATE, TOOLS  # noqa: E402
from toolworlds.batch.pool import run_bounded  # noqa: E402
from toolworlds.models.options import ModelOptions  # noqa: E402 - the line above makes it importable
from toolworlds.records.tools import CallInWorld, ToolReply  # noqa: E402


async def ask_all(url: str, calls: int, in_flight: int) -> float:
    """Processor milliseconds per call."""
    model = open_model(ModelOptions(model="stub", server_urls=(url,), concurrency=in_flight))
    judge = JudgeSimulator(model, seed=0)

    arguments = {"job_id": "jb_12", "part_id": "pt_2", "quantity": 1}
    answer = ToolReply(status=409, reply={"error": "not enough pieces are free"}, source="model")
    view = {name: STATE.collections[name] for name in ("jobs", "parts")}

    async def ask(number: int) -> None:
        call = CallInWorld(TOOLS["reserve_part"], arguments, SPEC.world_schema, view, STATE.now)
        await judge.judge(f"item{number}", call, answer, "rule_violation")

    await run_bounded(range(in_flight), ask, in_flight)
    began = time.process_time()
    await run_bounded(range(in_flight, in_flight + calls), ask, in_flight)
    spent = time.process_time() - began
    await model.aclose()
    return 1000 * spent / calls


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--in-flight", type=int, default=512)
    parser.add_argument("--calls", type=int, default=20_000)
    args = parser.parse_args()
    command = [sys.executable, "-m", "tests.stub_server", "--decode-ms", "5", "--lifetime", "300"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout
        url = stub.stdout.readline().split()[-1]
        cost = asyncio.run(ask_all(url, args.calls, args.in_flight))
        stub.terminate()
    print(f"{args.calls} calls, {args.in_flight} in flight: {cost:.3f} ms of processor time per call")


if __name__ == "__main__":
    main()
