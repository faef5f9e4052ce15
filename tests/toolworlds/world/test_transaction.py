"""A proposal is committed as a whole, or refused with reasons that its author can act on."""

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolworlds.world.rehearsal_house import BOOK, SCHEMA, TOOLS, TWINS, make_state
from toolworlds.records.base import Json
from toolworlds.records.tools import Proposal, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.delta import apply_delta
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker
from toolworlds.world.transaction import Refused, commit

BOOKING: dict[str, Json] = {
    "studio_id": "st_04",
    "band_id": "bd_01",
    "start": "2026-05-08T10:00:00",
    "hours": 2,
    "players": 3,
}
SESSION: dict[str, Json] = {**BOOKING, "price": 40, "status": "booked"}


def propose(
    env: Environment, state: WorldState, tool: str, arguments: dict[str, Json], proposal: dict[str, Json]
) -> tuple[WorldState, ToolReply]:
    """Commits as trusted code would: literal data allowed."""
    parsed = Proposal.model_validate({"status": 200, "reply": {}, **proposal})
    return commit(env, state, env.tools[tool], arguments, parsed, "twin")


def book(env: Environment, state: WorldState, *operations: Json) -> tuple[WorldState, ToolReply]:
    return propose(env, state, "book_studio", BOOKING, {"delta": list(operations)})


@pytest.mark.parametrize(
    ("tool", "proposal", "reason"),
    [
        ("sum_up_band", {"delta": [{"delete": "bands", "id": "bd_01"}]}, "sum_up_band only reads"),
        ("move_credit", {"status": 500}, "status 500 is neither"),
        ("move_credit", {"status": 409}, "reply of a refusal"),
        ("move_credit", {"status": 404, "reply": {"error": "no", "hint": "x"}}, "reply of a refusal"),
        (
            "move_credit",
            {"status": 404, "reply": {"error": "no"}, "delta": [{"delete": "bands", "id": "bd_01"}]},
            "changes nothing",
        ),
        ("move_credit", {"delta": [{"delete": "sessions", "id": "se_01"}]}, "not ['sessions']"),
        ("move_credit", {"delta": [{"insert": "halls", "values": {}}]}, "not ['halls']"),
        ("book_studio", {"delta": [{"update": "studios", "id": "st_01", "set": {}}]}, "not ['studios']"),
        ("book_studio", {"delta": [{"insert": "sessions", "values": {"id": "se_9"}}]}, "the id is minted"),
        ("book_studio", {"delta": [{"insert": "sessions", "id": "se_9", "values": {}}]}, "the id is minted"),
        (
            "move_credit",
            {"delta": [{"update": "bands", "id": "bd_01", "set": {"id": "x"}}]},
            "cannot be changed",
        ),
        (
            "move_credit",
            {"delta": [{"update": "bands", "id": "bd_9", "set": {"name": "x"}}]},
            "no entity 'bd_9'",
        ),
        (
            "move_credit",
            {"delta": [{"update": "bands", "id": "bd_01", "set": {"name": 7}}]},
            "name: 7 is not",
        ),
        ("move_credit", {"delta": [{"update": "bands", "id": "bd_01", "set": {"colour": "red"}}]}, "colour"),
        (
            "move_credit",
            {"delta": [{"increment": "bands", "id": "bd_02", "field": "credit", "by": -41.31}]},
            "bands 'bd_02': a band's credit never falls below zero (credit >= 0)",
        ),
        (
            "book_studio",
            {"delta": [{"insert": "sessions", "values": {**SESSION, "studio_id": "st_9"}}]},
            "studios has no such entity",
        ),
        (
            "book_studio",
            {"delta": [{"insert": "sessions", "values": {**SESSION, "status": "dropped"}}]},
            "may not begin as 'dropped'; allowed: 'booked'",
        ),
        (
            "drop_session",
            {"delta": [{"update": "sessions", "id": "se_04", "set": {"status": "booked"}}]},
            "may not go from 'dropped' to 'booked'; allowed: nothing: it is final",
        ),
        (
            "book_studio",
            {"delta": [{"insert": "sessions", "values": {**SESSION, "hours": 9}}]},
            "at most 8 hours",
        ),
        (
            "remove_band",
            {"delta": [{"delete": "bands", "id": "bd_01"}]},
            "sessions.band_id still refers to it",
        ),
        ("move_credit", {"delta": [{"delete": "bands", "id": "bd_01"}]}, "so move_credit must read sessions"),
        ("move_credit", {"reply": {"$arg": "colour"}}, "no argument 'colour'"),
    ],
)
def test_what_is_refused_and_why(
    env: Environment, state: WorldState, tool: str, proposal: dict[str, Json], reason: str
) -> None:
    """Shape, footprint, ids, types, references, statuses, invariants, deletions: each in plain words."""
    before = copy.deepcopy(state)
    with pytest.raises(Refused, match=re.escape(reason)) as caught:
        propose(env, state, tool, BOOKING, proposal)
    assert all("\n" not in line for line in caught.value.reasons)
    assert state == before


