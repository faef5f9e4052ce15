import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from env_generation.plans import FieldSizes
from env_generation.stage import Planning, SpecGeneration, UnsoundSpecError
from env_generation.store import SpecStore
from roles.env_generator import EnvGenerator
from tests.damage import damage
from tests.workshop import ANSWERS, SPEC, WorkshopModel, build_world, document_tool, draft_tools
from toolworlds.records.completions import ReplyError, Request
from toolworlds.records.tools import EnvSpec
from toolworlds.world.environment import check_environment
from toolworlds.world.starlark import StarlarkWorker
from utils import ItemError, read_json

ONE = FieldSizes(1, 1)
FIELD, SPEC_ID = "Bicycle Trade", "bicycle_trade_spec_001"


@pytest.fixture(scope="module")
def worker() -> Iterator[StarlarkWorker]:
    with StarlarkWorker() as worker:
        yield worker


def plan(model: WorkshopModel, store: SpecStore, sizes: FieldSizes = ONE) -> list[str]:
    asyncio.run(Planning(EnvGenerator(model, 0), store, sizes).plan_field(FIELD))
    return list(store.planned_specs([FIELD], sizes))


def make(model: WorkshopModel, folder: Path, worker: StarlarkWorker) -> EnvSpec:
    store = SpecStore(folder)
    plan(model, store)
    planned = store.planned_specs([FIELD], ONE)
    generation = SpecGeneration(EnvGenerator(model, 0), worker, store, planned, (5, 8))
    assert asyncio.run(generation.make_spec(SPEC_ID)) == "made"
    return EnvSpec.model_validate(read_json(folder / f"{SPEC_ID}.json"))


def test_a_field_becomes_an_environment(tmp_path: Path, worker: StarlarkWorker) -> None:
    """World, tools, documentation and twin are put together and saved under the planned id."""
    spec = make(WorkshopModel(), tmp_path, worker)
    assert (spec.tools, spec.initial_state, spec.policy) == (SPEC.tools, SPEC.initial_state, SPEC.policy)
    assert (spec.spec_id, spec.field, spec.subfield, list(spec.twins)) == (
        SPEC_ID,
        FIELD,
        "Idea 1",
        ["get_job"],
    )
    assert spec.provenance["model"] == {"name": "workshop"}
    assert spec.provenance["prompts"]["env_generator.world"]["version"] >= 1


def test_the_plan_is_asked_for_once(tmp_path: Path) -> None:
    """A second look at a covered plan asks nobody; a greater size asks for what is missing only."""
    model, store = WorkshopModel(), SpecStore(tmp_path)
    first = plan(model, store, FieldSizes(2, 1))
    asked = len(model.requests)
    assert plan(model, store, FieldSizes(2, 1)) == first
    assert len(model.requests) == asked == 3
    assert plan(model, store, FieldSizes(2, 2))[:2] == first
    assert model.count("env_generator.subfields") == 1


def test_an_unsound_world_is_asked_for_again_with_reasons(tmp_path: Path, worker: StarlarkWorker) -> None:
    """The second world is taken; the reasons stand in the second request."""

    def build(request: Request) -> Any:
        world = build_world(request)
        if request.attempt == 0:
            parts = [{**part, "stock": -1} for part in world["collections"]["parts"]]
            world = {**world, "collections": {**world["collections"], "parts": parts}}
        return world

    model = WorkshopModel(env_generator__world=build)
    assert make(model, tmp_path, worker).initial_state == SPEC.initial_state
    again = [r for r in model.requests if r.role == "env_generator.world"][1]
    assert "stock" in again.messages[-1]["content"]


def test_a_world_that_stays_unsound_fails(tmp_path: Path, worker: StarlarkWorker) -> None:
    """Nothing is saved."""
    model = WorkshopModel(env_generator__world=lambda request: {**build_world(request), "now": "yesterday"})
    with pytest.raises(ReplyError, match="yesterday"):
        make(model, tmp_path, worker)
    assert SpecStore(tmp_path).done() == set()


def test_an_undocumented_tool_is_left_out_and_too_few_fail(tmp_path: Path, worker: StarlarkWorker) -> None:
    """The workshop has five tools, and five are needed."""

    def document(request: Request) -> Any:
        broken = request.inputs["tool"]["tool_name"] == "book_job"
        return {"usage": 1} if broken else document_tool(request)

    with pytest.raises(UnsoundSpecError, match="only 4 of 5 tools were sound"):
        make(WorkshopModel(env_generator__metadata=document), tmp_path, worker)


def test_a_broken_twin_costs_the_twin_not_the_tool(tmp_path: Path, worker: StarlarkWorker) -> None:
    """The documentation is kept; a model will simulate the tool."""
    model = WorkshopModel(
        env_generator__metadata=lambda request: {**document_tool(request), "twin": "def run("}
    )
    spec = make(model, tmp_path, worker)
    assert (len(spec.tools), spec.twins) == (5, {})


@pytest.mark.parametrize("name", ["../../etc/passwd", "{{ 7 * 7 }}", "import", "__class__"])
def test_tool_names_that_are_no_names_are_refused(name: str, tmp_path: Path, worker: StarlarkWorker) -> None:
    """Neither paths nor template syntax nor Python words reach a file."""

    def draft(request: Request) -> Any:
        tools = draft_tools(request)["tools"]
        return {"tools": [{**tools[0], "tool_name": name}, *tools[1:]]}

    with pytest.raises(ReplyError):
        make(WorkshopModel(env_generator__tools=draft), tmp_path, worker)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and "_run" not in p.parts]


def test_template_syntax_in_text_is_only_text(tmp_path: Path, worker: StarlarkWorker) -> None:
    """What a model writes is rendered into later prompts as data."""
    policy = "{{ 7 * 7 }} {% include 'x' %} {policy!r}"
    model = WorkshopModel(env_generator__world=lambda request: {**build_world(request), "policy": policy})
    assert make(model, tmp_path, worker).policy == policy
    prompts = [r.messages[1]["content"] for r in model.requests if r.role == "env_generator.metadata"]
    assert all("{{ 7 * 7 }}" in prompt and "49" not in prompt.split("now:")[0] for prompt in prompts)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("role", ["env_generator.world", "env_generator.tools", "env_generator.metadata"])
def test_damaged_replies_cost_an_item_at_most(
    role: str, seed: int, tmp_path: Path, worker: StarlarkWorker
) -> None:
    """Either the whole is sound all the same, or it is refused as an item; never a bug, never a half file."""
    chance = random.Random(seed)
    model = WorkshopModel(**{role.replace(".", "__"): lambda request: damage(ANSWERS[role](request), chance)})
    try:
        spec = make(model, tmp_path, worker)
    except ItemError:
        assert SpecStore(tmp_path).done() == set()
    else:
        assert not check_environment(spec.world_schema, spec.initial_state, spec.tools, spec.twins, worker)
