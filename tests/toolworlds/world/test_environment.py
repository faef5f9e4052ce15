"""What an environment must satisfy, and how far a tool can see."""

from typing import Any

import pytest

from tests.toolworlds.world.rehearsal_house import SCHEMA, TEXT, TOOLS, TWINS, make_state, make_tool
from toolworlds.records.base import Json
from toolworlds.records.tools import Footprint, ToolSpec, Twin, UsageRule
from toolworlds.records.worlds import Invariant, StatusMachine, WorldSchema, WorldState
from toolworlds.world.environment import Environment, check_environment
from toolworlds.world.starlark import StarlarkWorker, make_twin


def test_the_rehearsal_house_is_sound(worker: StarlarkWorker, state: WorldState) -> None:
    """A sound environment has no reasons against it."""
    assert check_environment(SCHEMA, state, TOOLS, TWINS, worker) == []


def change_collection(name: str, **changes: Any) -> WorldSchema:
    changed = SCHEMA.collections[name].model_copy(update=changes)
    return SCHEMA.model_copy(update={"collections": {**SCHEMA.collections, name: changed}})


def change_schema(name: str, **changes: Json) -> WorldSchema:
    return change_collection(name, entity_schema={**SCHEMA.collections[name].entity_schema, **changes})


MACHINE = SCHEMA.collections["studios"].status
assert MACHINE is not None


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (WorldSchema(collections={}), "no collections"),
        (
            WorldSchema(collections={"class": SCHEMA.collections["bands"]}),
            "'class' is a word of the language",
        ),
        (change_schema("bands", type="array"), 'must have "type": "object"'),
        (change_schema("bands", additionalProperties=True), '"additionalProperties": false'),
        (change_schema("bands", properties={"id": {"type": "text"}}), "no JSON Schema"),
        (change_schema("bands", properties={"id": {"$ref": "http://127.0.0.1/x"}}), "no JSON Schema"),
        (change_schema("bands", properties={"id": {"pattern": "(a"}}), "no JSON Schema"),
        (change_schema("bands", properties={"Name": {}}), "'Name' is no name"),
        (change_schema("bands", properties={"lambda": {}}), "'lambda' is a word"),
        (change_schema("bands", required=["id", "colour"]), "'colour' is not among the properties"),
        (change_schema("bands", required=["name"]), "the id field 'id' must be required"),
        (change_collection("bands", id_field="name", label="colour"), "label names 'colour'"),
        (change_collection("studios", id_field="level"), "the id field 'level' must be a string"),
        (change_collection("bands", free_text=["notes"]), "free_text names 'notes'"),
        (change_collection("bands", references={"owner": "bands"}), "references names 'owner'"),
        (change_collection("bands", references={"name": "people"}), "'people', which is no collection"),
        (
            change_collection(
                "bands", status=StatusMachine(field="mood", initial=["a"], transitions={"a": []})
            ),
            "status names 'mood'",
        ),
        (change_collection("studios", status=MACHINE.model_copy(update={"initial": []})), "no initial value"),
        (
            change_collection("studios", status=MACHINE.model_copy(update={"initial": ["new"]})),
            "'new' is not among the transitions",
        ),
        (
            change_collection("bands", invariants=[Invariant(predicate="credit >=", message="m")]),
            "invariant 'credit >='",
        ),
        (
            change_collection("bands", invariants=[Invariant(predicate="debit >= 0", message="m")]),
            "`debit` not found",
        ),
    ],
)
def test_unsound_schemas(worker: StarlarkWorker, state: WorldState, schema: WorldSchema, reason: str) -> None:
    """Names, types, targets, statuses and predicates, each with its collection."""
    reasons = check_environment(schema, state, TOOLS, TWINS, worker)
    assert any(reason in line for line in reasons), reasons
    assert all("\n" not in line for line in reasons)


def change_entity(name: str, place: int, **changes: Json) -> WorldState:
    state = make_state()
    state.collections[name][place].update(changes)
    return state


def change_state(**changes: Any) -> WorldState:
    return make_state().model_copy(update=changes)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (change_state(now="tomorrow"), "now: 'tomorrow' is no time"),
        (change_state(now="2026-05-04T08:30:00Z"), "is no time"),
        (change_state(now="2026-05-04"), "is no time"),
        (change_state(collections={}), "bands: the state lacks this collection"),
        (change_state(minted={"halls": 1}), "halls: the world schema has no such collection"),
        (change_entity("bands", 0, id=7), "bands: id is 7, not a text"),
        (change_entity("bands", 0, id="bd_02"), "bands: id 'bd_02' is used more than once"),
        (change_entity("bands", 0, id="bd_09"), "bands: entities are not sorted by id"),
        (change_entity("bands", 0, credit="much"), 'bands \'bd_01\': credit: "much" is not of type "number"'),
        (change_entity("bands", 0, credit=float("inf")), "bands 'bd_01': inf is not a JSON number"),
        (change_entity("bands", 0, credit=-1), "a band's credit never falls below zero"),
        (change_entity("bands", 0, colour="red"), "colour"),
        (change_entity("studios", 0, status="burnt"), "studios 'st_01'"),
        (change_entity("sessions", 0, band_id="bd_07"), "band_id is 'bd_07', but bands has no such entity"),
    ],
)
def test_unsound_states(worker: StarlarkWorker, state: WorldState, reason: str) -> None:
    """Clock, ids, types, references, statuses and invariants, each with its entity."""
    reasons = check_environment(SCHEMA, state, [], {}, worker)
    assert any(reason in line for line in reasons), reasons


