import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from task_generation.stage import TaskStage
from task_generation.store import TaskStore
from tests.front_desk import CHAIN, TASK_ID, FrontDeskModel, lay_out, make_chains
from tests.task_generation.test_turns import make_growers
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ProviderError, Request
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError, read_json

REJECT = {"problem": "No person says this.", "verdict": "reject"}


class Mortal(FrontDeskModel):
    """Serves so many calls and no more."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    async def complete(self, request: Request) -> Completion:
        if len(self.requests) >= self.calls:
            raise ProviderError("gone")
        return await super().complete(request)


@pytest.fixture(scope="module")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as worker:
        yield worker


def make_stage(
    folder: Path, worker: StarlarkWorker, model: FrontDeskModel, retry: bool = False
) -> tuple[TaskStage, TaskStore]:
    specs, sequences = folder / "env_specs", folder / "sequences"
    if not specs.exists():
        lay_out(folder)
    store = TaskStore(specs, sequences, folder / "tasks")
    growers = make_growers(model, turn_attempts=2, solver_retries=0)
    return TaskStage(store, growers, model, 7, worker, retry), store


def grow(folder: Path, worker: StarlarkWorker, model: FrontDeskModel, retry: bool = False) -> str:
    stage, _ = make_stage(folder, worker, model, retry)
    [task_id] = stage.list_tasks()
    return asyncio.run(stage.grow_task(task_id))


def read_task(folder: Path) -> dict[str, Json]:
    task: dict[str, Json] = read_json(folder / "tasks" / f"{TASK_ID}.json")
    return task


def test_a_task_is_named_after_spec_and_sequence(tmp_path: Path, worker: StarlarkWorker) -> None:
    """One task a sequence."""
    stage, _ = make_stage(tmp_path, worker, FrontDeskModel())
    assert stage.list_tasks() == ["bicycle_trade_spec_001_seq1"]


def test_a_grown_task_is_done(tmp_path: Path, worker: StarlarkWorker) -> None:
    """Its file says grown, and where everything in it came from."""
    assert grow(tmp_path, worker, FrontDeskModel()) == "grown"
    _, store = make_stage(tmp_path, worker, FrontDeskModel())
    assert store.list_done(retry_abandoned=True) == {TASK_ID}
    assert store.count_by_status() == {"grown": 1, "abandoned": 0, "growing": 0}
    assert read_task(tmp_path)["provenance"].keys() == {"environment", "sequences", "task"}


@pytest.mark.parametrize("calls", range(7))
def test_a_task_goes_on_from_its_last_turn(tmp_path: Path, worker: StarlarkWorker, calls: int) -> None:
    """Whenever the model dies, accepted turns are kept and the finished file is the same."""
    grow(tmp_path / "undisturbed", worker, FrontDeskModel())
    with pytest.raises(ProviderError):
        grow(tmp_path, worker, Mortal(calls))
    _, store = make_stage(tmp_path, worker, FrontDeskModel())
    assert store.list_done(retry_abandoned=False) == set()
    model = FrontDeskModel()
    assert grow(tmp_path, worker, model) == "grown"
    assert len(model.requests) == (4 if calls >= 3 else 7)
    assert read_task(tmp_path) == read_task(tmp_path / "undisturbed")


def test_giving_up_is_recorded_and_retried_on_request(tmp_path: Path, worker: StarlarkWorker) -> None:
    """An abandoned task is done until a retry is asked for; then it goes on from its accepted turns."""
    assert grow(tmp_path, worker, FrontDeskModel(task_judge__gen=lambda request: REJECT)) == "abandoned"
    _, store = make_stage(tmp_path, worker, FrontDeskModel())
    assert store.list_done(retry_abandoned=False) == {TASK_ID}
    assert store.list_done(retry_abandoned=True) == set()
    assert store.count_by_status()["abandoned"] == 1
    assert "No person says this." in read_task(tmp_path)["reason"]
    assert grow(tmp_path, worker, FrontDeskModel(), retry=True) == "grown"
    assert (read_task(tmp_path)["reason"], store.count_by_status()["abandoned"]) == ("", 0)


def test_a_crash_before_the_mark_was_cleared_changes_nothing(tmp_path: Path, worker: StarlarkWorker) -> None:
    """A task whose file is finished but whose mark is left is looked at again, without any model call."""
    grow(tmp_path, worker, FrontDeskModel())
    before = read_task(tmp_path)
    mark = tmp_path / "tasks" / "_run" / "unfinished" / f"{TASK_ID}.growing"
    mark.touch()
    model = FrontDeskModel()
    assert grow(tmp_path, worker, model) == "grown"
    assert (model.requests, mark.exists(), read_task(tmp_path)) == ([], False, before)


def test_a_slower_process_undoes_nothing(tmp_path: Path, worker: StarlarkWorker) -> None:
    """Of two that grow one task the slower one's checkpoint does not replace the finished task."""
    _, store = make_stage(tmp_path, worker, FrontDeskModel())
    grow(tmp_path, worker, FrontDeskModel())
    grown = store.load(TASK_ID)
    assert grown is not None
    store.save(grown.model_copy(update={"status": "growing", "turns": grown.turns[:1]}))
    assert store.load(TASK_ID) == grown
    assert store.list_done(retry_abandoned=True) == {TASK_ID}


def test_only_admitted_twins_run(tmp_path: Path, worker: StarlarkWorker) -> None:
    """A twin that the audit did not admit is simulated by a model, and never reaches the task's replies."""
    lay_out(tmp_path, make_chains())
    grow(tmp_path, worker, FrontDeskModel())
    assert [turn["recorded"]["source"] for turn in read_task(tmp_path)["turns"]] == ["model", "model"]


def test_a_chain_over_an_unknown_tool_is_the_users_business(tmp_path: Path, worker: StarlarkWorker) -> None:
    """Files that do not belong together are named in one line."""
    chain = CHAIN.model_copy(update={"tools": ["get_job", "paint_bike"]})
    lay_out(tmp_path, make_chains().model_copy(update={"sequences": [chain]}))
    with pytest.raises(UserError, match=r"has no tool 'paint_bike'.*seq1"):
        grow(tmp_path, worker, FrontDeskModel())


def test_an_empty_folder_is_the_users_business(tmp_path: Path) -> None:
    """Without sequences there is nothing to grow."""
    with pytest.raises(UserError, match="holds no sequences"):
        TaskStore(tmp_path, tmp_path / "none", tmp_path).list_sequence_sets()
