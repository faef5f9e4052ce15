"""How busy stages 3b and 5 keep a model server, and the same work in lock-step batches.

    python benchmarks/utilisation.py --slots 16 --sequences 72 --rollouts 4

The server has a fixed number of slots, takes time per prompt and reply token, and makes the lengths of its
replies heavy-tailed; what it says is the procedural model's, so that the work is real. The pool keeps twice
as many items alive as there are slots. In lock step as many items advance together, call by call: the next
call of any begins when the last reply of all has come; only an item waiting for another's memo is left out.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from roles.env_simulator import EnvSimulator  # noqa: E402
from roles.task_evolver import TaskEvolver  # noqa: E402
from roles.task_judge import TaskJudge  # noqa: E402
from roles.task_solver import TaskSolver  # noqa: E402
from roles.tool_simulator import ToolSimulator  # noqa: E402
from task_generation.stage import TaskStage  # noqa: E402
from task_generation.store import TaskStore  # noqa: E402
from task_generation.turns import TurnRoles  # noqa: E402
from tests.spoken import SpokenModel  # noqa: E402
from tests.stub_server import Behaviour, StubServer  # noqa: E402
from toolworlds.batch.dataset import Dataset  # noqa: E402 - the line above makes it importable
from toolworlds.batch.pool import run_bounded  # noqa: E402
from toolworlds.models.clients.server import ServerModel  # noqa: E402
from toolworlds.models.embedded.model import ProceduralModel  # noqa: E402
from toolworlds.records.base import Json  # noqa: E402
from toolworlds.records.completions import Completion, Model, Request  # noqa: E402
from toolworlds.world.starlark import StarlarkWorker  # noqa: E402
from trajectory_generation.run import list_rollouts  # noqa: E402
from trajectory_generation.stage import RolloutRoles, RolloutStage  # noqa: E402
from trajectory_generation.store import TrajectoryStore  # noqa: E402

TellStory = Callable[[str], Awaitable[object]]
Open = Callable[[Model, Path, StarlarkWorker], tuple[list[str], TellStory]]

STALLED_S = 0.2
"""So long after the last call, the items that have not asked are taken to wait for what another asks."""


class LockStep:
    """Holds every call until all live items wait for one, and every reply until all have come."""

    def __init__(self, inner: Model) -> None:
        self.name = inner.name
        self.live = 0
        self._inner = inner
        self._waiting: list[tuple[Request, asyncio.Future[Completion]]] = []
        self._stalled: asyncio.TimerHandle | None = None

    async def complete(self, request: Request) -> Completion:
        """The completion, together with everybody's."""
        reply: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, reply))
        self._advance()
        return await reply

    def leave(self) -> None:
        """An item is done; the others wait for it no longer."""
        self.live -= 1
        self._advance()

    def _advance(self) -> None:
        if self._stalled:
            self._stalled.cancel()
        if self._waiting and len(self._waiting) == self.live:
            self._go()
        elif self._waiting:
            self._stalled = asyncio.get_running_loop().call_later(STALLED_S, self._go)

    def _go(self) -> None:
        wave, self._waiting = self._waiting, []
        self._task = asyncio.ensure_future(self._send(wave))

    async def _send(self, wave: list[tuple[Request, asyncio.Future[Completion]]]) -> None:
        asked = [asyncio.ensure_future(self._inner.complete(request)) for request, _ in wave]
        await asyncio.wait(asked)
        for (_, future), reply in zip(wave, asked, strict=True):
            if error := reply.exception():
                future.set_exception(error)
            else:
                future.set_result(reply.result())

    async def aclose(self) -> None:
        """Nothing of its own to close."""

    def describe(self) -> dict[str, Json]:
        """The inner model's description."""
        return self._inner.describe()


