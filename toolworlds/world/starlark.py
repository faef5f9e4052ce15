"""Starlark in a bounded process: twins, invariants, preconditions.

A twin is a tool's exact implementation. It returns `{"status", "delta", "reply"}`:

    def run(world, args, now):
        room = find(world, "rooms", args["room_id"])
        if room == None:
            return refuse(404, "no such room")
        closing = {"update": "rooms", "id": room["id"], "set": {"status": "closed"}}
        return ok({"name": room["name"]}, [closing])

`world` maps each collection of the closed footprint to its entities, sorted by id and unchangeable (copy with
`dict(entity)`); numbers are canonical, so 85.0 arrives as 85. `args` holds every argument, omitted ones with
their default or None. `now` is the clock, ISO 8601. Values of delta and reply may be references
(`world/references.py`). There is no I/O, no `load`, no nesting of calls beyond 64; f-strings take plain
names. Beside Starlark's own functions and `json.encode` / `json.decode` stand these:

    find(world, collection, id)     the entity with this `id` (or other `field=`), or None
    ok(reply, delta=[])             status 200
    refuse(status, message)         a 4xx with {"error": message}
    minutes(moment)                 minutes from 1970 to an ISO date or date-time
    from_minutes(count)             the ISO date-time for such a count
    round_to(number, places)        decimal rounding, halves away from zero, as `round` in `$calc`
    total(numbers)                  decimal sum, as `$op: sum`
"""

import hashlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson
from pydantic import ValidationError

from toolworlds.errors import ItemError, UserError
from toolworlds.records.base import Entity, Json
from toolworlds.records.tools import Proposal, Twin
from toolworlds.world.canonical import canonical_text

_WORKER = Path(__file__).with_name("starlark_worker.py")
_START_SECONDS = 60.0
_SILENCE = 10
"""Deadlines that a worker may stay silent; the deadline itself counts processor time."""
_REMEMBERED_CHARACTERS = 6_000_000
"""The worker forgets beyond it; a compiled twin takes some 40 bytes for each of its characters."""


class TwinFault(ItemError):  # noqa: N818 - the design's word: charged to the simulator
    """Untrusted code failed, ran too long, took too much memory, or returned something unusable."""

    kind = "twin"


@dataclass(frozen=True, slots=True)
class Predicates:
    """Starlark expressions over the same names, ready for the worker."""

    source: str
    count: int


@dataclass(frozen=True, slots=True)
class Check:
    """Predicates and the values they shall hold for."""

    predicates: Predicates
    values: Sequence[Entity]


def make_twin(source: str) -> Twin:
    """The record of a twin's source."""
    return Twin(source=source, sha256=hashlib.sha256(source.encode()).hexdigest())


def compile_predicates(expressions: Sequence[str], names: Sequence[str]) -> Predicates:
    """Expressions over these names as one module; names that a value lacks are None."""
    parameters = ", ".join(f"{name}=None" for name in names)
    functions = [
        f"def holds_{place}({parameters}):\n    return (\n{text}\n    )\n"
        for place, text in enumerate(expressions)
    ]
    listed = ", ".join(f"holds_{place}" for place in range(len(expressions)))
    return Predicates("".join(functions) + f"predicates = [{listed}]\n", len(expressions))


