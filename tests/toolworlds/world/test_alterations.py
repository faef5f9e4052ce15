import random
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolworlds.world.lending_library import SCHEMA, make_state
from toolworlds.language.days import parse_iso
from toolworlds.language.values import same_value, type_of
from toolworlds.records.base import Json
from toolworlds.world.alterations import alter_value, find_rule, find_siblings

VALUES = (
    st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e6, 1e6).map(lambda number: round(number, 2))
    | st.dates().map(date.isoformat)
    | st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat())
    | st.times().map(lambda at: at.strftime("%H:%M"))
    | st.text(max_size=20)
    | st.lists(st.integers(0, 9), max_size=3)
)


@given(VALUES, st.randoms(use_true_random=False))
def test_an_altered_value_is_another_one_of_its_kind(value: Json, rng: random.Random) -> None:
    """No answer takes the altered value for the right one; days stay days."""
    other = alter_value(value, {}, rng)
    assert not same_value(value, other, type_of(value))
    if isinstance(value, str) and isinstance(parse_iso(value), date | datetime | time):
        assert parse_iso(other) is not None


@pytest.mark.parametrize(
    ("value", "rule", "other"),
    [
        ("a", {"enum": ["a", "b"]}, "b"),
        ("a", {"enum": ["a"]}, None),
        (None, {}, None),
        (5, {"maximum": 5}, 4),
        (5, {"exclusiveMaximum": 6, "minimum": 5}, None),
        (10, {"multipleOf": 10}, 20),
        ("9999-12-31", {}, "9999-12-30"),
        ("23:30", {}, "00:30"),
        ("Salt Roads", {}, "Salt Roads II"),
    ],
)
def test_alterations_stay_within_the_schema(value: Json, rule: Json, other: Json) -> None:
    """Enum members and bounds are kept; where nothing else is allowed there is no alteration."""
    assert alter_value(value, rule, random.Random(1)) == other


def test_rules_are_found_for_nested_leaves() -> None:
    """The schema of a leaf within lists and objects; nothing where the schema is silent."""
    items = {"type": "object", "properties": {"count": {"minimum": 1}}}
    schema: Json = {"properties": {"items": {"type": "array", "items": items}, "any": True}}
    assert find_rule(schema, ("items", 3, "count")) == {"minimum": 1}
    assert find_rule(schema, ("any",)) == {}
    assert find_rule(schema, ("other", 0)) == {}


def test_siblings_are_the_most_alike_first() -> None:
    """Books by the same author on the same shelf before others; what is no id has no siblings."""
    found = find_siblings(SCHEMA, make_state(), "bk_03", random.Random(1))
    assert found[0] == "bk_05"
    assert sorted(found) == ["bk_01", "bk_02", "bk_04", "bk_05"]
    assert find_siblings(SCHEMA, make_state(), "bk_99", random.Random(1)) == []
