"""Drawn calls succeed, violations are refused, and what a person would say about them is true."""

import random

from tests.toolworlds.models.embedded.conftest import make_place
from toolworlds.models.embedded.call_sampling import (
    attempt_on,
    pinned,
    sample_call,
    sample_refused_call,
)
from toolworlds.models.embedded.catalogue import Subfield, load_field
from toolworlds.models.embedded.pointing import Known
from toolworlds.records.tools import ToolCall
from toolworlds.world.gate import admit
from toolworlds.world.json_paths import read_path
from toolworlds.world.starlark import StarlarkWorker
from toolworlds.world.transaction import commit

_WITHOUT_RULES = {"search", "rank", "breakdown", "aggregate"}


def test_every_tool_can_be_used_by_pointing(subfield: Subfield, worker: StarlarkWorker) -> None:
    """Some seed offers a call of each tool; a model could make the same proposal, to the same end."""
    waiting = set(make_place(subfield, 0, worker).tools)
    for seed in range(6):
        place = make_place(subfield, seed, worker)
        env, state = place.env, place.world.state
        for name in sorted(waiting):
            tool = place.tools[name]
            found = sample_call(
                tool, place.world.domain, state, random.Random(seed), (), attempt_on(env, state, name)
            )
            if found is None:
                continue
            waiting.remove(name)
            admitted = admit(env, ToolCall(name=name, arguments=found.arguments))
            assert isinstance(admitted, dict)
            proposal = env.run_twin(state, name, admitted)
            after, reply = commit(env, state, tool.spec, admitted, proposal, "model")
            assert (reply.reply, reply.delta) == (found.reply.reply, found.reply.delta)
            assert env.check_state(after) == []
    assert waiting == set()


def test_calls_against_rules_are_refused(subfield: Subfield, worker: StarlarkWorker) -> None:
    """With a documented 404, 409 or 422."""
    place = make_place(subfield, 1, worker)
    state, domain = place.world.state, place.world.domain
    for name, tool in place.tools.items():
        attempt = attempt_on(place.env, state, name)
        refused = sample_refused_call(tool, domain, state, random.Random(3), attempt)
        if refused is None:
            assert tool.operation.archetype in _WITHOUT_RULES, name
        else:
            error = attempt(refused.arguments).reply["error"]
            assert (refused.status, error) in [
                (held.status, held.message) for held in tool.spec.error_messages
            ]


def test_facts_stand_in_the_reply(subfield: Subfield, worker: StarlarkWorker) -> None:
    """Each offered fact is at its path, and pinned values are among the tool's facts."""
    place = make_place(subfield, 0, worker)
    state = place.world.state
    for name, tool in place.tools.items():
        found = sample_call(
            tool, place.world.domain, state, random.Random(4), (), attempt_on(place.env, state, name)
        )
        if found:
            assert all(read_path(found.reply.reply, fact.path) == fact.value for fact in found.facts)
            assert all(
                read_path(found.reply.reply, path) == value for path, value in pinned(tool, found.reply.reply)
            )


def test_entities_of_earlier_replies_come_first(worker: StarlarkWorker) -> None:
    """An id that the conversation has brought up is used, and pointed at where it stood."""
    place = make_place(load_field("Logistics").subfields[0], 1, worker)
    state, tool = place.world.state, place.tools["get_stock_lot"]
    lot = state.collections["stock_lots"][3]
    known: list[Known] = [
        (0, ["stock_lots", 2, "id"], lot["id"]),
        (0, ["stock_lots", 2, "quantity"], lot["quantity"]),
    ]
    attempt = attempt_on(place.env, state, "get_stock_lot")
    draws = [
        sample_call(tool, place.world.domain, state, random.Random(seed), known, attempt)
        for seed in range(30)
    ]
    pointers = [
        held.pointers["stock_lot_id"]
        for held in draws
        if held and held.arguments["stock_lot_id"] == lot["id"]
    ]
    assert len(pointers) > 20
    assert {(pointer.call, pointer.path) for pointer in pointers} == {(0, ("stock_lots", 2, "id"))}
    assert pointers[0].label == lot["lot_number"]


def test_same_seed_same_draw(worker: StarlarkWorker) -> None:
    """A draw is a function of the seed and the state."""
    place = make_place(load_field("Logistics").subfields[2], 1, worker)
    state = place.world.state
    for name, tool in place.tools.items():
        attempt = attempt_on(place.env, state, name)
        first, second = (
            sample_call(tool, place.world.domain, state, random.Random(6), (), attempt) for _ in range(2)
        )
        assert first == second


def test_a_whole_quantity_points_at_where_it_was_shown(worker: StarlarkWorker) -> None:
    """Who has read what is due may be asked to pay all of it; a part comes from the request."""
    place = make_place(load_field("Logistics").subfields[2], 1, worker)
    state, tool = place.world.state, place.tools["pay_freight"]
    known: list[Known] = []
    for number, invoice in enumerate(state.collections["invoices"]):
        known += [(0, ["invoices", number, name], invoice[name]) for name in ("id", "outstanding")]
    attempt = attempt_on(place.env, state, "pay_freight")
    found = [
        sample_call(tool, place.world.domain, state, random.Random(seed), known, attempt)
        for seed in range(20)
    ]
    whole = 0
    for held in filter(None, found):
        invoice = next(
            e for e in state.collections["invoices"] if e["id"] == held.arguments["freight_invoice_id"]
        )
        place_shown = held.pointers["amount"].path
        assert bool(place_shown) == (held.arguments["amount"] == invoice["outstanding"])
        whole += bool(place_shown)
    assert 3 < whole < 20
