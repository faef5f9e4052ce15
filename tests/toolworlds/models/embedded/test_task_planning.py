"""Plots: chains of calls that all matter, each about something that a person could name."""

import random
from itertools import pairwise

import pytest

from toolworlds.models.embedded.phrasing.styles import choose_style
from toolworlds.models.embedded.subfields import open_subfield
from toolworlds.models.embedded.task_planning import TaskPlanner, undoes
from toolworlds.models.embedded.worlds import build_world
from toolworlds.records.worlds import WorldState
from toolworlds.world.delta import apply_delta
from toolworlds.world.starlark import StarlarkWorker

CHAINS = [
    ("Logistics", "Warehouse Operations", ["search_stock_lots", "quarantine_lot"]),
    (
        "Logistics",
        "Warehouse Operations",
        ["search_stock_lots", "search_orders", "create_pick_task"],
    ),
    ("Travel", "Guided Tours", ["search_tours", "schedule_tour", "quote_group"]),
]


def open_planner(field: str, home: str, worker: StarlarkWorker, seed: int) -> TaskPlanner:
    subfield, rng = open_subfield(field, home), random.Random(seed)
    state = build_world(subfield.source, rng).state
    return TaskPlanner(subfield, subfield.make_environment(worker), state, choose_style(rng), origin=state)


def make_state(**statuses: str) -> WorldState:
    return WorldState(
        now="2026-03-10T09:00:00",
        collections={"lots": [{"id": name, "status": status} for name, status in sorted(statuses.items())]},
    )


@pytest.mark.parametrize(("field", "home", "tools"), CHAINS)
@pytest.mark.parametrize("seed", range(3))
def test_a_plan_calls_its_tools_in_order(
    field: str, home: str, tools: list[str], seed: int, worker: StarlarkWorker
) -> None:
    """Each turn begins where the last one left the world, and names only what was shown or has a number."""
    planner = open_planner(field, home, worker, seed)
    rng = random.Random(seed)
    turns = next(filter(None, (planner.plan_turns(tools, rng) for _ in range(12))))
    assert [turn.tool.spec.tool_name for turn in turns] == tools
    for turn, following in pairwise(turns):
        delta = turn.call.reply.delta
        assert following.state == apply_delta(planner.env.collections, turn.state, delta)
        assert len(following.earlier) == len(turn.earlier) + 1
    shown = {leaf for turn in turns for earlier in turn.earlier for _, leaf in earlier.leaves}
    for turn in turns:
        for pointer in turn.call.pointers.values():
            assert pointer.label is None or pointer.value in shown


def test_a_plot_is_a_function_of_its_dice(worker: StarlarkWorker) -> None:
    """Same world, same dice, same calls."""
    planner = open_planner(*CHAINS[0][:2], worker, 0)
    one, other = (planner.plan_turns(CHAINS[0][2], random.Random(1)) or () for _ in range(2))
    assert [turn.call.arguments for turn in one] == [turn.call.arguments for turn in other] != []


def test_a_way_back_is_in_vain() -> None:
    """A step is in vain when it brings something back to what it was before all."""
    origin, blocked = make_state(a="open", b="open"), make_state(a="blocked", b="open")
    assert undoes(origin, blocked, origin)
    assert undoes(origin, make_state(a="open", b="open", c="open"), origin)
    assert not undoes(origin, origin, blocked)
    assert not undoes(origin, blocked, make_state(a="closed", b="open"))
    assert not undoes(origin, blocked, make_state(a="blocked", b="blocked"))
