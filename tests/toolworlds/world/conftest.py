from collections.abc import Iterator

import pytest

from tests.toolworlds.world.rehearsal_house import SCHEMA, TOOLS, TWINS, make_state
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker


@pytest.fixture(scope="session")
def worker() -> Iterator[StarlarkWorker]:
    """One worker for all tests of the package."""
    with StarlarkWorker() as shared:
        yield shared


@pytest.fixture(scope="session")
def env(worker: StarlarkWorker) -> Environment:
    """The rehearsal house, ready for calls."""
    return Environment(SCHEMA, TOOLS, TWINS, worker)


@pytest.fixture
def state() -> WorldState:
    """The rehearsal house on a Monday morning."""
    return make_state()
