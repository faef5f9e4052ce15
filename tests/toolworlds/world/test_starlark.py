"""Untrusted code in its process: what it can do, and that nothing it does hurts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolworlds.records.base import Entity, Json
from toolworlds.records.tools import Proposal
from toolworlds.world.starlark import Check, StarlarkWorker, TwinFault, compile_predicates, make_twin

VIEW: dict[str, Json] = {"rooms": [{"id": "r_1", "price": 85.0, "tags": ["a"]}, {"id": "r_2", "price": 3.5}]}
NOW = "2026-03-10T09:00:00"


def run(worker: StarlarkWorker, body: str, arguments: dict[str, Json] | None = None) -> Proposal:
    """The proposal of a twin whose function has this body."""
    source = "def run(world, args, now):\n" + "\n".join(f"    {line}" for line in body.splitlines())
    return worker.run_twin(make_twin(source), VIEW, arguments or {}, NOW)


@pytest.fixture
def hasty() -> Iterator[StarlarkWorker]:
    """A worker with a short deadline and little memory."""
    with StarlarkWorker(deadline=0.3, memory_bytes=200 << 20) as worker:
        yield worker


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('find(world, "rooms", "r_2")["price"]', 3.5),
        ('find(world, "rooms", "r_9")', None),
        ('find(world, "rooms", 85, field="price")["id"]', "r_1"),
        ('str(world["rooms"][0]["price"])', "85"),
        ("minutes(now) - minutes('2026-03-09')", 33 * 60),
        ("from_minutes(minutes(now) + 90)", "2026-03-10T10:30:00"),
        ("round_to(76.5 * 0.85, 2)", 65.03),
        ("total([0.1, 0.2])", 0.3),
        ("total([])", 0),
        ("args['x']", [1, {"y": None}]),
        ("f'{now}!'", f"{NOW}!"),
        ("sorted(world['rooms'], key=lambda room: room['price'])[0]['id']", "r_2"),
        ("dict(world['rooms'][1], price=4)['price']", 4),
    ],
)
def test_what_a_twin_can_say(worker: StarlarkWorker, expression: str, value: Json) -> None:
    """Each documented function, and the world as the twin sees it."""
    assert run(worker, f"return ok({expression})", {"x": [1, {"y": None}]}).reply == value


def test_ok_and_refuse_make_proposals(worker: StarlarkWorker) -> None:
    """The two ways to end."""
    assert run(worker, 'return refuse(404, "none")') == Proposal(status=404, reply={"error": "none"})
    removal = run(worker, 'return ok(1, [{"delete": "rooms", "id": "r_1"}])')
    assert removal.to_json()["delta"] == [{"delete": "rooms", "id": "r_1"}]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return open('/etc/passwd')", "open"),
        ("return json.decode('[')", "EOF"),
        ("return find(world, 'halls', 'h_1')", "halls"),
        ("world['rooms'][0]['price'] = 0\nreturn ok(1)", "Immutable"),
        ("world['rooms'].append(1)\nreturn ok(1)", "Immutable"),
        ("return run(world, args, now)", "overflow"),
        ("return fail('out of order')", "out of order"),
        ("return minutes('yesterday')", "isoformat"),
        ("return total(['a'])", "not a number"),
        ("return 1 // 0", "zero"),
        ("return 7", "object"),
        ("return {'status': 200}", "reply"),
        ("return {'status': 'fine', 'reply': 1}", "status"),
        ("return ok(1, [{'destroy': 'rooms'}])", "delta"),
        ("return ok('x' * 2000000)", "longer"),
        ("xs = []\nxs.append(xs)\nreturn ok(xs)", "Cycle"),
    ],
)
def test_faults_have_one_plain_line(worker: StarlarkWorker, body: str, message: str) -> None:
    """Reaching for files, for the world's data, for itself; or returning nonsense."""
    with pytest.raises(TwinFault, match=message) as caught:
        run(worker, body)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        'load("os", "system")\ndef run(world, args, now):\n    return ok(1)',
        "import os",
        "while True: pass",
        "def run(world, args, now):",
        "(" * 5000,
        "def walk(world, args, now):\n    return ok(1)",
        "run = 7",
        "\0",
    ],
)
def test_sources_that_are_no_twins(worker: StarlarkWorker, source: str) -> None:
    """No imports of any kind, no loops without end in the grammar, and there must be a `run`."""
    with pytest.raises(TwinFault):
        worker.run_twin(make_twin(source), VIEW, {}, NOW)


LOOP = "for a in range(1 << 30):\n    for b in range(1 << 30):\n        pass\nreturn ok(1)"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (LOOP, "deadline"),
        ("xs = [1]\nfor _ in range(40):\n    xs = xs + xs\nreturn ok(1)", "memory|deadline"),
        ("x = 'a'\nfor _ in range(40):\n    x = x + x\nreturn ok(1)", "memory"),
        ("return ok(sorted(range(1 << 30)))", "memory|deadline"),
        ("return ok('a' * (1 << 30))", "memory|longer"),
        ("return ok([0] * (1 << 30))", "memory|deadline"),
        ("return ok(total([0] * (1 << 28)))", "memory|deadline"),
        ("return ok('%s' % ('x' * (1 << 29)))", "memory|longer"),
    ],
)
def test_code_without_end_is_stopped(hasty: StarlarkWorker, body: str, message: str) -> None:
    """Loops and allocations end within the deadline, and the next call finds a fresh worker."""
    began = time.monotonic()
    with pytest.raises(TwinFault, match=message):
        run(hasty, body)
    assert time.monotonic() - began < 5
    assert run(hasty, "return ok(1)").reply == 1


