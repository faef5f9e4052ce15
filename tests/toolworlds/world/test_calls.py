from typing import Any

import pytest

from toolworlds.world.calls import find_argument_faults, is_empty, is_error
from toolworlds.world.json_schema import compile_schema

SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {"room": {"type": "string"}, "nights": {"type": "integer", "minimum": 1}},
        "required": ["room", "nights"],
        "additionalProperties": False,
    }
)


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        ({"room": "R", "nights": 2}, []),
        ({"room": "R", "nights": 2.0}, []),
        ({"room": "R", "nights": True}, [("value", "nights", "type")]),
        ({"room": None, "nights": 0}, [("value", "room", "type"), ("value", "nights", "minimum")]),
        (
            {"view": 1, "nights": "2"},
            [
                ("unknown", "view", "additionalProperties"),
                ("missing", "room", "required"),
                ("value", "nights", "type"),
            ],
        ),
    ],
)
def test_each_argument_is_faulted_once(arguments: dict[str, Any], faults: list[tuple[str, str, str]]) -> None:
    """A whole float is an integer, a truth value is none, and null is a value like others."""
    found = find_argument_faults(SCHEMA, arguments)
    assert sorted((f.kind, f.argument, f.keyword) for f in found) == sorted(faults)
    assert [f.kind for f in found] == [kind for kind, _, _ in faults]


@pytest.mark.parametrize("reply", [{"error": {"code": "x"}}, {"error": "no such room", "rooms": []}])
def test_a_reply_with_an_error_that_says_something_is_an_error(reply: Any) -> None:
    """Whatever stands beside it."""
    assert is_error(reply)


@pytest.mark.parametrize("reply", [{"error": None}, {"error": ""}, {"errors": ["x"]}, [], "error", None])
def test_other_replies_are_no_errors(reply: Any) -> None:
    """An API may send an empty `error` with every success."""
    assert not is_error(reply)


@pytest.mark.parametrize("reply", [{"rooms": [], "total": 0}, [], {"api": {"results": 0, "teams": []}}])
def test_lists_without_members_are_empty(reply: Any) -> None:
    """Also lists within objects."""
    assert is_empty(reply)


@pytest.mark.parametrize("reply", [{"total": 0}, {}, {"rooms": [[]]}, {"rooms": [], "tables": [1]}, "", None])
def test_what_holds_no_list_or_something_in_one_is_not_empty(reply: Any) -> None:
    """A count alone does not say what was searched for."""
    assert not is_empty(reply)
