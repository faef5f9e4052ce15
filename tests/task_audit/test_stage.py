import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from roles.env_simulator import EnvSimulator
from roles.task_judge import TaskJudge
from roles.task_summarizer import TaskSummarizer
from roles.tool_simulator import ToolSimulator
from task_audit.stage import ReleaseRoles, ReleaseStage
from task_audit.store import ReleaseStore
from tests.front_desk import SUMMARY, TASK_ID, FrontDeskModel, lay_out, make_chains
from tests.task_generation.test_stage import grow
from toolworlds.batch.dataset import load_rows
from toolworlds.records.completions import ReplyError
from toolworlds.records.tasks import Row, Task
from toolworlds.simulation.simulator import SimulatorFault
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError, list_stems, read_json, write_json


@pytest.fixture(scope="module")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as worker:
        yield worker


@pytest.fixture
def folder(tmp_path: Path, worker: StarlarkWorker) -> Path:
    """A folder with one grown task."""
    grow(tmp_path, worker, FrontDeskModel())
    return tmp_path


def make_store(folder: Path) -> ReleaseStore:
    return ReleaseStore(folder / "tasks", folder / "env_specs", folder / "task_content.jsonl")


def make_stage(folder: Path, worker: StarlarkWorker, model: FrontDeskModel) -> ReleaseStage:
    auditors = ReleaseRoles(
        TaskSummarizer(model, 7),
        TaskJudge(model, 7),
        EnvSimulator(model, 7, max_asks=2),
        ToolSimulator(model, 7, max_asks=2),
    )
    return ReleaseStage(make_store(folder), auditors, model, 7, worker, (1, 1))


def release(folder: Path, worker: StarlarkWorker, model: FrontDeskModel) -> str:
    store = make_store(folder)
    [task_id] = store.list_grown()
    verdict = asyncio.run(make_stage(folder, worker, model).release_task(task_id))
    store.compile_rows()
    return verdict


def read_row(folder: Path) -> Row:
    [row] = load_rows(folder / "task_content.jsonl")
    assert isinstance(row, Row)
    return row


def change_task(folder: Path, **changed: object) -> None:
    """Rewrites the grown task with some of its fields changed."""
    path = folder / "tasks" / f"{TASK_ID}.json"
    task = Task.model_validate(read_json(path))
    write_json(path, task.model_copy(update=changed).to_json())


def test_a_sound_task_is_released(folder: Path, worker: StarlarkWorker) -> None:
    """The row holds the request, the tools with distractors, the solution, and a passed certificate."""
    assert release(folder, worker, FrontDeskModel()) == "released"
    row = read_row(folder)
    assert (row.id, row.summary) == (TASK_ID, SUMMARY)
    assert row.gt_tool_calls == ["get_job(job_id='jb_12')", "cancel_job(job_id='jb_12')"]
    assert len(row.tools) == 3
    assert row.twins.keys() == {"get_job"}
    assert row.certificate.passed
    assert row.certificate.replay == "cold"
    assert row.difficulty == {"calls": 2, "writes": 1, "facts": 1, "tools": 3, "entities": 11}
    assert row.provenance.keys() == {"environment", "sequences", "task", "release"}


def test_a_summary_must_name_every_input(folder: Path, worker: StarlarkWorker) -> None:
    """A request from which an argument cannot be told goes back to the summarizer with the reason."""
    summaries = iter([{"summary": "Whose bike is that? Cancel it."}, {"summary": SUMMARY}])
    model = FrontDeskModel(task_summarizer__summarize=lambda request: next(summaries))
    assert release(folder, worker, model) == "released"
    asked = [request for request in model.requests if request.role == "task_summarizer.summarize"]
    assert "job_id" in asked[1].messages[-1]["content"]


def test_a_summary_that_never_does_fails_the_task(folder: Path, worker: StarlarkWorker) -> None:
    """No usable reply is a failure of the item, not a verdict about it."""
    model = FrontDeskModel(task_summarizer__summarize=lambda request: {"summary": "Cancel it."})
    with pytest.raises(ReplyError):
        release(folder, worker, model)
    assert make_store(folder).list_done() == set()


def test_a_rejecting_judge_keeps_the_row_back(folder: Path, worker: StarlarkWorker) -> None:
    """The reasons are kept, and nothing is released."""
    verdict = {"problem": "It asks for more than was done.", "verdict": "reject"}
    assert release(folder, worker, FrontDeskModel(task_judge__eval=lambda request: verdict)) == "rejected"
    [rejected] = (folder / "_run" / "rejected").iterdir()
    assert read_json(rejected)["reasons"] == ["the judge rejects it: It asks for more than was done."]
    assert (folder / "task_content.jsonl").read_bytes() == b""


def test_a_task_whose_replay_ends_elsewhere_is_rejected(folder: Path, worker: StarlarkWorker) -> None:
    """No judge is asked where code has already refused."""
    task = Task.model_validate(read_json(folder / "tasks" / f"{TASK_ID}.json"))
    change_task(folder, final_state=task.initial_state)
    model = FrontDeskModel()
    assert release(folder, worker, model) == "rejected"
    assert model.count("task_judge.eval") == 0


def test_a_world_that_cannot_answer_is_a_fault(folder: Path, worker: StarlarkWorker) -> None:
    """Without an answer to the ground truth nothing is known of the task."""
    with pytest.raises(SimulatorFault):
        release(folder, worker, FrontDeskModel(env_simulator__simulate=lambda request: {}))


def test_unfinished_tasks_are_none_of_ours(tmp_path: Path, worker: StarlarkWorker) -> None:
    """Growing and abandoned tasks are passed over; where there are no others, the user is told."""
    reject = {"problem": "No.", "verdict": "reject"}
    grow(tmp_path, worker, FrontDeskModel(task_judge__gen=lambda request: reject))
    assert list_stems(tmp_path / "tasks") == {TASK_ID}
    with pytest.raises(UserError, match="holds no grown tasks"):
        make_store(tmp_path).list_grown()


def test_a_task_that_grows_again_is_left_alone(folder: Path, worker: StarlarkWorker) -> None:
    """Another process's checkpoint of a task that was listed as grown is no task yet."""
    change_task(folder, status="growing")
    assert release(folder, worker, FrontDeskModel()) == "unfinished"
    assert make_store(folder).list_done() == set()


def test_a_released_row_can_be_certified_anew(folder: Path, worker: StarlarkWorker) -> None:
    """The same certificate for a sound row; a row that no longer holds is withdrawn with its reasons."""
    release(folder, worker, FrontDeskModel())
    before = (folder / "task_content.jsonl").read_bytes()
    stage, store = make_stage(folder, worker, FrontDeskModel()), make_store(folder)
    assert asyncio.run(stage.recertify_row(TASK_ID)) == "released"
    store.compile_rows()
    assert (folder / "task_content.jsonl").read_bytes() == before
    store.release(read_row(folder).model_copy(update={"summary": "Cancel it."}))
    assert asyncio.run(stage.recertify_row(TASK_ID)) == "rejected"
    assert store.count_by_verdict() == {"released": 0, "rejected": 1}


def test_what_a_model_simulates_is_asked_afresh(tmp_path: Path, worker: StarlarkWorker) -> None:
    """The certificate's replay shares no request with the calls that grew the task."""
    lay_out(tmp_path, make_chains())
    growing, releasing = FrontDeskModel(), FrontDeskModel()
    grow(tmp_path, worker, growing)
    release(tmp_path, worker, releasing)
    ids = [{request.request_id for request in model.requests} for model in (growing, releasing)]
    assert not ids[0] & ids[1]
