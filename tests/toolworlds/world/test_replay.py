import asyncio

import pytest

from tests.toolworlds.world.lending_library import SCHEMA, TOOLS, lend_and_pay, open_library
from toolworlds.records.tasks import RowDraft
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.world.environment import Environment
from toolworlds.world.replay import (
    TwinExecutor,
    UnansweredCall,
    compare_with_record,
    find_replay_mode,
    replay,
)
from toolworlds.world.starlark import StarlarkWorker, make_twin


@pytest.fixture(scope="module")
def execute(worker: StarlarkWorker) -> TwinExecutor:
    """The library, open."""
    return open_library(worker)


@pytest.fixture(scope="module")
def row(execute: TwinExecutor) -> RowDraft:
    """Four calls, recorded."""
    return lend_and_pay(execute)


def test_a_ground_truth_replays_hash_for_hash(execute: TwinExecutor, row: RowDraft) -> None:
    """The same calls give the same replies, changes and end."""
    again = asyncio.run(replay(row.initial_state, row.gt_calls, execute))
    assert len(again.states) == 5
    assert compare_with_record(row, again) == []
    assert find_replay_mode(again.replies) == "twin"


def test_every_difference_from_the_record_is_named(execute: TwinExecutor, row: RowDraft) -> None:
    """A status, a reply, a change, an end state and a list of calls that are not the recorded ones."""
    again = asyncio.run(replay(row.initial_state, row.gt_calls, execute))
    first, *others = row.recorded_calls
    for update, problem in (
        ({"status": 404}, "call 0 (find_member): status is 200, recorded was 404"),
        ({"reply": {}}, "call 0 (find_member): the reply is not the recorded one"),
        ({"delta": others[1].delta}, "call 0 (find_member): the change is not the recorded one"),
        ({"arguments": {"name": "Bo"}}, "recorded_calls are not the calls of gt_calls"),
    ):
        changed = row.model_copy(update={"recorded_calls": [first.model_copy(update=update), *others]})
        assert compare_with_record(changed, again) == [problem]
    unfinished = row.model_copy(update={"final_state": row.initial_state})
    assert compare_with_record(unfinished, again) == ["the replay does not end in the recorded final_state"]


def test_refused_calls_leave_the_state(execute: TwinExecutor, row: RowDraft) -> None:
    """Unknown tools and wrong arguments are refused by the gate, rules of the world by the twin."""
    calls = [
        ToolCall(name="burn_book", arguments={}),
        ToolCall(name="find_member", arguments={"nam": "Bo"}),
        ToolCall(name="lend_book", arguments={"book_id": "bk_02", "member_id": "mb_01", "due": "2026-04-01"}),
    ]
    again = asyncio.run(replay(row.initial_state, calls, execute))
    assert [(reply.status, reply.source) for reply in again.replies] == [
        (404, "gate"),
        (400, "gate"),
        (409, "twin"),
    ]
    assert again.states[-1] == row.initial_state


def test_a_call_that_the_world_cannot_answer_is_a_fault(worker: StarlarkWorker, row: RowDraft) -> None:
    """No twin, a twin that breaks, and a twin whose change cannot be committed."""
    twins = {
        "find_member": make_twin("def run(world, args, now):\n    return world[1]\n"),
        "pay_fees": make_twin(
            'def run(world, args, now):\n    return ok({}, [{"delete": "books", "id": "bk_01"}])\n'
        ),
    }
    broken = TwinExecutor(Environment(SCHEMA, TOOLS, twins, worker))
    for call, problem in zip(
        (row.gt_calls[0], row.gt_calls[3], row.gt_calls[1]),
        ("the twin of find_member", "the twin of pay_fees", "find_books has no twin"),
        strict=True,
    ):
        with pytest.raises(UnansweredCall, match=problem):
            asyncio.run(broken(row.initial_state, call))


def test_replay_modes() -> None:
    """One remembered reply makes a replay `memo`; without any, one model's reply makes it `cold`."""
    replies = {
        source: ToolReply(status=200, reply=None, source=source) for source in ("twin", "model", "memo")
    }
    assert find_replay_mode([replies["twin"], replies["model"]]) == "cold"
    assert find_replay_mode([replies["model"], replies["memo"]]) == "memo"
