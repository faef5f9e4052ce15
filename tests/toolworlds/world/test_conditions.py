"""Tests on entities compare JSON values."""

from typing import Any

import pytest

from toolworlds.world.conditions import ConditionFault, compare, select, sort_by


@pytest.mark.parametrize(
    ("left", "how", "right", "holds"),
    [
        (1, "=", 1.0, True),
        (1, "=", True, False),
        (0, "!=", False, True),
        (None, "=", None, True),
        (None, "!=", "a", True),
        (None, "<", 3, False),
        (3, ">=", None, False),
        ("2026-03-10", "<", "2026-03-10T09:00:00", True),
        (2, "<=", 2.0, True),
        (1, "in", [True, 2], False),
        ("b", "in", ["a", "b"], True),
        ("Harbour View", "contains", "VIEW", True),
        (["pa", "drums"], "contains", "pa", True),
        (None, "contains", "pa", False),
    ],
)
def test_comparisons(left: Any, how: Any, right: Any, holds: bool) -> None:
    """Numbers by value, texts by code point, truth values apart from numbers, null beside all order."""
    assert compare(left, how, right) is holds


@pytest.mark.parametrize(
    ("left", "how", "right"),
    [
        (1, "<", "2"),
        (True, "<", 2),
        ([1], ">", [0]),
        ("a", "in", "abc"),
        (5, "contains", 5),
        ("a", "contains", 1),
    ],
)
def test_comparisons_without_sense(left: Any, how: Any, right: Any) -> None:
    """Refused, since no answer would be the one meant."""
    with pytest.raises(ConditionFault):
        compare(left, how, right)


def test_all_conditions_must_hold() -> None:
    """A list of conditions is a conjunction; no conditions take everything."""
    entities: list[dict[str, Any]] = [{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "c"}]
    assert select(entities, [("n", ">=", 1), ("id", "!=", "a")]) == [{"id": "b", "n": 2}]
    assert select(entities, []) == entities


def test_sorting_keeps_ties_in_order() -> None:
    """Null stands first, or last when descending; ties keep their order both ways."""
    entities: list[dict[str, Any]] = [
        {"id": "a", "n": 2},
        {"id": "b", "n": None},
        {"id": "c", "n": 2},
        {"id": "d", "n": 1},
    ]
    assert "".join(entity["id"] for entity in sort_by(entities, "n")) == "bdac"
    assert "".join(entity["id"] for entity in sort_by(entities, "n", descending=True)) == "acdb"
    with pytest.raises(ConditionFault, match="order"):
        sort_by([{"n": 1}, {"n": "1"}], "n")
