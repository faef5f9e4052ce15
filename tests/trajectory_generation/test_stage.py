import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roles.env_simulator import EnvSimulator
from roles.task_solver import TaskSolver
from roles.tool_simulator import ToolSimulator
from roles.trajectory_judge import TrajectoryJudge
from tests.front_desk import FINAL, TASK_ID, FrontDeskModel, call_tools, say
from tests.task_audit.test_stage import release
from tests.task_generation.test_stage import grow
from toolworlds.batch.dataset import Dataset, write_dataset
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ContextError, ProviderError, Request
from toolworlds.records.tasks import Row
from toolworlds.records.trajectories import Score, Trajectory
from toolworlds.world.starlark import StarlarkWorker
from trajectory_generation.rollout import Rollout
from trajectory_generation.scoring import find_simulation_error
from trajectory_generation.stage import InvalidEpisode, RolloutRoles, RolloutStage
from trajectory_generation.store import TrajectoryStore
from utils import UserError, dump_line, read_json

LOOK, CANCEL = ("get_job", "jb_12"), ("cancel_job", "jb_12")
SEVEN = ("id", "field", "summary", "tools", "gt_tool_calls", "initial_state", "final_state")


@pytest.fixture(scope="module")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as worker:
        yield worker


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, worker: StarlarkWorker) -> Path:
    """A file with one released row."""
    folder = tmp_path_factory.mktemp("released")
    grow(folder, worker, FrontDeskModel())
    release(folder, worker, FrontDeskModel())
    return folder / "task_content.jsonl"


@pytest.fixture(scope="module")
def plain(released: Path) -> Path:
    """The same row as others have it: seven columns."""
    row = Dataset(released).load(TASK_ID).to_json()
    path = released.with_name("plain.jsonl")
    write_dataset(path, [(TASK_ID, dump_line({column: row[column] for column in SEVEN}))])
    return path


def roll_out(
    dataset: Path,
    worker: StarlarkWorker,
    model: FrontDeskModel,
    folder: Path,
    *,
    judge: bool = True,
    max_turns: int = 6,
) -> Trajectory:
    players = RolloutRoles(
        TaskSolver(model, 7),
        EnvSimulator(model, 7, max_asks=2),
        ToolSimulator(model, 7, max_asks=2),
        TrajectoryJudge(model, 7) if judge else None,
    )
    store = TrajectoryStore(folder)
    stage = RolloutStage(Dataset(dataset), store, players, model, 7, worker, max_turns)
    with suppress(InvalidEpisode):
        asyncio.run(stage.roll_out(f"{TASK_ID}.0"))
    return Trajectory.model_validate(read_json(folder / f"{TASK_ID}.0.json"))


