"""What the tests of the procedural model share: a worker, and the catalogue's subfields with their tools."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.toolworlds.models.embedded.released import RELEASED, release_rows
from toolworlds.ids import slugify
from toolworlds.models.embedded.archetypes.compile import CompiledTool, compile_tool
from toolworlds.models.embedded.catalogue import FOLDER, Subfield, known_fields, read_field
from toolworlds.models.embedded.worlds import GeneratedWorld, build_world
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker


@dataclass(frozen=True)
class Place:
    """One subfield with a world and all of its tools, ready for calls."""

    subfield: Subfield
    world: GeneratedWorld
    tools: dict[str, CompiledTool]
    env: Environment


@pytest.fixture(scope="session")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as running:
        yield running


_PLACES: dict[tuple[str, str, int], Place] = {}


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of certified rows that the embedded model made."""
    return release_rows(tmp_path_factory.mktemp("released"), *RELEASED)


def make_place(subfield: Subfield, seed: int, worker: StarlarkWorker) -> Place:
    """The place of a subfield and seed; each is made once in a run of the tests."""
    key = (subfield.name, subfield.description, seed)
    if key not in _PLACES:
        _PLACES[key] = _make_place(subfield, seed, worker)
    return _PLACES[key]


def _make_place(subfield: Subfield, seed: int, worker: StarlarkWorker) -> Place:
    world = build_world(subfield, random.Random(seed))
    compiled = [compile_tool(world.domain, operation) for operation in subfield.operations]
    tools = {tool.spec.tool_name: tool for tool in compiled}
    twins = {name: tool.twin for name, tool in tools.items()}
    return Place(
        subfield, world, tools, Environment(world.schema, [tool.spec for tool in compiled], twins, worker)
    )


@cache
def list_subfields() -> dict[str, Subfield]:
    """`<field>-<subfield>` -> subfield, of the whole catalogue."""
    return {
        f"{slug}-{slugify(subfield.name)}": subfield
        for slug in known_fields()
        for subfield in read_field(FOLDER / f"{slug}.yml").subfields
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `subfield` runs on each of the catalogue."""
    if "subfield" in metafunc.fixturenames:
        metafunc.parametrize("subfield", list_subfields().values(), ids=list_subfields())
