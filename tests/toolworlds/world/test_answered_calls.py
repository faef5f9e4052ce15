"""Twelve calls on the rehearsal house, answered as a model would: references for data, words for the rest."""

from typing import Any

import pytest

from toolworlds.records.base import Json
from toolworlds.records.tools import Proposal, ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit
from toolworlds.world.transaction import commit

OPEN_AND_FITTING: list[Json] = [
    ["status", "=", "open"],
    ["seats", ">=", {"$arg": "seats"}],
    ["level", "=", {"$arg": "level"}],
    ["rate", "<=", {"$arg": "max_rate"}],
]
SEARCH: Json = {
    "status": 200,
    "reply": {
        "total": {"$op": "count", "of": "studios", "where": OPEN_AND_FITTING},
        "studios": {
            "$each": "studios",
            "where": OPEN_AND_FITTING,
            "sort": "rate",
            "offset": {
                "$calc": "(p - 1) * s",
                "vars": {"p": {"$arg": "page"}, "s": {"$arg": "page_size"}},
            },
            "limit": {"$arg": "page_size"},
            "fields": ["id", "rate"],
        },
    },
}
PRICE: Json = {
    "$calc": "round(h * r * 0.85, 2)",
    "vars": {"h": {"$arg": "hours"}, "r": {"$entity": ["studios", {"$arg": "studio_id"}, "rate"]}},
}
BOOKING: Json = {
    "status": 200,
    "delta": [
        {
            "insert": "sessions",
            "values": {
                **{name: {"$arg": name} for name in ("studio_id", "band_id", "start", "hours", "players")},
                "price": PRICE,
                "status": "booked",
            },
        },
        {
            "increment": "bands",
            "id": {"$arg": "band_id"},
            "field": "credit",
            "by": {"$calc": "0 - p", "vars": {"p": PRICE}},
        },
    ],
    "reply": {
        "session_id": {"$new": "sessions"},
        "price": {"$entity": ["sessions", {"$new": "sessions"}, "price"]},
        "credit": {"$entity": ["bands", {"$arg": "band_id"}, "credit"]},
    },
}
BAND_OF_SESSION: Json = {"$entity": ["sessions", {"$arg": "session_id"}, "band_id"]}
REFUND: Json = {
    "$calc": "round(p / 2, 2)",
    "vars": {"p": {"$entity": ["sessions", {"$arg": "session_id"}, "price"]}},
}
DROP: Json = {
    "status": 200,
    "delta": [
        {"update": "sessions", "id": {"$arg": "session_id"}, "set": {"status": "dropped"}},
        {"increment": "bands", "id": BAND_OF_SESSION, "field": "credit", "by": REFUND},
    ],
    "reply": {"refund": REFUND, "credit": {"$entity": ["bands", BAND_OF_SESSION, "credit"]}},
}
BOOKED_BY_BAND: list[Json] = [["band_id", "=", {"$arg": "band_id"}], ["status", "=", "booked"]]
SUMMARY: Json = {
    "status": 200,
    "reply": {
        "name": {"$entity": ["bands", {"$arg": "band_id"}, "name"]},
        "sessions": {"$op": "count", "of": "sessions", "where": BOOKED_BY_BAND},
        "spent": {"$op": "sum", "of": "sessions", "field": "price", "where": BOOKED_BY_BAND},
        "next": {"$op": "min", "of": "sessions", "field": "start", "where": BOOKED_BY_BAND},
    },
}
SHUT: Json = {
    "status": 200,
    "delta": [
        {
            "update_where": "studios",
            "where": [["level", "=", {"$arg": "level"}], ["status", "=", "open"]],
            "set": {"status": "shut"},
        }
    ],
    "reply": {
        "shut": {
            "$op": "count",
            "of": "studios",
            "where": [["level", "=", {"$arg": "level"}], ["status", "=", "shut"]],
        },
        "reason": {"$arg": "reason"},
    },
}
MOVE: Json = {
    "status": 200,
    "delta": [
        {
            "increment": "bands",
            "id": {"$arg": "giver"},
            "field": "credit",
            "by": {"$calc": "0 - a", "vars": {"a": {"$arg": "amount"}}},
        },
        {"increment": "bands", "id": {"$arg": "taker"}, "field": "credit", "by": {"$arg": "amount"}},
    ],
    "reply": {
        "left": {"$entity": ["bands", {"$arg": "giver"}, "credit"]},
        "now": {"$entity": ["bands", {"$arg": "taker"}, "credit"]},
    },
}


