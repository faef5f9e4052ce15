import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from roles.env_simulator import EnvSimulator
from roles.task_evolver import TaskEvolver
from roles.task_judge import TaskJudge
from roles.task_solver import TaskSolver
from roles.tool_simulator import ToolSimulator
from task_generation.turns import TurnGrower, TurnRoles
from tests.front_desk import CHAIN, DRAFTS, TASK_ID, FrontDeskModel
from tests.workshop import SPEC, TWINNED
from toolworlds.records.base import Json
from toolworlds.records.tasks import Task
from toolworlds.simulation.memo import Memo
from toolworlds.simulation.simulator import Simulator
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker

BEGUN = Task(
    task_id=TASK_ID,
    spec_id=SPEC.spec_id,
    sequence=CHAIN,
    kept_tools=[tool.tool_name for tool in SPEC.tools],
    status="growing",
    initial_state=SPEC.initial_state,
    final_state=SPEC.initial_state,
    provenance={},
)
NEW_PART = {"id": "pt_5", "name": "Bell", "fits": "city", "unit_price": 9.5, "stock": 4, "reserved": 0}


@pytest.fixture(scope="module")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as worker:
        yield worker


def make_growers(model: FrontDeskModel, turn_attempts: int, solver_retries: int) -> TurnRoles:
    return TurnRoles(
        TaskEvolver(model, 7),
        TaskSolver(model, 7),
        TaskJudge(model, 7),
        EnvSimulator(model, 7, max_asks=2),
        ToolSimulator(model, 7, max_asks=2),
        turn_attempts,
        solver_retries,
    )


def grow(worker: StarlarkWorker, model: FrontDeskModel, task: Task = BEGUN, turns: int = 2) -> Task:
    env = Environment(TWINNED.world_schema, TWINNED.tools, TWINNED.twins, worker)
    growers = make_growers(model, turn_attempts=3, solver_retries=1)
    simulator = Simulator(env, growers.env_simulator, growers.tool_simulator, Memo())
    grower = TurnGrower(TWINNED, simulator, growers)

    async def run() -> Task:
        grown = task
        for _ in range(turns):
            if grown.status == "growing":
                grown = await grower.grow(grown)
        return grown

    return asyncio.run(run())


def change_draft(tool: str, **changed: Any) -> Json:
    return {**DRAFTS[tool], **changed}


def test_a_task_grows_turn_by_turn(worker: StarlarkWorker) -> None:
    """Each turn holds its request, its call with what came back, and facts that code read from the reply."""
    task = grow(worker, FrontDeskModel())
    assert (task.status, len(task.turns)) == ("grown", 2)
    assert [turn.recorded.source for turn in task.turns] == ["twin", "model"]
    assert [(fact.name, fact.value, fact.call) for fact in task.turns[0].facts] == [
        ("customer", "Luis Ferreira", 0)
    ]
    assert task.turns[1].recorded.delta[0].to_json()["update"] == "jobs"
    assert task.initial_state == SPEC.initial_state != task.final_state


def test_a_turn_takes_four_calls_and_three_with_a_twin(worker: StarlarkWorker) -> None:
    """Evolver, solver, judge; and the simulator where there is no twin."""
    model = FrontDeskModel()
    grow(worker, model, turns=1)
    assert len(model.requests) == 3
    grow(worker, model)
    assert len(model.requests) == 3 + 7


def test_entities_are_added_to_both_states(worker: StarlarkWorker) -> None:
    """What a later turn adds was there from the beginning."""
    draft = change_draft("cancel_job", additions={"parts": [NEW_PART]})
    task = grow(worker, FrontDeskModel(task_evolver__t1=lambda request: draft))
    for state in (task.initial_state, task.final_state):
        assert [part["id"] for part in state.collections["parts"]][-1] == "pt_5"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"additions": {"customers": []}}, "allowed: parts"),
        ({"additions": {"parts": [NEW_PART | {"reserved": 9}]}}, "no more pieces are reserved"),
        ({"additions": {"parts": [NEW_PART | {"id": "pt_1"}]}}, "more than once"),
        ({"additions": {"bells": []}}, "additions to 'bells' are not allowed"),
        ({"call": {"name": "get_job", "arguments": {"job_id": "jb_12"}}}, "must call 'cancel_job'"),
        ({"call": {"name": "cancel_job", "arguments": {}}}, "status 400"),
        ({"facts": [{"name": "customer", "type": "id", "path": []}]}, "more than once in the task"),
    ],
)  # fmt: skip
def test_what_code_refuses_goes_back_to_the_evolver(
    worker: StarlarkWorker, changed: dict[str, Json], reason: str
) -> None:
    """A draft that breaks a rule is refused with the reason before anything is run; the next one counts."""
    drafts = iter([change_draft("cancel_job", **changed), DRAFTS["cancel_job"]])
    model = FrontDeskModel(task_evolver__t1=lambda request: next(drafts))
    task = grow(worker, model)
    asked = [request for request in model.requests if request.role == "task_evolver.t1"]
    assert reason in asked[1].messages[-1]["content"]
    assert (task.status, task.turns[1].attempts) == ("grown", 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"facts": [{"name": "owner", "type": "string", "path": ["owner"]}]},
        {"facts": [{"name": "owner", "type": "number", "path": ["customer"]}]},
        {"call": {"name": "get_job", "arguments": {"job_id": "jb_77"}}, "facts": []},
    ],
)
def test_a_draft_that_does_not_hold_is_drafted_anew(worker: StarlarkWorker, changed: dict[str, Json]) -> None:
    """A fact that leads nowhere or is of another type, a call that is refused: another draft is asked for."""
    drafts = iter([change_draft("get_job", **changed), DRAFTS["get_job"]])
    task = grow(worker, FrontDeskModel(task_evolver__t0=lambda request: next(drafts)), turns=1)
    assert (len(task.turns), task.turns[0].attempts) == (1, 2)


