import asyncio
from collections.abc import Iterator

import pytest

from roles.env_simulator import EnvSimulator
from roles.tool_simulator import ToolSimulator
from tests.workshop import PROPOSALS, SPEC, TWINNED, WorkshopModel
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ProviderError, Request
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.simulation.memo import Memo
from toolworlds.simulation.simulator import Simulator, SimulatorFault, record_call
from toolworlds.world.canonical import state_hash
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker, make_twin

CANCEL = ToolCall(name="cancel_job", arguments={"job_id": "jb_12"})
SEARCH = ToolCall(name="search_parts", arguments={"fits": "mountain"})
GET_JOB = ToolCall(name="get_job", arguments={"job_id": "jb_12"})
STRAY: Json = {"status": 200, "delta": [{"update": "parts", "id": "pt_1", "set": {"stock": 0}}], "reply": {}}
"""A proposal that leaves the footprint of cancel_job."""


@pytest.fixture(scope="module")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as worker:
        yield worker


def make_simulator(
    worker: StarlarkWorker, model: WorkshopModel, memo: Memo | None = None, twinned: bool = False
) -> Simulator:
    spec = TWINNED if twinned else SPEC
    env = Environment(spec.world_schema, spec.tools, spec.twins, worker)
    return Simulator(env, EnvSimulator(model, 7, max_asks=2), ToolSimulator(model, 7, max_asks=2), memo)


def play(simulator: Simulator, *calls: ToolCall) -> tuple[WorldState, list[ToolReply]]:
    """The calls one after another from the initial state."""

    async def run() -> tuple[WorldState, list[ToolReply]]:
        state, replies = SPEC.initial_state, []
        for place, call in enumerate(calls):
            state, reply = await simulator.call(state, call, f"item/{place}")
            replies.append(reply)
        return state, replies

    return asyncio.run(run())


def test_a_bad_call_costs_no_model_call(worker: StarlarkWorker) -> None:
    """Unknown tools, wrong arguments and broken preconditions end at the gate; the state stays."""
    model = WorkshopModel()
    book = {"customer_id": "cu_01", "bike": "Gudereit", "hours": 1.25, "due": "2026-06-01"}
    state, replies = play(
        make_simulator(worker, model),
        ToolCall(name="paint_bike", arguments={}),
        ToolCall(name="get_job", arguments={}),
        ToolCall(name="book_job", arguments=book),
    )
    assert [(reply.status, reply.source) for reply in replies] == [
        (404, "gate"),
        (400, "gate"),
        (422, "gate"),
    ]
    assert (state, model.requests) == (SPEC.initial_state, [])


def test_a_twin_answers_without_a_model(worker: StarlarkWorker) -> None:
    """A tool whose twin the environment holds is never simulated."""
    model = WorkshopModel()
    _, [reply] = play(make_simulator(worker, model, twinned=True), GET_JOB)
    assert (reply.source, reply.reply["customer"], model.requests) == ("twin", "Luis Ferreira", [])


def test_reads_and_writes_go_to_their_simulators(worker: StarlarkWorker) -> None:
    """One call of the tool simulator for a read, one of the env simulator for a write."""
    model = WorkshopModel()
    state, replies = play(make_simulator(worker, model), SEARCH, CANCEL)
    assert [request.role for request in model.requests] == [
        "tool_simulator.simulate",
        "env_simulator.simulate",
    ]
    assert [reply.source for reply in replies] == ["model", "model"]
    cancelled = next(job for job in state.collections["jobs"] if job["id"] == "jb_12")
    assert cancelled["status"] == "cancelled"


def test_a_known_call_is_replayed(worker: StarlarkWorker) -> None:
    """Same call on the same footprint: the same answer from the memo, whatever item asks."""
    model, memo = WorkshopModel(), Memo()
    first, again = (play(make_simulator(worker, model, memo), CANCEL) for _ in range(2))
    assert state_hash(first[0]) == state_hash(again[0])
    assert [run[1][0].source for run in (first, again)] == ["model", "memo"]
    assert again[1][0].model_copy(update={"source": "model"}) == first[1][0]
    assert len(model.requests) == 1


def test_a_changed_footprint_is_another_call(worker: StarlarkWorker) -> None:
    """After a write into its footprint a read is asked again; a write elsewhere leaves it known."""
    model, memo = WorkshopModel(), Memo()
    _, replies = play(make_simulator(worker, model, memo), GET_JOB, SEARCH, CANCEL, GET_JOB, SEARCH)
    assert [reply.source for reply in replies] == ["model", "model", "model", "model", "memo"]