def test_all_reasons_are_given_at_once(env: Environment, state: WorldState) -> None:
    """A model repairs better when it hears everything."""
    wrong = {**SESSION, "studio_id": "st_9", "status": "dropped"}
    with pytest.raises(Refused) as caught:
        book(env, state, {"insert": "sessions", "values": wrong})
    assert len(caught.value.reasons) == 2


def test_a_refusal_leaves_the_state_itself(env: Environment, state: WorldState) -> None:
    """A 4xx is a reply, not a change."""
    proposal = {"status": 404, "reply": {"error": "no such band"}}
    after, reply = propose(env, state, "sum_up_band", {"band_id": "x"}, proposal)
    assert after is state
    assert reply.status == 404 and reply.delta == []


def test_models_must_point_where_twins_may_compute(env: Environment, state: WorldState) -> None:
    """The same literal amount holds from a twin and is refused from a model."""
    tool, arguments = env.tools["move_credit"], {"giver": "bd_01", "taker": "bd_02", "amount": 5}
    delta = [{"increment": "bands", "id": {"$arg": "giver"}, "field": "credit", "by": -5}]
    proposal = Proposal.model_validate({"status": 200, "delta": delta, "reply": {}})
    after, _ = commit(env, state, tool, arguments, proposal, "twin")
    assert after.collections["bands"][0]["credit"] == 635
    for source in ("model", "memo"):
        with pytest.raises(Refused, match="literal number -5"):
            commit(env, state, tool, arguments, proposal, source)


@pytest.mark.parametrize("word", ["\ud800", 2**70, float("nan")])
def test_what_no_file_could_hold_is_refused(env: Environment, state: WorldState, word: Json) -> None:
    """A model's text may parse to values that later writing would stumble over."""
    proposal = Proposal(status=200, reply={"word": word})
    with pytest.raises(Refused, match=r"cannot be kept|beyond|literal"):
        commit(env, state, env.tools["sum_up_band"], {"band_id": "bd_01"}, proposal, "model")


def test_delta_sees_the_world_before_and_reply_the_world_after(env: Environment, state: WorldState) -> None:
    """Two operations do not see each other; the reply sees both."""
    count: Json = {"$op": "count", "of": "sessions"}
    values = {**SESSION, "price": count}
    after, reply = propose(
        env,
        state,
        "book_studio",
        BOOKING,
        {
            "delta": [{"insert": "sessions", "values": values}, {"insert": "sessions", "values": values}],
            "reply": {"sessions": count, "second": {"$new": "sessions", "index": 1}},
        },
    )
    minted = [operation.id for operation in reply.delta if hasattr(operation, "id")]
    prices = [session["price"] for session in after.collections["sessions"] if session["id"] in minted]
    assert prices == [4, 4]
    assert reply.reply == {"sessions": 6, "second": minted[1]}
    assert len(set(minted)) == 2