def open_tasks(base: Path) -> Open:
    """Stage 3b on the chains under `base`."""

    def open_stage(model: Model, out: Path, worker: StarlarkWorker) -> tuple[list[str], TellStory]:
        roles = TaskEvolver(model, 0), TaskSolver(model, 0), TaskJudge(model, 0)
        growers = TurnRoles(*roles, EnvSimulator(model, 0), ToolSimulator(model, 0), 4, 1)
        store = TaskStore(base / "env_specs", base / "sequences", out)
        stage = TaskStage(store, growers, model, 0, worker, False)
        return stage.list_tasks(), stage.grow_task

    return open_stage


def open_rollouts(base: Path, rollouts: int) -> Open:
    """Stage 5 on the rows under `base`, so many rollouts of each."""

    def open_stage(model: Model, out: Path, worker: StarlarkWorker) -> tuple[list[str], TellStory]:
        simulators = EnvSimulator(model, 0, max_asks=2), ToolSimulator(model, 0, max_asks=2)
        dataset = Dataset(base / "task_content.jsonl")
        players = RolloutRoles(TaskSolver(model, 0), *simulators, None)
        stage = RolloutStage(dataset, TrajectoryStore(out), players, model, 0, worker, 24)
        return list_rollouts(dataset, None, None, rollouts), stage.roll_out

    return open_stage


async def play(open_stage: Open, slots: int, lock_step: bool) -> tuple[float, float]:
    """Utilisation of the slots, and seconds."""
    behaviour = Behaviour(slots=slots, prefill_s=2e-6, decode_s=4e-3, tail=1.0)
    with StubServer(behaviour) as stub, tempfile.TemporaryDirectory() as out, StarlarkWorker() as worker:
        server = ServerModel("stub", [stub.url], concurrency=2 * slots)
        model = SpokenModel(ProceduralModel("procedural", 0), server)
        began = time.monotonic()
        if lock_step:
            barrier = LockStep(model)
            items, tell = open_stage(barrier, Path(out), worker)
            for start in range(0, len(items), 2 * slots):
                await advance_together(barrier, items[start : start + 2 * slots], tell)
        else:
            items, tell = open_stage(model, Path(out), worker)
            await run_bounded(items, lambda item: forget(tell(item)), 2 * slots)
        seconds = time.monotonic() - began
        await model.aclose()
        return stub.stats.utilisation(slots), seconds


async def advance_together(barrier: LockStep, items: list[str], tell: TellStory) -> None:
    """One batch, from its first call to its last."""

    async def go(item: str) -> None:
        await tell(item)
        barrier.leave()

    barrier.live = len(items)
    await asyncio.gather(*map(go, items))


async def forget(story: Awaitable[object]) -> None:
    """A story whose verdict does not matter here."""
    await story


def prepare(base: Path, sequences: int) -> None:
    """Environments, chains and rows, by the procedural model."""
    settings = base / "settings.yml"
    settings.write_text(f"field: [Logistics]\nbuild_sequences: {{n_sequences: {sequences}}}\n")
    command = [sys.executable, "-m", "pipeline.run", "--config", str(settings), "--output-dir", str(base)]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode > 1:
        sys.exit("the pipeline failed")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--sequences", type=int, default=30, help="a spec")
    parser.add_argument("--rollouts", type=int, default=2, help="a row")
    parser.add_argument("--stage", choices=("3b", "5"), help="only this one")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), args.sequences)
        base = Path(folder)
        stages = {"3b": open_tasks(base), "5": open_rollouts(base, args.rollouts)}
        for stage in [args.stage] if args.stage else stages:
            busy, seconds = asyncio.run(play(stages[stage], args.slots, lock_step=False))
            print(f"stage {stage}: {busy:.1%} of {args.slots} slots busy, {seconds:.1f} s", flush=True)
            idle_busy, longer = asyncio.run(play(stages[stage], args.slots, lock_step=True))
            print(
                f"    in lock step {idle_busy:.1%}, {longer:.1f} s: {longer / seconds:.2f} times as long",
                flush=True,
            )


if __name__ == "__main__":
    main()
