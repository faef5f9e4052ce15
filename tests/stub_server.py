"""A small OpenAI-compatible server for tests and benchmarks: real HTTP; answers, latency and faults to order.

In a test:       with StubServer(Behaviour(faults={"503": 0.3})) as stub: ... stub.url ... stub.stats
As a process:    python -m tests.stub_server --slots 64 --decode-ms 1 --fault 503=0.1 --lifetime 60

Without an `answer` of one's own it says schema-valid nonsense. A body with `structured_outputs: {"choice":
[TEXT]}` is answered with TEXT, as a real engine does; `<tool_call>` blocks in TEXT become native tool calls.
It listens on 127.0.0.1 and ends with its `with` block, or with its lifetime.
"""

import argparse
import asyncio
import json
import math
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from tests.nonsense import make_nonsense
from tests.stub_replies import (
    Answer,
    count_tokens,
    read_head,
    write_completion,
    write_error,
    write_head,
    write_reply,
)
from tests.stub_responses import read_as_chat, write_response
from toolworlds.models.clients.recording import read_completion
from toolworlds.records.completions import Completion
from utils import read_lines

Writer = Callable[[Mapping[str, Any], Answer, int, int], dict[str, Any]]
WRITERS: dict[str, Writer] = {"/v1/chat/completions": write_completion, "/v1/responses": write_response}
TOOL_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as it arrived, in the form of a chat."""

    request_id: str
    """The X-Request-Id header."""
    number: int
    """How often this request id was sent before."""
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server behaves. Rates are shares of requests, drawn from `seed`, request id and try."""

    answer: Callable[[Ask], Answer] | None = None
    """None: nonsense that fits the reply schema."""
    models: tuple[str, ...] = ("stub",)
    owned_by: str = "stub"
    key: str | None = None
    """When set, other keys are refused with 401, in words that repeat them."""
    slots: int = 10_000
    """Requests worked on at once; others wait their turn."""
    most_waiting: int | None = None
    """Beyond this many in all, 503 without Retry-After, as vLLM does."""
    prefill_s: float = 0.0
    """Per prompt token."""
    decode_s: float = 0.0
    """Per reply token."""
    tail: float = 0.0
    """Sigma of the log-normal factor (mean 1) on each reply's length; 1 is heavy-tailed."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """kind -> rate: 429, 500, 502, 503, timeout, disconnect, html, broken_json, nonsense, length."""
    refuses: tuple[str, ...] = ()
    """Fields of a body that are refused with 400."""
    retry_after: str | None = None
    """Sent with 429 and 503."""
    hold_s: float = 1.0
    """How long a `timeout` hangs before the connection is dropped."""
    seed: int = 0


@dataclass(slots=True)
class Stats:
    """What happened so far."""

    requests: int = 0
    served: int = 0
    connections: int = 0
    in_flight: int = 0
    peak: int = 0
    """Most requests in flight at once."""
    busy_s: float = 0.0
    """Seconds of work, summed over slots."""
    first_at: float | None = None
    last_at: float = 0.0
    """Begin of the first and end of the last work, on the server's clock."""
    faults: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """Field -> times it was refused."""
    sends: Counter[str] = field(default_factory=Counter)
    """X-Request-Id -> times sent."""

    def utilisation(self, slots: int) -> float:
        """Share of the slots' time between first and last work that was spent working."""
        return self.busy_s / (slots * (self.last_at - (self.first_at or 0.0)))


class Dropped(Exception):  # noqa: N818 - no error: the connection is meant to break
    """The connection ends without a reply."""