def test_minted_ids_do_not_depend_on_other_calls(env: Environment, state: WorldState) -> None:
    """The same call mints the same id, until the collection's counter moves."""
    _, first = book(env, state, {"insert": "sessions", "values": SESSION})
    moved, _ = propose(
        env,
        state,
        "move_credit",
        {"giver": "bd_01"},
        {"delta": [{"increment": "bands", "id": "bd_01", "field": "credit", "by": 1}]},
    )
    after, again = book(env, moved, {"insert": "sessions", "values": SESSION})
    _, second = book(env, after, {"insert": "sessions", "values": SESSION})
    assert first.delta == again.delta
    assert re.fullmatch(r"se_[0-9a-f]{8}", str(first.to_json()["delta"][0]["id"]))
    assert first.delta != second.delta


def test_a_minted_id_never_hits_an_existing_one(env: Environment, state: WorldState) -> None:
    """An entity that already bears the id makes code mint another, and the delta still replays."""
    _, first = book(env, state, {"insert": "sessions", "values": SESSION})
    squatter = {**state.collections["sessions"][0], "id": first.to_json()["delta"][0]["id"]}
    crowded = state.model_copy(
        update={
            "collections": {
                **state.collections,
                "sessions": sorted([*state.collections["sessions"], squatter], key=lambda s: str(s["id"])),
            }
        }
    )
    after, second = book(env, crowded, {"insert": "sessions", "values": SESSION})
    assert len(after.collections["sessions"]) == 6
    assert apply_delta(env.collections, crowded, second.delta) == after


def test_a_bulk_change_keeps_the_status_machine(env: Environment, state: WorldState) -> None:
    """Studios under repair may not be shut: one of them refuses the whole change."""
    everything = {"update_where": "studios", "where": [["level", "=", 1]], "set": {"status": "shut"}}
    with pytest.raises(Refused, match="'st_03': status may not go from 'repair' to 'shut'"):
        propose(env, state, "shut_level", {"level": 1}, {"delta": [everything]})


def test_an_insert_may_be_pointed_at_in_the_same_delta(env: Environment, state: WorldState) -> None:
    """`$new` stands for the id before the entity is there."""
    note = {"update": "sessions", "id": {"$new": "sessions"}, "set": {"note": "by phone"}}
    after, reply = book(env, state, {"insert": "sessions", "values": SESSION}, note)
    assert [s["note"] for s in after.collections["sessions"] if "note" in s] == ["by phone"]
    assert apply_delta(env.collections, state, reply.delta) == after


def test_an_invariant_that_cannot_be_evaluated_refuses(state: WorldState) -> None:
    """A predicate that runs without end is a reason, not a crash."""
    endless = "[0 for a in range(1 << 30) for b in range(1 << 30)] == credit"
    bands = SCHEMA.collections["bands"]
    broken = bands.model_copy(
        update={"invariants": [bands.invariants[0].model_copy(update={"predicate": endless})]}
    )
    schema = SCHEMA.model_copy(update={"collections": {**SCHEMA.collections, "bands": broken}})
    with StarlarkWorker(deadline=0.2, memory_bytes=200 << 20) as worker:
        env = Environment(schema, TOOLS, TWINS, worker)
        with pytest.raises(Refused, match="an invariant cannot be evaluated"):
            book(env, state, {"increment": "bands", "id": "bd_01", "field": "credit", "by": 1})


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["st_01", "st_02", "st_04", "st_05"]),
        st.sampled_from(["bd_01", "bd_02", "bd_03"]),
        st.integers(8, 20),
        st.integers(1, 4),
    ),
    max_size=5,
)


@given(calls=CALLS)
def test_committed_deltas_replay_to_the_same_states(env: Environment, calls: list[tuple[Any, ...]]) -> None:
    """Whatever a twin does, its committed delta alone leads from state to state, and each state is sound."""
    state = make_state()
    for studio, band, hour, hours in calls:
        arguments = {**BOOKING, "studio_id": studio, "band_id": band, "hours": hours}
        arguments["start"] = f"2026-05-08T{hour:02d}:00:00"
        before = copy.deepcopy(state)
        proposal = env.run_twin(state, "book_studio", arguments)
        after, reply = commit(env, state, BOOK, arguments, proposal, "twin")
        assert state == before
        assert apply_delta(env.collections, state, reply.delta) == after
        assert env.check_state(after) == []
        state = after