def test_predicates_loop_and_fail_safely(hasty: StarlarkWorker) -> None:
    """A predicate that never ends is a fault; the worker goes on."""
    endless = compile_predicates(["[0 for a in range(1 << 30) for b in range(1 << 30)] == x"], ["x"])
    with pytest.raises(TwinFault, match=r"deadline|memory"):
        hasty.failing_predicates([Check(endless, [{"x": 1}])])
    assert hasty.failing_predicates([Check(compile_predicates(["x == 1"], ["x"]), [{"x": 1}])]) == []


def test_failing_predicates_are_named(worker: StarlarkWorker) -> None:
    """By check, value and predicate; one that raises does not hold, others of the same value still count."""
    prices = compile_predicates(["low <= high", "type in ['a', 'b']"], ["low", "high", "type"])
    names = compile_predicates(["len(name) > 1"], ["name"])
    values: list[Entity] = [
        {"low": 1, "high": 2, "type": "a"},
        {"low": 3, "high": 2, "type": "c"},
        {"low": None, "high": 2, "type": "b"},
        {"low": 1, "high": 2},
    ]
    failing = worker.failing_predicates(
        [Check(prices, values), Check(names, [{"name": "x"}, {"name": "xy"}])]
    )
    assert failing == [(0, 1, 0), (0, 1, 1), (0, 2, 0), (0, 3, 1), (1, 0, 0)]


def test_a_predicate_is_only_an_expression_in_the_sandbox(worker: StarlarkWorker) -> None:
    """Text that breaks out of its parentheses is still Starlark, or does not compile."""
    escape = "x == 1)\n\ndef len(text):\n    return 99\n\npredicates = [9] * 9\nholds_1 = (7"
    predicates = compile_predicates([escape, "x == 2"], ["x"])
    assert worker.failing_predicates([Check(predicates, [{"x": 1}])]) == [(0, 0, 1)]
    with pytest.raises(TwinFault):
        worker.failing_predicates([Check(compile_predicates(["x ="], ["x"]), [{"x": 1}])])


def test_many_worlds_do_not_fill_the_memory() -> None:
    """Texts and answers are forgotten in time, and known ones still answer right."""
    with StarlarkWorker(memory_bytes=200 << 20) as worker:
        twin = make_twin("def run(world, args, now):\n    return ok(len(world['c'][0]['text']))")
        for size in range(60):
            view = {"c": [{"text": f"{size}" * 400_000}]}
            assert worker.run_twin(twin, view, {}, NOW).reply == len(f"{size}") * 400_000


def test_a_killed_worker_is_replaced() -> None:
    """Whoever ends the process from outside costs one call at most."""
    with StarlarkWorker() as worker:
        assert run(worker, "return ok(1)").reply == 1
        (child,) = _children()
        os.kill(child, signal.SIGKILL)
        with pytest.raises(TwinFault, match="stopped"):
            run(worker, "return ok(2)")
        assert run(worker, "return ok(3)").reply == 3


def test_interrupts_of_the_whole_group_are_the_parents_business() -> None:
    """Ctrl-C and SIGTERM reach the worker too; what runs is finished all the same."""
    with StarlarkWorker() as worker:
        assert run(worker, "return ok(1)").reply == 1
        (child,) = _children()
        for interrupt in (signal.SIGINT, signal.SIGTERM):
            os.kill(child, interrupt)
        assert run(worker, "return ok(2)").reply == 2
        assert _children() == [child]


def test_a_frozen_worker_does_not_hang_the_caller() -> None:
    """A worker that is stopped, not busy, runs into the caller's own patience."""
    with StarlarkWorker(deadline=0.05) as worker:
        run(worker, "return ok(1)")
        (child,) = _children()
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(TwinFault, match="deadline"):
            run(worker, "return ok(2)")
        assert run(worker, "return ok(3)").reply == 3


def test_an_interrupt_leaves_no_answer_behind(hasty: StarlarkWorker) -> None:
    """Ctrl-C in the middle of a call: the next call gets its own answer."""
    run(hasty, "return ok(1)")
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            run(hasty, LOOP)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert run(hasty, "return ok(2)").reply == 2


def test_a_forked_child_has_a_worker_of_its_own() -> None:
    """Parent and child may both go on asking."""
    with StarlarkWorker() as worker:
        assert run(worker, "return ok(1)").reply == 1
        child = os.fork()
        if child == 0:
            os._exit(0 if run(worker, "return ok(2)").reply == 2 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert run(worker, "return ok(3)").reply == 3


def test_the_worker_ends_with_its_parent(tmp_path: Path) -> None:
    """Started from any folder, with a hostile PYTHONPATH; the parent is killed, the worker is gone."""
    (tmp_path / "starlark.py").write_text("raise SystemExit('wrong module')")
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from toolworlds.world.starlark import StarlarkWorker\n"
        "worker = StarlarkWorker(); worker.compile('x = 1')\n"
        "print(worker._process.pid, flush=True); os.kill(os.getpid(), 9)\n"
    )
    root = str(Path(__file__).resolve().parents[3])
    parent = subprocess.run(
        [sys.executable, "-c", script, root],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    pid = int(parent.stdout)
    deadline = time.monotonic() + 10
    while _is_running(pid):
        assert time.monotonic() < deadline, "the worker outlives its parent"
        time.sleep(0.02)


def _children() -> list[int]:
    """Processes of ours that are workers, the newest alone."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [int(listed[-1])]


def _is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
