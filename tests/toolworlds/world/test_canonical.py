"""Equal JSON values have one byte form; what JSON cannot hold is refused."""

import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.records.worlds import WorldState
from toolworlds.world.canonical import canonical, digest, state_hash

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def shuffle_and_respell(value: Any) -> Any:
    """An equal value, written differently: keys the other way round, whole floats as integers and back."""
    if isinstance(value, dict):
        return {key: shuffle_and_respell(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [shuffle_and_respell(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value) if abs(value) < 2**63 else value
    if isinstance(value, int) and not isinstance(value, bool) and int(float(value)) == value:
        return float(value)
    return value


@given(VALUES)
def test_equal_values_have_equal_bytes(value: Any) -> None:
    """Key order and the spelling of whole numbers leave no trace."""
    assert canonical(shuffle_and_respell(value)) == canonical(value)


@given(VALUES)
def test_the_canonical_form_reads_back_as_the_value(value: Any) -> None:
    """Nothing is lost, and a second pass changes nothing."""
    back = orjson.loads(canonical(value))
    assert back == value
    assert canonical(back) == canonical(value)


@given(VALUES, VALUES)
def test_different_values_have_different_bytes(left: Any, right: Any) -> None:
    """Two values share bytes only when they are equal (and 1 is not true)."""
    if canonical(left) == canonical(right):
        assert shuffle_and_respell(left) == right or left == right


def test_known_forms() -> None:
    """The form itself, as released hashes depend on it."""
    assert canonical({"b": 1.0, "a": [-0.0, 0.1, True, None, "é\n"]}) == (
        '{"a":[0,0.1,true,null,"é\\n"],"b":1}'.encode()
    )
    assert digest({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@pytest.mark.parametrize(
    "value", [math.nan, [math.inf], {"a": {"b": -math.inf}}, {1: 2}, "\ud800", 2**70, object(), {1, 2}]
)
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    """One plain line each."""
    with pytest.raises(ValueError, match="JSON") as caught:
        canonical(value)
    assert "\n" not in str(caught.value)


def test_bottomless_nesting_is_refused() -> None:
    """A value nested a hundred thousand deep is an error, not a crash."""
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="JSON"):
        canonical(value)


def test_state_hash_sees_every_part(state: WorldState) -> None:
    """Clock, mint counters and entities count; a counter at zero and the order of collections do not."""
    before = state_hash(state)
    reversed_order = dict(reversed(state.collections.items()))
    assert state_hash(state.model_copy(update={"minted": {"bands": 0}})) == before
    assert state_hash(state.model_copy(update={"collections": reversed_order})) == before
    assert state_hash(state.model_copy(update={"minted": {"bands": 1}})) != before
    assert state_hash(state.model_copy(update={"now": "2026-05-04T08:30:01"})) != before
    assert state_hash(state.model_copy(update={"collections": {**state.collections, "bands": []}})) != before


def test_state_hash_survives_a_disk(state: WorldState) -> None:
    """Written and read back, a state has the same hash."""
    back = WorldState.model_validate(orjson.loads(orjson.dumps(state.to_json())))
    assert state_hash(back) == state_hash(state)