def test_requests_do_not_depend_on_who_asked(worker: StarlarkWorker) -> None:
    """With a memo the request id is the call's own; without one it is the asker's."""
    for memo, same in ((Memo(), True), (None, False)):
        ids = []
        for calls in ((SEARCH,), (GET_JOB, SEARCH)):
            model = WorkshopModel()
            play(make_simulator(worker, model, memo and Memo()), *calls)
            ids.append(model.requests[-1].request_id)
        assert (ids[0] == ids[1]) is same


def test_a_refused_proposal_gets_one_repair(worker: StarlarkWorker) -> None:
    """The reasons go back to the model once; the second proposal counts."""
    proposals = iter([STRAY, PROPOSALS["cancel_job"]])
    model = WorkshopModel(env_simulator__simulate=lambda request: next(proposals))
    _, [reply] = play(make_simulator(worker, model), CANCEL)
    assert reply.reply == {"status": "cancelled"}
    assert "may write" in model.requests[1].messages[-1]["content"]


@pytest.mark.parametrize("nonsense", [STRAY, {"answer": 42}])
def test_what_cannot_be_committed_is_a_fault(worker: StarlarkWorker, nonsense: Json) -> None:
    """Two refused proposals, or nonsense, and the call is a simulator's fault; nothing is remembered."""
    model = WorkshopModel(env_simulator__simulate=lambda request: nonsense)
    with pytest.raises(SimulatorFault, match="cancel_job could not be simulated"):
        play(make_simulator(worker, model, Memo()), CANCEL)
    assert len(model.requests) == 2


def test_a_twin_that_fails_is_a_fault(worker: StarlarkWorker) -> None:
    """A twin is exact or it is none: no model is asked in its place."""
    twins = {"get_job": make_twin("def run(world, args, now):\n    return 1 // 0\n")}
    env = Environment(SPEC.world_schema, SPEC.tools, twins, worker)
    model = WorkshopModel()
    simulator = Simulator(env, EnvSimulator(model, 7), ToolSimulator(model, 7), None)
    with pytest.raises(SimulatorFault):
        play(simulator, GET_JOB)
    assert model.requests == []


def test_an_unserved_call_is_no_fault(worker: StarlarkWorker) -> None:
    """When nobody answers the item is owed: the provider's error passes through."""

    class Unserved(WorkshopModel):
        async def complete(self, request: Request) -> Completion:
            raise ProviderError("no server")

    with pytest.raises(ProviderError):
        play(make_simulator(worker, Unserved(), Memo()), SEARCH)


def test_records_do_not_tell_what_else_ran(worker: StarlarkWorker) -> None:
    """A memo's answer is recorded as the model's."""
    memo = Memo()
    runs = [play(make_simulator(worker, WorkshopModel(), memo), SEARCH)[1][0] for _ in range(2)]
    first, again = (record_call(SEARCH, reply) for reply in runs)
    assert runs[0].source != runs[1].source
    assert first == again


def test_records_name_who_answered(worker: StarlarkWorker) -> None:
    """The gate and a twin are recorded as themselves."""
    simulator = make_simulator(worker, WorkshopModel(), twinned=True)
    _, replies = play(simulator, ToolCall(name="get_job", arguments={}), GET_JOB)
    assert [record_call(GET_JOB, reply).source for reply in replies] == ["gate", "twin"]


def test_an_executor_carries_out_calls_for_its_item(worker: StarlarkWorker) -> None:
    """As replays take it: state and reply are those of the call, the item names the request."""
    model = WorkshopModel()
    simulator = make_simulator(worker, model)
    state, reply = asyncio.run(simulator.executor("item/7")(SPEC.initial_state, CANCEL))
    assert (state, [reply]) == play(make_simulator(worker, WorkshopModel()), CANCEL)
    assert model.requests[0].request_id.startswith("item/7/")


def test_the_embedded_model_gets_a_twin_to_answer_from(worker: StarlarkWorker) -> None:
    """That of the tool that is called, where there is one; it is never run here."""
    model = WorkshopModel()
    env = Environment(SPEC.world_schema, SPEC.tools, {}, worker)
    roles = EnvSimulator(model, 7), ToolSimulator(model, 7)
    play(Simulator(env, *roles, None, {"get_job": make_twin("told")}), GET_JOB, SEARCH)
    told, other = (str(request.reference) for request in model.requests)
    assert "told" in told and "told" not in other