def test_the_right_calls_and_facts_solve(released: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """The agent's calls run on the row's world; code scores the end; the judge's opinion stands beside it."""
    done = roll_out(released, worker, FrontDeskModel(), tmp_path)
    assert (done.solved, done.reward, done.valid, done.stop_reason, done.fault) == (
        True,
        1.0,
        True,
        "finished",
        None,
    )
    assert done.components == {"state": True, "answer": True, "outcome": True}
    assert [call.source for call in done.calls] == ["twin", "model"]
    assert [message["role"] for message in done.messages] == [
        "system", "user", "assistant", "tool", "assistant", "tool", "assistant",
    ]  # fmt: skip
    assert done.answer == {"customer": "Luis Ferreira"}
    assert done.judge is not None
    assert done.judge.verdict == "solved"
    assert done.certified


def test_the_agent_sees_request_policy_clock_and_tools(
    released: Path, worker: StarlarkWorker, tmp_path: Path
) -> None:
    """Neither the world nor the solution nor a twin is in anything it is sent."""
    model = FrontDeskModel()
    roll_out(released, worker, model, tmp_path)
    first = next(request for request in model.requests if request.role == "task_solver.trajectory")
    sent = dump_line([*first.messages, *first.tools]).decode()
    for known in ("jb_12", "A job that has been started", "2026-05-11T08:30:00", "search_parts"):
        assert known in sent
    for hidden in ("Trek Marlin", "Ferreira", "def run", "Whose bike is job jb_12?"):
        assert hidden not in sent


def test_parallel_calls_run_in_listed_order(released: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """Each call sees what the one before it did."""
    model = FrontDeskModel(call_tools(CANCEL, LOOK), say(FINAL))
    done = roll_out(released, worker, model, tmp_path)
    assert [call.name for call in done.calls] == ["cancel_job", "get_job"]
    assert done.calls[1].reply["job"]["status"] == "cancelled"
    assert [m["tool_call_id"] for m in done.messages if m["role"] == "tool"] == ["call_0", "call_1"]
    assert done.solved


DEEP = '{"job_id": ' + "[" * 500 + "]" * 500 + "}"


@pytest.mark.parametrize("broken", ["{", "[1]", '{"job_id": NaN}', DEEP])
def test_broken_arguments_are_a_400(
    released: Path, worker: StarlarkWorker, tmp_path: Path, broken: str
) -> None:
    """The agent reads what was wrong and may go on."""
    steps = (call_tools(("get_job", broken)), call_tools(LOOK), call_tools(CANCEL), say(FINAL))
    done = roll_out(released, worker, FrontDeskModel(*steps), tmp_path)
    assert (done.calls[0].status, done.calls[0].source) == (400, "gate")
    assert "the arguments are" in done.messages[3]["content"]
    assert done.solved


@pytest.mark.parametrize(
    ("steps", "stop", "reason"),
    [
        ([say(FINAL)], "finished", "jobs"),
        ([call_tools(CANCEL), say("Cancelled.")], "finished", "does not state customer"),
        ([call_tools(LOOK)], "turn_limit", "did not finish"),
        ([call_tools(LOOK, CANCEL), say(FINAL, finish_reason="length")], "length", "did not finish"),
    ],
)
def test_failures_are_the_agents(
    released: Path,
    worker: StarlarkWorker,
    tmp_path: Path,
    steps: list[Completion],
    stop: str,
    reason: str,
) -> None:
    """Scored 0 with reasons: nothing done, no answer, no end within the turns, a reply cut off."""
    done = roll_out(released, worker, FrontDeskModel(*steps), tmp_path)
    assert (done.solved, done.reward, done.fault, done.stop_reason) == (False, 0.0, "agent", stop)
    assert any(reason in line for line in done.reasons)


WRITTEN = '<tool_call>\n{"name": "get_job", "arguments": {"job_id": "jb_12"}}\n</tool_call>'


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (say("", finish_reason="filtered"), "content filter"),
        (say(WRITTEN), "--tool-call-parser"),
        (replace(say(""), reasoning=FINAL), "--reasoning-parser"),
    ],
)
def test_a_servers_fault_is_never_charged(
    released: Path, worker: StarlarkWorker, tmp_path: Path, last: Completion, words: str
) -> None:
    """A filtered message, an unparsed call, an answer among thoughts: invalid, and the remedy is named."""
    done = roll_out(released, worker, FrontDeskModel(call_tools(LOOK, CANCEL), last), tmp_path)
    assert (done.valid, done.reward, done.fault, done.stop_reason) == (
        False,
        None,
        "provider",
        "provider_fault",
    )
    assert words in done.reasons[0]


@pytest.mark.parametrize("said", ["<tool_call>\n{broken\n</tool_call>", "", "I think I am done."])
def test_what_makes_no_sense_anywhere_is_the_agents(
    released: Path, worker: StarlarkWorker, tmp_path: Path, said: str
) -> None:
    """No parser could have read it."""
    done = roll_out(released, worker, FrontDeskModel(call_tools(LOOK), say(said)), tmp_path)
    assert (done.valid, done.fault) == (True, "agent")