def test_a_status_beyond_the_machine_is_unsound(worker: StarlarkWorker, state: WorldState) -> None:
    """Even where the entity schema would let it pass."""
    machine = StatusMachine(field="status", initial=["open"], transitions={"open": [], "shut": []})
    reasons = Environment(change_collection("studios", status=machine), [], {}, worker).check_state(state)
    assert reasons == ["studios 'st_03': status: 'repair' is none of open, shut"]


GOOD = make_tool("look", {"band_id": TEXT}, {}, ["bands"], [])


def change_tool(**changes: Any) -> ToolSpec:
    return GOOD.model_copy(update=changes)


def change_parameters(**changes: Json) -> ToolSpec:
    return change_tool(parameters={**GOOD.parameters, **changes})


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ([GOOD, GOOD], "tool 'look': another tool has this name"),
        ([change_tool(tool_name="import")], "'import' is a word of the language"),
        ([change_parameters(additionalProperties=True)], '"additionalProperties": false'),
        ([change_parameters(properties={"band_id": {"type": "word"}})], "no JSON Schema"),
        ([change_parameters(properties={"Band": TEXT}, required=[])], "'Band' is no name"),
        ([change_parameters(properties={"from": TEXT}, required=[])], "'from' is a word"),
        ([change_parameters(required=["band_id", "day"])], "'day' is not among the properties"),
        ([change_parameters(properties={"band_id": {**TEXT, "default": 1}})], "the default of 'band_id'"),
        ([change_tool(footprint=Footprint(reads=["halls"]))], "'halls', which is no collection"),
        ([change_tool(footprint=Footprint())], "its footprint is empty"),
        ([change_tool(footprint=Footprint(writes=["bands"]))], "it only reads"),
        ([change_tool(effect="write")], "it writes, yet"),
        (
            [change_tool(usage=[UsageRule(rule="r", precondition="len(band_id) >")])],
            "precondition 'len(band_id) >'",
        ),
        ([change_tool(usage=[UsageRule(rule="r", precondition="day > 1")])], "`day` not found"),
    ],
)
def test_unsound_tools(worker: StarlarkWorker, state: WorldState, tools: list[ToolSpec], reason: str) -> None:
    """Names, parameters, footprints and preconditions."""
    reasons = check_environment(SCHEMA, state, tools, {}, worker)
    assert any(reason in line for line in reasons), reasons


@pytest.mark.parametrize(
    ("name", "twin", "reason"),
    [
        ("paint", make_twin("def run(world, args, now):\n    return ok(1)"), "there is no such tool"),
        ("look", make_twin("def walk():\n    return 1"), "`run` not found"),
        ("look", make_twin("def run(world, args, now):"), "Parse error"),
        ("look", Twin(source="def run(world, args, now):\n    return ok(1)", sha256="0"), "sha256"),
    ],
)
def test_unsound_twins(worker: StarlarkWorker, state: WorldState, name: str, twin: Twin, reason: str) -> None:
    """A twin belongs to a tool, is what its hash says, compiles, and has a `run`."""
    reasons = check_environment(SCHEMA, state, [GOOD], {name: twin}, worker)
    assert any(reason in line for line in reasons), reasons


@pytest.mark.parametrize(
    ("tool", "reads", "writes"),
    [
        ("find_studios", ["studios"], []),
        ("sum_up_band", ["bands", "sessions"], []),
        ("drop_session", ["bands", "sessions", "studios"], ["bands", "sessions"]),
        ("move_credit", ["bands"], ["bands"]),
    ],
)
def test_footprints_close_over_references(
    env: Environment, state: WorldState, tool: str, reads: list[str], writes: list[str]
) -> None:
    """Whoever writes sessions sees what sessions refer to; a reader sees what it declared."""
    assert env.footprint(tool) == Footprint(reads=reads, writes=writes)
    assert env.view(state, tool) == {name: state.collections[name] for name in reads}


def test_a_twin_hears_of_omitted_arguments(worker: StarlarkWorker, state: WorldState) -> None:
    """As None, so that it need not ask whether a key is there."""
    tool = make_tool("echo", {}, {"word": TEXT, "page": {"type": "integer", "default": 1}}, ["bands"], [])
    env = Environment(
        SCHEMA, [tool], {"echo": make_twin("def run(w, args, now):\n    return ok(args)")}, worker
    )
    assert env.run_twin(state, "echo", {"page": 1}).reply == {"page": 1, "word": None}


def test_strange_collections_of_a_footprint_are_told_in_order(
    worker: StarlarkWorker, state: WorldState
) -> None:
    """By name, so that two runs say the same."""
    names = ["tents", "halls", "vans", "crews", "amps", "lamps"]
    reasons = check_environment(SCHEMA, state, [change_tool(footprint=Footprint(reads=names))], {}, worker)
    assert [reason.split("'")[-2] for reason in reasons] == sorted(names)