def refusal(status: int, error: str) -> Json:
    return {"status": status, "reply": {"error": error}}


def book(studio: str, band: str, start: str, hours: int) -> dict[str, Json]:
    return {"studio_id": studio, "band_id": band, "start": start, "hours": hours, "players": 2}


CASES: list[tuple[str, dict[str, Json], Json, Json]] = [
    (
        "find_studios",
        {"seats": 5},
        SEARCH,
        {"total": 3, "studios": [{"id": "st_04", "rate": 25.5}, {"id": "st_01", "rate": 32.0}]},
    ),
    (
        "find_studios",
        {"seats": 5, "page": 2},
        SEARCH,
        {"total": 3, "studios": [{"id": "st_05", "rate": 47.5}]},
    ),
    (
        "find_studios",
        {"seats": 5, "level": 1, "max_rate": 30},
        SEARCH,
        {"total": 1, "studios": [{"id": "st_04", "rate": 25.5}]},
    ),
    ("drop_session", {"session_id": "se_03"}, DROP, {"refund": 95, "credit": 735}),
    (
        "sum_up_band",
        {"band_id": "bd_01"},
        SUMMARY,
        {"name": "Salt Ferry", "sessions": 2, "spent": 286, "next": "2026-05-06T18:00:00"},
    ),
    (
        "sum_up_band",
        {"band_id": "bd_03"},
        SUMMARY,
        {"name": "Otter Street", "sessions": 0, "spent": 0, "next": None},
    ),
    ("shut_level", {"level": 1, "reason": "wet floor"}, SHUT, {"shut": 2, "reason": "wet floor"}),
    (
        "move_credit",
        {"giver": "bd_01", "taker": "bd_02", "amount": 100.2},
        MOVE,
        {"left": 539.8, "now": 141.5},
    ),
    (
        "book_studio",
        book("st_03", "bd_01", "2026-05-08T10:00:00", 1),
        refusal(409, "the studio is not open"),
        {"error": "the studio is not open"},
    ),
    (
        "book_studio",
        book("st_01", "bd_02", "2026-05-08T10:00:00", 2),
        refusal(409, "too little credit"),
        {"error": "too little credit"},
    ),
    ("drop_session", {"session_id": "se_04"}, refusal(409, "already dropped"), {"error": "already dropped"}),
]


def carry_out(
    env: Environment, state: WorldState, call: ToolCall, answer: Any
) -> tuple[WorldState, ToolReply]:
    arguments = admit(env, call)
    assert isinstance(arguments, dict), arguments
    proposal = Proposal.model_validate(answer)
    return commit(env, state, env.tools[call.name], arguments, proposal, "model")


@pytest.mark.parametrize(("tool", "arguments", "answer", "reply"), CASES)
def test_references_resolve_to_the_right_reply(
    env: Environment, state: WorldState, tool: str, arguments: dict[str, Json], answer: Json, reply: Json
) -> None:
    """Searches, pages, sums, a refund, a bulk change and refusals come out as computed by hand."""
    after, got = carry_out(env, state, ToolCall(name=tool, arguments=arguments), answer)
    assert got.reply == reply
    assert env.check_state(after) == []


def test_a_booking_is_minted_priced_and_paid(env: Environment, state: WorldState) -> None:
    """The twelfth call: one insert with an id by code, a price and a debit computed from references."""
    call = ToolCall(name="book_studio", arguments=book("st_04", "bd_01", "2026-05-08T10:00:00", 3))
    after, got = carry_out(env, state, call, BOOKING)
    session = next(s for s in after.collections["sessions"] if s["id"] == got.reply["session_id"])
    assert got.reply == {"session_id": session["id"], "price": 65.03, "credit": 574.97}
    assert session["price"] == 65.03 and session["status"] == "booked"
    assert after.minted == {"sessions": 1} and state.minted == {}


def test_a_twin_and_a_model_end_in_the_same_state(env: Environment, state: WorldState) -> None:
    """Same call, same ids, same amounts: by binary floats in Starlark or by references."""
    call = ToolCall(name="book_studio", arguments=book("st_04", "bd_01", "2026-05-08T10:00:00", 3))
    by_model = carry_out(env, state, call, BOOKING)
    arguments = admit(env, call)
    assert isinstance(arguments, dict)
    proposal = env.run_twin(state, call.name, arguments)
    by_twin = commit(env, state, env.tools[call.name], arguments, proposal, "twin")
    assert by_twin[0] == by_model[0] and by_twin[1].reply == by_model[1].reply
