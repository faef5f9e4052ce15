"""The process in which Starlark runs. Started by path from `world/starlark.py`; never imported.

It reads frames (4 bytes length, JSON) from standard input and answers on it, a socket, with frames whose
first byte is `+` (a result) or `-` (one line of error). It ends when the other side does. A call that
eats more processor time than allowed or more memory than granted is ended by the kernel.
"""

import os
import resource
import signal
import sys
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import starlark

# The project's root stands last, so that nothing of ours shadows a library.
sys.path.append(str(Path(__file__).resolve().parents[2]))
from toolworlds.world.calc import round_to, total

MAX_RESULT = 1_000_000
GLOBALS = starlark.Globals.extended_by([starlark.LibraryExtension.Json])
OPTIONS = starlark.EvalOptions(max_callstack_size=64)
EPOCH = datetime(1970, 1, 1)

PRELUDE = """
def ok(reply, delta=[]):
    return {"status": 200, "delta": delta, "reply": reply}

def refuse(status, message):
    return {"status": status, "delta": [], "reply": {"error": message}}

def find(world, collection, id, field="id"):
    for entity in world[collection]:
        if entity[field] == id:
            return entity
    return None
"""


def minutes(moment: str) -> int:
    """Minutes from 1970 to an ISO date or date-time."""
    return int((datetime.fromisoformat(moment) - EPOCH).total_seconds() // 60)


def from_minutes(count: int) -> str:
    """The ISO date-time that many minutes after 1970 began."""
    return (EPOCH + timedelta(minutes=count)).isoformat()


def make_dialect(*, may_load: bool) -> starlark.Dialect:
    """The language: functions, lambdas, f-strings; `load` only in this file's own glue."""
    dialect = starlark.Dialect.extended()
    dialect.enable_types = starlark.DialectTypes.DISABLE
    dialect.enable_load = may_load
    dialect.enable_f_strings = True
    return dialect


UNTRUSTED = make_dialect(may_load=False)
GLUE = make_dialect(may_load=True)
CHECK = starlark.parse(
    "check",
    """
load("$predicates", "predicates")
values = json.decode(text)
pairs = [(v, p) for v in range(len(values)) for p in range(start, stop)]
result = json.encode([[v, p] for v, p in pairs if not predicates[p](**values[v])])
""",
    GLUE,
)


def compile_module(source: str) -> starlark.FrozenModule:
    """An untrusted module with the prelude's names in reach."""
    module = starlark.Module()
    for function in (minutes, from_minutes, round_to, total):
        module.add_callable(function.__name__, function)
    for name, text in (("prelude", PRELUDE), ("source", source)):
        tree = starlark.parse(name, text, UNTRUSTED)
        starlark.eval_with(OPTIONS, module, tree, GLOBALS)
    return module.freeze()


def freeze_data(text: str) -> starlark.FrozenModule:
    """A module whose `data` is the JSON text's value, unchangeable and shared between calls."""
    module = starlark.Module()
    module["text"] = text
    starlark.eval_with(
        OPTIONS, module, starlark.parse("data", "data = json.decode(text)", UNTRUSTED), GLOBALS
    )
    return module.freeze()


@lru_cache(maxsize=512)
def parse_glue(collections: tuple[str, ...]) -> starlark.AstModule:
    """The code that hands the loaded collections to a twin."""
    loads = [f'load("{name}", _{place}="data")\n' for place, name in enumerate(collections)]
    world = ", ".join(f'"{name}": _{place}' for place, name in enumerate(collections))
    call = f"result = json.encode(run({{{world}}}, json.decode(arguments), now))\n"
    return starlark.parse("glue", 'load("$twin", "run")\n' + "".join(loads) + call, GLUE)


class Interpreter:
    """Runs requests; keeps what was compiled or decoded once, under the tokens that the other side gives."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.modules: dict[int, starlark.FrozenModule] = {}

    def answer(self, request: dict[str, Any]) -> bytes:
        """The result of one request as JSON."""
        if request["forget"]:
            self.texts.clear()
            self.modules.clear()
        self.texts.update(request["texts"])
        match request["do"]:
            case "twin":
                return self.run_twin(request)
            case "check":
                return orjson.dumps(
                    [
                        [place, *failure]
                        for place, (token, count, values) in enumerate(request["checks"])
                        for failure in find_failing(self.module(token), count, values)
                    ]
                )
            case _:
                self.module(request["token"])
                return b"null"

    def module(self, token: int, *, is_data: bool = False) -> starlark.FrozenModule:
        """What stands under a token, compiled or decoded when first needed."""
        if token not in self.modules:
            make = freeze_data if is_data else compile_module
            self.modules[token] = make(self.texts[token])
            del self.texts[token]
        return self.modules[token]

    def run_twin(self, request: dict[str, Any]) -> bytes:
        """The twin's `{status, delta, reply}`."""
        view = {name: self.module(token, is_data=True) for name, token in request["view"].items()}
        view["$twin"] = self.module(request["token"])
        module = starlark.Module()
        module["arguments"], module["now"] = request["arguments"], request["now"]
        glue = parse_glue(tuple(request["view"]))
        starlark.eval_with(OPTIONS, module, glue, GLOBALS, starlark.FileLoader(view.__getitem__))
        result = str(module["result"]).encode()
        if len(result) > MAX_RESULT:
            raise starlark.StarlarkError(f"error: the result is longer than {MAX_RESULT} bytes")
        return result


def find_failing(predicates: starlark.FrozenModule, count: int, values: str) -> list[list[int]]:
    """[value, predicate] pairs that do not hold; a predicate that raises does not hold."""
    try:
        return evaluate(predicates, values, 0, count)
    except starlark.StarlarkError:
        pairs = product(enumerate(orjson.loads(values)), range(count))
        return [[place, number] for (place, value), number in pairs if not holds(predicates, number, value)]


def holds(predicates: starlark.FrozenModule, number: int, value: dict[str, Any]) -> bool:
    """Whether one predicate holds of one value."""
    try:
        return not evaluate(predicates, orjson.dumps([value]).decode(), number, number + 1)
    except starlark.StarlarkError:
        return False


def evaluate(predicates: starlark.FrozenModule, values: str, start: int, stop: int) -> list[list[int]]:
    """[value, predicate] pairs that are false, for the predicates from `start` to before `stop`."""
    module = starlark.Module()
    module["text"], module["start"], module["stop"] = values, start, stop
    starlark.eval_with(OPTIONS, module, CHECK, GLOBALS, starlark.FileLoader(lambda name: predicates))
    pairs: list[list[int]] = orjson.loads(str(module["result"]))
    return pairs


def one_line(error: Exception) -> str:
    """Starlark's message with the line of the source it points at."""
    lines = str(error).splitlines()
    message = next((line for line in lines if line.startswith("error: ")), lines[0] if lines else "failed")
    places = [line.strip() for line in lines if line.strip().startswith("--> source:")]
    where = f" (line {places[0].split(':')[1]})" if places else ""
    return message.removeprefix("error: ")[:300] + where


def read_exactly(count: int) -> bytes:
    """That many bytes; ends the process when the other side is gone."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(0, count - len(parts))
        if not part:
            sys.exit(0)
        parts += part
    return bytes(parts)


def write_frame(payload: bytes) -> None:
    """One answer with its length in front."""
    data = memoryview(len(payload).to_bytes(4, "big") + payload)
    while data:
        data = data[os.write(0, data) :]


def serve(deadline: float) -> None:
    """Answers requests until the other side closes; `deadline` is processor seconds a call."""
    interpreter = Interpreter()
    write_frame(b"+ready")
    while True:
        request = orjson.loads(read_exactly(int.from_bytes(read_exactly(4), "big")))
        signal.setitimer(signal.ITIMER_PROF, deadline)
        try:
            answer = b"+" + interpreter.answer(request)
        except (starlark.StarlarkError, ValueError, TypeError, KeyError, RecursionError) as error:
            answer = b"-" + one_line(error).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        write_frame(answer)


if __name__ == "__main__":
    memory = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for interrupt in (signal.SIGINT, signal.SIGTERM):  # sent to a whole group, meant for the parent alone:
        signal.signal(interrupt, signal.SIG_IGN)  # it closes the socket when it is done
    serve(float(sys.argv[1]))
