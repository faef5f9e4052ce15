"""Worlds are seeded, consistent and believable."""

import random
import subprocess
import sys

from tests.toolworlds.models.embedded.conftest import make_place
from tests.toolworlds.models.embedded.recount import (
    find_overlaps,
    find_wrong_calculations,
    find_wrong_tallies,
)
from toolworlds.models.embedded.archetypes.compile import compile_tool
from toolworlds.models.embedded.catalogue import Subfield, load_field
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.worlds import build_world, order_by_reference
from toolworlds.records.base import Json
from toolworlds.world.canonical import canonical, digest
from toolworlds.world.environment import check_environment
from toolworlds.world.starlark import StarlarkWorker

_PRINT_HASH = (
    "from tests.toolworlds.models.embedded.test_worlds import hash_everything; print(hash_everything())"
)


def hash_everything() -> str:
    """A world of every subfield of Logistics, and all of its tools and twins."""
    parts: list[Json] = []
    for subfield in load_field("Logistics").subfields:
        world = build_world(subfield, random.Random(7))
        tools = [compile_tool(world.domain, operation) for operation in subfield.operations]
        parts += [world.schema.to_json(), world.state.to_json()]
        parts += [[tool.spec.to_json(), tool.twin.sha256] for tool in tools]
    return digest(parts)


def test_worlds_and_tools_are_sound(subfield: Subfield, worker: StarlarkWorker) -> None:
    """Types, references, statuses, invariants, schemas, footprints and twins hold for several seeds."""
    for seed in range(2):
        place = make_place(subfield, seed, worker)
        tools = [tool.spec for tool in place.tools.values()]
        twins = {name: tool.twin for name, tool in place.tools.items()}
        assert check_environment(place.world.schema, place.world.state, tools, twins, worker) == []


def test_worlds_are_rich(subfield: Subfield) -> None:
    """Every collection of the seed holds 8 to 30 entities."""
    for seed in range(3):
        state = build_world(subfield, random.Random(seed)).state
        assert {name: len(held) for name, held in state.collections.items() if not 8 <= len(held) <= 30} == {}


def test_tallies_and_calculations_are_exact(subfield: Subfield) -> None:
    """A tally equals what it counts; a computed field equals its formula."""
    world = build_world(subfield, random.Random(5))
    assert find_wrong_tallies(world) == []
    assert find_wrong_calculations(world) == []


def test_calendars_never_overlap(subfield: Subfield) -> None:
    """Live entities take up their resource one at a time."""
    assert find_overlaps(build_world(subfield, random.Random(11))) == []


def test_labels_are_unique(subfield: Subfield) -> None:
    """People's names for things lead to one thing."""
    world = build_world(subfield, random.Random(3))
    for collection, entity in world.domain.entities.items():
        if entity.label:
            labels = [held[entity.label] for held in world.state.collections[collection]]
            assert len(set(labels)) == len(labels)


def test_every_status_of_the_seed_occurs(subfield: Subfield) -> None:
    """Statuses with weight are seen in some world, so that operations find something to act on."""
    seen: set[tuple[str, str]] = set()
    for seed in range(6):
        world = build_world(subfield, random.Random(seed))
        seen |= {
            (name, held["status"])
            for name, all_ in world.state.collections.items()
            for held in all_
            if "status" in held
        }
    wanted = {
        (name, status)
        for name, entity in subfield.entities.items()
        if entity.status
        for status in (entity.status.seed or entity.status.flow)
    }
    assert wanted - seen == set()


def test_same_seed_same_bytes_under_any_hash_seed() -> None:
    """Two processes with different hash seeds build the worlds, tools and twins of this process."""
    here = hash_everything()
    for hash_seed in ("1", "77"):
        run = [sys.executable, "-c", _PRINT_HASH]
        there = subprocess.run(
            run, env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."}, capture_output=True, check=True
        )
        assert there.stdout.decode().strip() == here


def test_other_seeds_give_other_worlds() -> None:
    """Ten seeds, ten worlds."""
    subfield = load_field("Logistics").subfields[1]
    assert (
        len({canonical(build_world(subfield, random.Random(seed)).state.to_json()) for seed in range(10)})
        == 10
    )


def test_collections_come_after_those_they_refer_to() -> None:
    """So that a reference always finds its target."""
    domain = Domain(load_field("Logistics").subfields[0].entities)
    order = order_by_reference(domain)
    for collection in order:
        for target in domain.references(collection).values():
            assert order.index(target) < order.index(collection)