def test_a_full_window_ends_an_episode(released: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """It is kept, unsolved and counted: the agent talked too long."""

    class Full(FrontDeskModel):
        async def complete(self, request: Request) -> Completion:
            if request.role == "task_solver.trajectory" and len(request.messages) > 4:
                raise ContextError("full")
            return await super().complete(request)

    done = roll_out(released, worker, Full(), tmp_path)
    assert (done.valid, done.solved, done.reward, done.stop_reason, done.fault) == (
        True,
        False,
        0.0,
        "context",
        "agent",
    )


def test_ids_of_calls_are_unique(released: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """Two parallel calls with one id, as some servers send them."""
    both = call_tools(LOOK, CANCEL)
    same = replace(both, tool_calls=tuple({**call, "id": "same"} for call in both.tool_calls))
    done = roll_out(released, worker, FrontDeskModel(same, say(FINAL)), tmp_path)
    ids = [call["id"] for message in done.messages for call in message.get("tool_calls", ())]
    assert len(ids) == 2 == len(set(ids))
    assert [m["tool_call_id"] for m in done.messages if m["role"] == "tool"] == ids


def test_thoughts_are_no_answer(released: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """An answer within thoughts was never given, and one behind them counts."""
    inside = say(f"<think>{FINAL}</think>")
    done = roll_out(released, worker, FrontDeskModel(call_tools(LOOK, CANCEL), inside), tmp_path)
    assert (done.solved, done.fault) == (False, "agent")


def test_a_simulator_fault_is_never_charged(released: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """The episode is invalid, without a reward, and no judge is asked."""
    off = call_tools(("cancel_job", "jb_13"))
    model = FrontDeskModel(off, say(FINAL), env_simulator__simulate=lambda request: {})
    done = roll_out(released, worker, model, tmp_path)
    assert (done.valid, done.reward, done.fault, done.judge) == (False, None, "simulator", None)
    assert "could not be simulated" in done.reasons[0]


def test_a_provider_error_leaves_the_rollout_owed(
    released: Path, worker: StarlarkWorker, tmp_path: Path
) -> None:
    """Nothing is written; whether it came in the agent's turn or in the judge's."""

    class Unserved(FrontDeskModel):
        async def complete(self, request: Request) -> Completion:
            if request.role == "trajectory_judge.judge":
                raise ProviderError("gone")
            return await super().complete(request)

    with pytest.raises(ProviderError):
        roll_out(released, worker, Unserved(), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "verdict"), [({"problem": "No.", "verdict": "unsolved"}, "unsolved"), ({}, "failed")]
)
def test_a_judge_never_overrules_code(
    released: Path, worker: StarlarkWorker, tmp_path: Path, said: Json, verdict: str
) -> None:
    """Its opinion is kept whatever it is; without a usable one it is `failed`."""
    done = roll_out(released, worker, FrontDeskModel(trajectory_judge__judge=lambda request: said), tmp_path)
    assert done.judge is not None
    assert (done.solved, done.judge.verdict) == (True, verdict)


def test_the_judge_can_be_left_out(released: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """Code's score stands alone then."""
    done = roll_out(released, worker, FrontDeskModel(), tmp_path, judge=False)
    assert (done.solved, done.judge) == (True, None)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"problem": "", "verdict": "solved"}, (True, 1.0, True)),
        ({"problem": "No.", "verdict": "unsolved"}, (False, 0.0, True)),
        ({"verdict": "maybe"}, (False, None, False)),
    ],
)
def test_a_plain_row_is_imagined_and_judged(
    plain: Path, worker: StarlarkWorker, tmp_path: Path, said: Json, outcome: tuple[Any, ...]
) -> None:
    """Without a certificate the judge alone scores, and a failed judge scores nothing."""
    model = FrontDeskModel(trajectory_judge__judge=lambda request: said)
    done = roll_out(plain, worker, model, tmp_path)
    assert (done.solved, done.reward, done.valid) == outcome
    assert (done.certified, [call.source for call in done.calls]) == (False, ["model", "model"])
    imagined = [request for request in model.requests if request.role == "tool_simulator.imagine"]
    assert [len(request.inputs["transcript"]) for request in imagined] == [0, 1]


def test_a_plain_row_needs_the_judge(plain: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """--no-judge would leave nobody to score it."""
    with pytest.raises(UserError, match="leave out --no-judge"):
        roll_out(plain, worker, FrontDeskModel(), tmp_path, judge=False)


def test_a_plain_rows_unknown_tool_is_refused(plain: Path, worker: StarlarkWorker, tmp_path: Path) -> None:
    """By code: no model is asked about tools that the row does not have."""
    model = FrontDeskModel(call_tools(("paint_bike", "jb_12")), say("Done."))
    done = roll_out(plain, worker, model, tmp_path)
    assert (done.calls[0].status, model.count("tool_simulator.imagine")) == (404, 0)


def forget_changes(request: Request) -> Json:
    """A simulator that cancels in words alone."""
    return {"status": 200, "delta": [], "reply": {"cancelled": True}}


def test_what_the_row_recorded_is_never_simulated_again(
    released: Path, worker: StarlarkWorker, tmp_path: Path
) -> None:
    """A simulator that would forget the change is not asked, and the right calls earn the reward."""
    model = FrontDeskModel(env_simulator__simulate=forget_changes)
    done = roll_out(released, worker, model, tmp_path)
    assert (done.solved, done.reward) == (True, 1.0)
    assert not any(request.role.startswith("env_simulator") for request in model.requests)


def test_right_changes_that_a_model_simulated_otherwise_are_its_fault(
    released: Path, worker: StarlarkWorker, tmp_path: Path
) -> None:
    """Reached by another way, so that the record has no answer: invalid, never the agent's."""
    row = Dataset(released).load(TASK_ID)
    assert isinstance(row, Row)
    recorded = [call for call in row.recorded_calls if call.name == "cancel_job"]
    made = Rollout([], calls=[call.model_copy(update={"source": "model"}) for call in recorded])
    score = Score(solved=False, reward=0.0, components={"state": False}, reasons=["jobs differ"])
    assert "simulated them otherwise" in find_simulation_error(row, made, score)
    assert not find_simulation_error(row, Rollout([], calls=[]), score)
    assert not find_simulation_error(row, made, score.model_copy(update={"components": {"state": True}}))
