"""Entities are pointed at so that nobody could take them for others."""

import random
from dataclasses import replace

import pytest

from toolworlds.models.embedded.phrasing.planned_turn import Earlier, Unspeakable
from toolworlds.models.embedded.phrasing.pointing import name_entity, point
from toolworlds.models.embedded.phrasing.styles import choose_style
from toolworlds.models.embedded.subfields import CompiledSubfield, open_subfield
from toolworlds.models.embedded.task_planning import TaskPlanner
from toolworlds.models.embedded.worlds import GeneratedWorld, build_world
from toolworlds.records.base import Entity, Json
from toolworlds.world.starlark import StarlarkWorker

SUBFIELD = open_subfield("Logistics", "Warehouse Operations")


@pytest.fixture(scope="module")
def world() -> GeneratedWorld:
    return build_world(SUBFIELD.source, random.Random(4))


def say(
    subfield: CompiledSubfield,
    world: GeneratedWorld,
    worker: StarlarkWorker,
    entity: Entity,
    *earlier: Earlier,
) -> set[str]:
    """All ways in which `quarantine_lot` may speak of a stock lot after these calls."""
    rng = random.Random(0)
    planner = TaskPlanner(
        subfield, subfield.make_environment(worker), world.state, choose_style(rng), world.state
    )
    turn = next(
        s for _ in range(9) if (s := planner.plan_turns(["search_stock_lots", "quarantine_lot"], rng))
    )[1]
    pointer = next(iter(turn.call.pointers.values()))
    place = next(
        ((call, path) for call, e in enumerate(earlier) for path, leaf in e.leaves if leaf == entity["id"]),
        (None, ()),
    )
    pointed = replace(pointer, value=entity["id"], label=entity["lot_number"], call=place[0], path=place[1])
    call = replace(turn.call, pointers=dict.fromkeys(turn.call.pointers, pointed))
    meaning = next(iter(turn.tool.arguments.values()))
    return {
        point(replace(turn, call=call, earlier=earlier, rng=random.Random(seed)), meaning)
        for seed in range(60)
    }


def list_lots(
    lots: list[Entity], fields: tuple[str, ...], total: int | None = None, **arguments: Json
) -> Earlier:
    shown = [{name: lot[name] for name in ("id", *fields)} for lot in lots]
    reply = {"total": total or len(lots), "stock_lots": shown}
    return Earlier(SUBFIELD.find_tool("search_stock_lots"), arguments, reply, [])


def test_an_unknown_entity_with_a_name_is_unspeakable(world: GeneratedWorld, worker: StarlarkWorker) -> None:
    """People know names, tools want ids: only a reply leads from one to the other."""
    with pytest.raises(Unspeakable):
        say(SUBFIELD, world, worker, world.state.collections["stock_lots"][0])


def test_a_name_that_was_shown_is_enough(world: GeneratedWorld, worker: StarlarkWorker) -> None:
    """In the middle of a list it is the only way."""
    lots = world.state.collections["stock_lots"][:3]
    assert say(SUBFIELD, world, worker, lots[1], list_lots(lots, ("lot_number",))) == {
        f"stock lot {lots[1]['lot_number']}"
    }


def test_first_and_last_of_a_list(world: GeneratedWorld, worker: StarlarkWorker) -> None:
    """The first always; the last only of a list that holds all."""
    lots = world.state.collections["stock_lots"][:3]
    assert say(SUBFIELD, world, worker, lots[0], list_lots(lots, (), total=9)) == {
        "the first stock lot on the list", "the first of those stock lots",
    }  # fmt: skip
    assert say(SUBFIELD, world, worker, lots[2], list_lots(lots, (), page_size=3, total=9)) == {
        "the last stock lot on the list", "the last of those stock lots",
    }  # fmt: skip
    with pytest.raises(Unspeakable):
        say(SUBFIELD, world, worker, lots[2], list_lots(lots, (), total=9))


def test_what_alone_comes_first_or_last(world: GeneratedWorld, worker: StarlarkWorker) -> None:
    """`the one with the lowest quantity`, if no other has as little."""
    lots = sorted(world.state.collections["stock_lots"], key=lambda lot: lot["quantity"])
    apart = [lots[0], next(lot for lot in lots if lot["quantity"] > lots[0]["quantity"])]
    assert "the stock lot with the lowest quantity on that list" in say(
        SUBFIELD, world, worker, apart[0], list_lots(apart, ("quantity",))
    )


def test_what_has_changed_since_is_not_described_by_it(world: GeneratedWorld, worker: StarlarkWorker) -> None:
    """A quantity that was shown and then changed describes nothing any more."""
    lots = [
        lot | {"quantity": lot["quantity"] + place}
        for place, lot in enumerate(world.state.collections["stock_lots"][:2], 1)
    ]
    said = say(SUBFIELD, world, worker, lots[0], list_lots(lots, ("quantity",)))
    assert not [words for words in said if "quantity" in words]


def test_the_only_hit(world: GeneratedWorld, worker: StarlarkWorker) -> None:
    """Who asks for a list cannot know that it has one entry."""
    lot = world.state.collections["stock_lots"][0]
    assert all(
        words.startswith("the stock lot ")
        for words in say(SUBFIELD, world, worker, lot, list_lots([lot], ()))
    )


def test_names(world: GeneratedWorld) -> None:
    """Persons go by their name alone, codes with the noun, what has none by its id."""
    collections = world.state.collections
    picker, task = collections["pickers"][0], collections["pick_tasks"][0]
    assert name_entity(world.domain, "pickers", picker) == picker["name"]
    assert name_entity(world.domain, "pick_tasks", task) == f"pick task {task['id']}"
    order = collections["orders"][0]
    assert name_entity(world.domain, "orders", order) == f"customer order {order['order_number']}"