def test_the_next_draft_is_told_why_the_last_was_refused(worker: StarlarkWorker) -> None:
    """What the judge said stands in the prompt of the second draft, and not in that of the first."""
    verdicts = iter([{"problem": "No person says this.", "verdict": "reject"}])
    accept = {"problem": "", "verdict": "accept"}
    model = FrontDeskModel(task_judge__gen=lambda request: next(verdicts, accept))
    grow(worker, model, turns=1)
    drafts = [request for request in model.requests if request.role == "task_evolver.t0"]
    told = ["No person says this." in draft.messages[-1]["content"] for draft in drafts]
    assert told == [False, True]


def test_a_solver_who_does_the_same_otherwise_is_right(worker: StarlarkWorker) -> None:
    """Another call that leads to the same state and facts agrees with the expected one."""
    searched = change_draft(
        "get_job", call={"name": "search_parts", "arguments": {"fits": "mountain"}}, facts=[]
    )
    chain = CHAIN.model_copy(update={"tools": ["search_parts", "cancel_job"]})
    spelled_out = {"call": {"name": "search_parts", "arguments": {"fits": "mountain", "page": 1}}}
    model = FrontDeskModel(
        task_evolver__t0=lambda request: searched, task_solver__gen=lambda request: spelled_out
    )
    task = grow(worker, model, BEGUN.model_copy(update={"sequence": chain}), turns=1)
    assert task.turns[0].attempts == 1
    assert model.count("tool_simulator.simulate") == 1


def test_a_solver_who_fails_gets_another_try(worker: StarlarkWorker) -> None:
    """A blind solution that ends elsewhere is tried again within the bound; then the draft is refused."""
    wrong = {"call": {"name": "get_job", "arguments": {"job_id": "jb_14"}}}
    model = FrontDeskModel(task_solver__gen=lambda request: wrong)
    task = grow(worker, model, turns=1)
    assert task.status == "abandoned"
    assert "led the solver to" in task.reason
    assert model.count("task_solver.gen") == 3 * 2


def test_a_rejecting_judge_ends_in_giving_up(worker: StarlarkWorker) -> None:
    """After so many drafts the task is abandoned with the last reason; what was accepted stays."""
    reject = {"problem": "No person says this.", "verdict": "reject"}
    model = FrontDeskModel()
    begun = grow(worker, model, turns=1)
    task = grow(worker, FrontDeskModel(task_judge__gen=lambda request: reject), begun)
    assert (task.status, len(task.turns), task.drafts_refused) == ("abandoned", 1, 3)
    assert "turn 2 (cancel_job)" in task.reason
    assert "No person says this." in task.reason


def test_a_simulator_fault_costs_a_draft(worker: StarlarkWorker) -> None:
    """What cannot be simulated is drafted differently, and given up in the end."""
    task = grow(worker, FrontDeskModel(env_simulator__simulate=lambda request: {}))
    assert (task.status, len(task.turns)) == ("abandoned", 1)
    assert "could not be simulated" in task.reason


def test_a_retry_asks_anew(worker: StarlarkWorker) -> None:
    """Drafts are counted on, so that a model is not asked the same question with the same seed."""
    model = FrontDeskModel()
    grow(worker, model, BEGUN.model_copy(update={"drafts_refused": 3}), turns=1)
    assert model.requests[0].request_id == f"{TASK_ID}/turn1/draft3/task_evolver.t0/0"
