"""Committed operations apply exactly, again and again, and never to the state they began from."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.toolworlds.world.rehearsal_house import SCHEMA, make_state
from toolworlds.records.base import Json
from toolworlds.records.worlds import Delta, WorldState
from toolworlds.world.canonical import state_hash
from toolworlds.world.delta import DeltaFault, apply_delta
from toolworlds.world.schema import Collection

COLLECTIONS = {name: Collection.compile(name, spec) for name, spec in SCHEMA.collections.items()}
DELTA: TypeAdapter[Delta] = TypeAdapter(Delta)

STUDIO_IDS = st.sampled_from(["st_01", "st_02", "st_03", "st_04", "st_05"])
BAND_IDS = st.sampled_from(["bd_01", "bd_02", "bd_03"])
CENTS = st.integers(-5000, 5000).map(lambda cents: cents / 100)
OPERATIONS = st.one_of(
    st.builds(
        lambda i, n: {"update": "studios", "id": i, "set": {"name": n}}, STUDIO_IDS, st.text(max_size=4)
    ),
    st.builds(lambda i, by: {"increment": "bands", "id": i, "field": "credit", "by": by}, BAND_IDS, CENTS),
    st.builds(
        lambda level, status: {
            "update_where": "studios",
            "where": [["level", "<=", level]],
            "set": {"status": status},
        },
        st.integers(0, 3),
        st.sampled_from(["open", "shut"]),
    ),
    st.builds(
        lambda i: {
            "insert": "bands",
            "id": f"bd_x{i:06x}",
            "values": {"name": "New", "credit": 0, "plan": "basic"},
        },
        st.integers(0, 2**24 - 1),
    ),
)
DELTAS = st.lists(OPERATIONS, max_size=6, unique_by=lambda operation: str(operation.get("id", operation)))


def parse(operations: list[Json]) -> Delta:
    return DELTA.validate_python(operations)


@given(DELTAS)
def test_applying_changes_a_new_state_alone(operations: list[Json]) -> None:
    """The state before is what it was; what no operation names is shared, not copied."""
    before = make_state()
    kept = copy.deepcopy(before)
    after = apply_delta(COLLECTIONS, before, parse(operations))
    assert before == kept
    assert after.collections["sessions"] is before.collections["sessions"]


@given(DELTAS)
def test_a_delta_survives_a_disk(operations: list[Json]) -> None:
    """Written and read back, a delta leads to the same hash."""
    delta = parse(operations)
    again = parse([operation.to_json() for operation in delta])
    once = state_hash(apply_delta(COLLECTIONS, make_state(), delta))
    assert state_hash(apply_delta(COLLECTIONS, make_state(), again)) == once


@given(DELTAS, st.integers(0, 6))
def test_a_delta_may_be_applied_in_parts(operations: list[Json], cut: int) -> None:
    """First some operations, then the rest: the same state."""
    delta = parse(operations)
    whole = apply_delta(COLLECTIONS, make_state(), delta)
    part = apply_delta(COLLECTIONS, make_state(), delta[:cut])
    assert apply_delta(COLLECTIONS, part, delta[cut:]) == whole


@given(DELTAS)
def test_entities_stay_sorted_and_inserts_are_counted(operations: list[Json]) -> None:
    """Ids are in order wherever an insert fell; the mint counter says how many there were."""
    after = apply_delta(COLLECTIONS, make_state(), parse(operations))
    ids = [band["id"] for band in after.collections["bands"]]
    assert ids == sorted(ids)
    assert after.minted.get("bands", 0) == sum("insert" in operation for operation in operations)


def test_a_deleted_entity_is_gone(state: WorldState) -> None:
    """And its neighbours are not."""
    after = apply_delta(COLLECTIONS, state, parse([{"delete": "bands", "id": "bd_02"}]))
    assert [band["id"] for band in after.collections["bands"]] == ["bd_01", "bd_03"]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"update": "bands", "id": "bd_99", "set": {"name": "x"}}, "bands has no entity 'bd_99'"),
        ({"update": "bands", "id": 3, "set": {"name": "x"}}, "bands has no entity 3"),
        ({"delete": "bands", "id": None}, "bands has no entity None"),
        ({"insert": "bands", "id": "bd_01", "values": {}}, "already has an entity 'bd_01'"),
        ({"increment": "bands", "id": "bd_01", "field": "name", "by": 1}, "'Salt Ferry' is not a number"),
        ({"increment": "bands", "id": "bd_01", "field": "credit", "by": "1"}, "'1' is not a number"),
        ({"update_where": "bands", "where": [["name", "<", 3]], "set": {}}, "bands: .* order"),
    ],
)
def test_operations_that_do_not_apply(state: WorldState, operation: Any, reason: str) -> None:
    """Refused with the entity and the value in question."""
    with pytest.raises(DeltaFault, match=reason):
        apply_delta(COLLECTIONS, state, parse([operation]))