class StarlarkWorker:
    """One worker process, started at the first call and again after a death. Calls are synchronous.

    `deadline` is processor seconds a call; a worker silent for ten times as long is killed too. Safe to
    share between threads; a forked child gets a process of its own.
    """

    def __init__(self, *, deadline: float = 2.0, memory_bytes: int = 1 << 29) -> None:
        self._deadline = deadline
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._reader: BufferedReader | None = None
        self._owner = 0
        self._tokens: dict[str, int] = {}
        self._answers: dict[bytes, bytes] = {}
        self._pending: list[tuple[int, str]] = []
        self._remembered = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; a later call starts a new one."""
        with self._lock:
            self._stop()

    def run_twin(
        self, twin: Twin, view: Mapping[str, Json], arguments: Mapping[str, Json], now: str
    ) -> Proposal:
        """What the twin says the call does. Raises TwinFault with one plain line."""
        with self._lock:
            self._begin()
            result = self._exchange(
                {
                    "do": "twin",
                    "token": self._token(twin.source),
                    "view": {name: self._token(canonical_text(view[name])) for name in sorted(view)},
                    "arguments": canonical_text(arguments),
                    "now": now,
                }
            )
        try:
            return Proposal.model_validate_json(result)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            place = ".".join(str(step) for step in problem["loc"]) or "the result"
            raise TwinFault(
                f"the twin returned no proposal: {place}: {problem['msg']}", result.decode()
            ) from error

    def failing_predicates(self, checks: Sequence[Check]) -> list[tuple[int, int, int]]:
        """(check, value, predicate) of all that do not hold; a predicate that raises does not hold.

        One round trip for any number of checks. Raises TwinFault when a source does not compile.
        """
        with self._lock:
            self._begin()
            asked = [
                (self._token(check.predicates.source), check.predicates.count, canonical_text(check.values))
                for check in checks
            ]
            result = self._exchange({"do": "check", "checks": asked})
        return [(check, value, predicate) for check, value, predicate in orjson.loads(result)]

    def compile(self, source: str) -> None:
        """Raises TwinFault when this source is no Starlark module."""
        with self._lock:
            self._begin()
            self._exchange({"do": "compile", "token": self._token(source)})

    def _begin(self) -> None:
        """Starts a worker where this process has none; forgets texts and answers when they grew too many."""
        if self._connection is None or self._owner != os.getpid():  # a forked child leaves its parent's alone
            self._start()
        elif self._remembered > _REMEMBERED_CHARACTERS:
            self._forget()

    def _forget(self) -> None:
        self._tokens, self._answers = {}, {}
        self._pending, self._remembered = [], 0

    def _token(self, text: str) -> int:
        """The number under which the worker knows a text; unknown texts travel with the next request."""
        token = self._tokens.get(text)
        if token is None:
            token = self._tokens[text] = len(self._tokens)
            self._pending.append((token, text))
            self._remembered += len(text)
        return token

    def _exchange(self, request: dict[str, Json]) -> bytes:
        """The result of one request, asked of the worker unless it is known: all code here is pure."""
        key = orjson.dumps(request)
        if key not in self._answers:
            request["forget"] = len(self._pending) == len(self._tokens)
            request["texts"], self._pending = self._pending, []
            try:
                self._send(orjson.dumps(request))
                self._answers[key] = self._receive()
            except OSError as error:
                raise TwinFault(self._explain_end(self._stop())) from error
            except BaseException:  # after an interrupt the next call would read this one's late answer
                self._stop()
                raise
            self._remembered += len(key) + len(self._answers[key])
        answer = self._answers[key]
        if answer[:1] != b"+":
            raise TwinFault(answer[1:].decode())
        return answer[1:]

    def _send(self, payload: bytes) -> None:
        assert self._connection is not None
        self._connection.sendall(len(payload).to_bytes(4, "big") + payload)

    def _receive(self) -> bytes:
        assert self._reader is not None
        answer = self._reader.read(int.from_bytes(self._reader.read(4), "big"))
        if not answer:
            raise ConnectionResetError("the worker closed its side")
        return answer

    def _start(self) -> None:
        self._forget()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-E", "-P", str(_WORKER), str(self._deadline), str(self._memory_bytes)]
        with theirs:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        self._connection, self._reader, self._owner = ours, ours.makefile("rb"), os.getpid()
        ours.settimeout(_START_SECONDS)
        try:
            self._receive()
        except OSError as error:
            self._stop()
            raise UserError(
                f"the Starlark worker does not start; see why with: {shlex.join(command)}"
            ) from error
        ours.settimeout(_SILENCE * self._deadline)

    def _stop(self) -> int:
        """Ends the process, if it has not ended by itself, and returns its exit code."""
        process, connection, reader = self._process, self._connection, self._reader
        self._process = self._connection = self._reader = None
        if process is None or connection is None or reader is None or self._owner != os.getpid():
            return 0
        reader.close()
        connection.close()  # a worker that is well ends now
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _explain_end(self, code: int) -> str:
        if code in (-signal.SIGPROF, -signal.SIGKILL):
            return f"the code ran past its deadline of {self._deadline:g} s and was stopped"
        megabytes = self._memory_bytes >> 20
        return f"the code ran out of memory ({megabytes} MB) or crashed its process (exit code {code})"
