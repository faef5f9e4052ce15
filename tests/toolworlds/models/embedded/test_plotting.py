"""Plots: chains of calls that all matter, each about something that a person could name."""

import random
from itertools import pairwise

import pytest

from toolworlds.models.embedded.kits import open_kit
from toolworlds.models.embedded.phrasing.voices import choose_voice
from toolworlds.models.embedded.plotting import TaskPlanner, is_in_vain
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


def open_plot(field: str, subfield: str, worker: StarlarkWorker, seed: int) -> TaskPlanner:
    kit, rng = open_kit(field, subfield), random.Random(seed)
    state = build_world(kit.subfield, rng).state
    return TaskPlanner(kit, kit.make_environment(worker), state, choose_voice(rng), origin=state)


def make_state(**statuses: str) -> WorldState:
    return WorldState(
        now="2026-03-10T09:00:00",
        collections={"lots": [{"id": name, "status": status} for name, status in sorted(statuses.items())]},
    )


@pytest.mark.parametrize(("field", "home", "tools"), CHAINS)
@pytest.mark.parametrize("seed", range(3))
def test_a_plot_calls_its_tools_in_order(
    field: str, home: str, tools: list[str], seed: int, worker: StarlarkWorker
) -> None:
    """Each scene begins where the last one left the world, and names only what was shown or has a number."""
    plot = open_plot(field, home, worker, seed)
    rng = random.Random(seed)
    scenes = next(filter(None, (plot.compose(tools, rng) for _ in range(12))))
    assert [scene.tool.spec.tool_name for scene in scenes] == tools
    for scene, following in pairwise(scenes):
        delta = scene.draw.reply.delta
        assert following.state == apply_delta(plot.env.collections, scene.state, delta)
        assert len(following.earlier) == len(scene.earlier) + 1
    shown = {leaf for scene in scenes for earlier in scene.earlier for _, leaf in earlier.leaves}
    for scene in scenes:
        for pointer in scene.draw.pointers.values():
            assert pointer.label is None or pointer.value in shown


def test_a_plot_is_a_function_of_its_dice(worker: StarlarkWorker) -> None:
    """Same world, same dice, same calls."""
    plot = open_plot(*CHAINS[0][:2], worker, 0)
    one, other = (plot.compose(CHAINS[0][2], random.Random(1)) or () for _ in range(2))
    assert [scene.draw.arguments for scene in one] == [scene.draw.arguments for scene in other] != []


def test_a_way_back_is_in_vain() -> None:
    """A step is in vain when it brings something back to what it was before all."""
    origin, blocked = make_state(a="open", b="open"), make_state(a="blocked", b="open")
    assert is_in_vain(origin, blocked, origin)
    assert is_in_vain(origin, make_state(a="open", b="open", c="open"), origin)
    assert not is_in_vain(origin, origin, blocked)
    assert not is_in_vain(origin, blocked, make_state(a="closed", b="open"))
    assert not is_in_vain(origin, blocked, make_state(a="blocked", b="blocked"))
