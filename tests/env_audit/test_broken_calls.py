from typing import Any

import jsonschema_rs
import pytest

from env_audit.broken_calls import break_schema
from tests.workshop import CALLS, SPEC

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "size": {"type": ["integer", "null"], "minimum": 1, "maximum": 9},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["code", "kind"],
    "additionalProperties": False,
}


def test_every_rule_of_a_schema_is_broken_once() -> None:
    """Missing, wrong type, enum, range, pattern, and an argument that does not exist."""
    reasons = [why for _, why in break_schema(SCHEMA, {"code": "ABC", "kind": "a"})]
    assert reasons == [
        "code is missing",
        "kind is missing",
        "code is no string",
        "code does not match the pattern",
        "size is no integer",
        "size is below the minimum",
        "size is above the maximum",
        "kind is outside the enum",
        "tags is no array",
        "unheard_of is no argument",
    ]


@pytest.mark.parametrize("tool", SPEC.tools, ids=lambda tool: tool.tool_name)
def test_broken_calls_are_refused_by_the_schema(tool: Any) -> None:
    """Whatever the valid call was, if there was one at all."""
    validator = jsonschema_rs.validator_for(tool.parameters)
    broken = break_schema(tool.parameters, CALLS.get(tool.tool_name, {}).get("happy_path", {}))
    assert broken
    assert not any(validator.is_valid(arguments) for arguments, _ in broken)


def test_unusual_schemas_are_survived() -> None:
    """Boolean and empty property schemas break nothing."""
    schema = {"type": "object", "properties": {"a": True, "b": {}}, "additionalProperties": False}
    assert [why for _, why in break_schema(schema, {})] == ["unheard_of is no argument"]