class StubServer:
    """Serves in a thread of its own from `__enter__` to `__exit__`."""

    def __init__(self, behaviour: Behaviour | None = None, port: int = 0) -> None:
        self.behaviour = behaviour or Behaviour()
        self.stats = Stats()
        self.asks: list[Ask] = []
        """Every chat request, in order of arrival."""
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._slots = asyncio.Semaphore(self.behaviour.slots)

    @property
    def url(self) -> str:
        """The API's root."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=2048)
        self._port = server.sockets[0].getsockname()[1]
        return server

    async def _end(self) -> None:
        self._server.close()
        connections = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.stats.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path, headers = read_head(head)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                writer.write(await self._reply(path, headers, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, Dropped):
            pass  # the client left, or the server ends
        finally:
            writer.close()

    async def _reply(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if self.behaviour.key is not None and given != self.behaviour.key:
            return write_error(401, f"Incorrect API key provided: {given}")
        if path == "/v1/models":
            cards = [{"id": name, "owned_by": self.behaviour.owned_by} for name in self.behaviour.models]
            return write_reply(200, {"object": "list", "data": cards})
        if path == "/version":
            return write_reply(200, {"version": "0.0.stub"})
        if path == "/stats":
            return write_reply(200, {"busy_s": self.stats.busy_s, "utilisation": self._utilisation()})
        if path in WRITERS:
            return await self._count(self._chat(path, headers, orjson.loads(body)))
        return write_error(404, f"no such path: {path}")

    def _utilisation(self) -> float:
        return self.stats.utilisation(self.behaviour.slots) if self.stats.served else 0.0

    async def _count(self, work: Any) -> bytes:
        stats = self.stats
        stats.requests += 1
        stats.in_flight += 1
        stats.peak = max(stats.peak, stats.in_flight)
        try:
            return bytes(await work)
        finally:
            stats.in_flight -= 1

    async def _chat(self, path: str, headers: Mapping[str, str], sent: dict[str, Any]) -> bytes:
        if refused := next((name for name in self.behaviour.refuses if name in sent), None):
            self.stats.refused[refused] += 1
            return write_error(400, f"Unsupported parameter: {refused!r} is not supported with this model.")
        body = read_as_chat(sent) if "input" in sent else sent
        request_id = headers.get("x-request-id", "")
        ask = Ask(request_id, self.stats.sends[request_id], headers, body)
        self.stats.sends[request_id] += 1
        self.asks.append(ask)
        chance = random.Random(f"{self.behaviour.seed}:{request_id}:{ask.number}")
        fault = draw_fault(self.behaviour.faults, chance)
        if self.behaviour.most_waiting is not None and self.stats.in_flight > self.behaviour.most_waiting:
            fault = "503"
        if fault:
            self.stats.faults[fault] += 1
        if fault in ("429", "500", "502", "503"):
            return write_error(int(fault), "The engine is currently busy.", self.behaviour.retry_after)
        if fault == "timeout":
            await asyncio.sleep(self.behaviour.hold_s)
        if fault in ("timeout", "disconnect"):
            raise Dropped
        return await self._work(WRITERS[path], ask, fault, chance)

    async def _work(self, write: Writer, ask: Ask, fault: str, chance: random.Random) -> bytes:
        answer = spoil(self._answer(ask, fault, chance), fault)
        tail = self.behaviour.tail
        length = count_tokens(answer.text) * math.exp(tail * chance.gauss() - tail * tail / 2)
        prompt = count_tokens(ask.body["messages"])
        async with self._slots:
            begun = time.monotonic()
            self.stats.first_at = self.stats.first_at or begun
            seconds = self.behaviour.prefill_s * prompt + self.behaviour.decode_s * length
            if seconds:
                await asyncio.sleep(seconds)
            self.stats.last_at = time.monotonic()
            self.stats.busy_s += self.stats.last_at - begun
        self.stats.served += 1
        if fault == "html":
            return write_head(200, 13, "text/html") + b"<html></html>"
        if answer.status != 200:
            return write_error(answer.status, answer.text, self.behaviour.retry_after)
        return write_reply(200, write(ask.body, answer, prompt, int(length)))

    def _answer(self, ask: Ask, fault: str, chance: random.Random) -> Answer:
        choice = ask.body.get("structured_outputs", {}).get("choice")
        if fault == "nonsense" or (choice is None and self.behaviour.answer is None):
            return answer_nonsense(ask.body, chance)
        if choice is not None:
            return parse_tool_calls(choice[0])
        assert self.behaviour.answer is not None
        return self.behaviour.answer(ask)


def draw_fault(rates: Mapping[str, float], chance: random.Random) -> str:
    """The fault that befalls this request, or an empty string."""
    point = chance.random()
    for kind, rate in rates.items():
        if point < rate:
            return kind
        point -= rate
    return ""


def spoil(answer: Answer, fault: str) -> Answer:
    """The answer with its text broken or cut off where the fault says so."""
    half = answer.text[: len(answer.text) // 2]
    if fault == "broken_json":
        return Answer(half + '"]')
    return Answer(half, finish_reason="length") if fault == "length" else answer


def answer_nonsense(body: Mapping[str, Any], chance: random.Random) -> Answer:
    """Words without sense that fit the reply schema, or a call of an offered tool with fitting arguments."""
    if body.get("tools"):
        function = chance.choice(body["tools"])["function"]
        arguments = make_nonsense(function["parameters"], chance)
        return Answer(tool_calls=({"name": function["name"], "arguments": arguments},))
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    return Answer("lorem ipsum" if schema is None else json.dumps(make_nonsense(schema, chance)))


def parse_tool_calls(text: str) -> Answer:
    """The text with its `<tool_call>` blocks taken out as calls."""
    calls = tuple(json.loads(found) for found in TOOL_CALL.findall(text))
    return Answer(TOOL_CALL.sub("", text).strip() if calls else text, tool_calls=calls)


def play_record(folder: Path) -> Callable[[Ask], Answer]:
    """Answers by request id from what `--record-dir` kept; 400 for a request that is not on record."""
    replies = read_replies(folder)

    def answer(ask: Ask) -> Answer:
        reply = replies.get(ask.request_id)
        if reply is None:
            return Answer(f"{ask.request_id} is not on record", status=400)
        functions = [call["function"] for call in reply.tool_calls]
        calls = [{"name": f["name"], "arguments": json.loads(f["arguments"])} for f in functions]
        return Answer(reply.text, tuple(calls), reply.reasoning, reply.finish_reason)

    return answer


def read_replies(folder: Path) -> dict[str, Completion]:
    """Request id -> what was answered, from the records in this folder."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in read_lines(path)]
    return {line["request_id"]: read_completion(line["reply"]) for line in lines if "reply" in line}


def main() -> None:
    """Serves until the lifetime ends; prints the address first and the utilisation last."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=10_000)
    parser.add_argument("--prefill-ms", type=float, default=0.0, help="per prompt token")
    parser.add_argument("--decode-ms", type=float, default=0.0, help="per reply token")
    parser.add_argument("--tail", type=float, default=0.0)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=RATE")
    parser.add_argument("--retry-after", help="sent with 429 and 503")
    parser.add_argument("--record", type=Path, help="answer from this record")
    parser.add_argument("--lifetime", type=float, default=600.0, help="seconds")
    given = parser.parse_args()
    behaviour = Behaviour(
        answer=play_record(given.record) if given.record else None,
        slots=given.slots,
        prefill_s=given.prefill_ms / 1000,
        decode_s=given.decode_ms / 1000,
        tail=given.tail,
        retry_after=given.retry_after,
        faults={kind: float(rate) for kind, rate in (fault.split("=") for fault in given.fault)},
    )
    with StubServer(behaviour, given.port) as stub:
        print(stub.url, flush=True)
        time.sleep(given.lifetime)
        if stub.stats.served:
            print(f"utilisation {stub.stats.utilisation(given.slots):.3f}")


if __name__ == "__main__":
    main()
