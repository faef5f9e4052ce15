"""Planted mistakes: at their rates, of their kind, and always with the truth beside them."""

import json

import pytest

from toolworlds.errors import UserError
from toolworlds.models.embedded.faults import FaultKind, check_rates, plant_fault
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Request

PROPOSAL = {
    "status": 200,
    "delta": [
        {"increment": "accounts", "id": {"$arg": "account_id"}, "field": "balance", "by": {"$arg": "amount"}},
        {"update": "accounts", "id": {"$arg": "account_id"}, "set": {"status": "active"}},
    ],
    "reply": {"balance": 10},
}


def plant(reply: Json, kind: FaultKind, number: int = 0) -> Json:
    """The reply after the mistake; None when none was planted."""
    request = Request(f"item/role.part/{number}", "role.part", ())
    completion, planted = plant_fault(
        request, Completion(json.dumps(reply), "stop", "procedural"), {kind: 1.0}, 7
    )
    if planted is None:
        return None
    assert json.loads(planted.truth.text) == reply
    assert (planted.request_id, planted.kind) == (request.request_id, kind)
    return completion.text


def test_cut_off_json_is_none() -> None:
    """A malformed reply is the beginning of the right one, and no JSON."""
    spoiled = plant(PROPOSAL, "malformed_json")
    assert json.dumps(PROPOSAL).startswith(spoiled)
    with pytest.raises(json.JSONDecodeError):
        json.loads(spoiled)


@pytest.mark.parametrize("number", range(6))
def test_wrong_delta_differs_in_one_operation(number: int) -> None:
    """An operation is forgotten or counts twice; status and reply stay."""
    spoiled = json.loads(plant(PROPOSAL, "wrong_delta", number))
    assert {name: spoiled[name] for name in ("status", "reply")} == {"status": 200, "reply": {"balance": 10}}
    assert spoiled["delta"] != PROPOSAL["delta"]
    assert len(spoiled["delta"]) >= 1


@pytest.mark.parametrize(
    ("said", "opposite"), [("correct", "incorrect"), ("reject", "accept"), ("solved", "unsolved")]
)
def test_wrong_verdict_is_the_opposite(said: str, opposite: str) -> None:
    """Bad verdicts come with a problem, good ones without."""
    spoiled = json.loads(plant({"reasoning": "", "problem": "?", "verdict": said}, "wrong_verdict"))
    assert spoiled["verdict"] == opposite
    assert bool(spoiled["problem"]) == (opposite not in ("accept", "solved", "correct"))


def test_wrong_argument_changes_one() -> None:
    """The call's name and its other arguments stay."""
    arguments = {"account_id": "acc_0a1b2c3d", "amount": 5}
    call = {"name": "pay", "arguments": arguments}
    spoiled = json.loads(plant({"call": call}, "wrong_argument"))["call"]
    assert spoiled["name"] == "pay"
    assert sum(spoiled["arguments"][name] != value for name, value in arguments.items()) == 1


def test_wrong_argument_of_a_native_call() -> None:
    """Tool calls are changed where they stand."""
    function = {"name": "pay", "arguments": '{"amount": 5}'}
    said = Completion(
        "", "tool_calls", "procedural", ({"id": "c", "type": "function", "function": function},)
    )
    spoiled, planted = plant_fault(
        Request("i/r/0", "task_solver.trajectory", ()), said, {"wrong_argument": 1}, 0
    )
    assert planted is not None
    assert planted.truth == said
    assert json.loads(spoiled.tool_calls[0]["function"]["arguments"])["amount"] != 5


@pytest.mark.parametrize("kind", ["wrong_delta", "wrong_argument", "wrong_verdict"])
def test_what_does_not_fit_a_reply_is_not_planted(kind: FaultKind) -> None:
    """A list of subfields has no delta, call or verdict."""
    assert plant({"subfields": []}, kind) is None


def test_rates_hold_and_repeat() -> None:
    """A fifth of many replies is spoiled, the same ones each time."""
    spoiled = [_plants(number) for number in range(1000)]
    assert 150 < sum(spoiled) < 250
    assert spoiled == [_plants(number) for number in range(1000)]


def _plants(number: int) -> bool:
    request = Request(f"item/role.part/{number}", "role.part", ())
    said = Completion('{"verdict": "accept"}', "stop", "procedural")
    return plant_fault(request, said, {"wrong_verdict": 0.2}, 0)[1] is not None


@pytest.mark.parametrize(
    ("rates", "words"), [({"typo": 0.1}, "unknown kind 'typo'"), ({"wrong_delta": 2}, "no rate")]
)
def test_bad_rates_are_told_in_one_line(rates: dict[str, float], words: str) -> None:
    """Unknown kinds and impossible rates are the user's to mend."""
    with pytest.raises(UserError, match=words):
        check_rates(rates)
