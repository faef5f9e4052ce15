from typing import Any

import pytest
from hypothesis import given, settings

from tests.toolworlds.world.test_json_schema import VALUES
from toolworlds.outside.schemas import mend_schema, read_parameters
from toolworlds.world.json_schema import compile_schema
from toolworlds.world.schema_cost import SchemaFault


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        (True, True),
        ({"type": "int", "minimum": None}, {"type": "integer"}),
        ({"type": "any", "description": 4}, {}),
        ({"type": ["str", "None"]}, {"type": ["string", "null"]}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 9, "exclusiveMaximum": False}, {"maximum": 9}),
        (
            {"items": [{"type": "str"}], "additionalItems": False},
            {"prefixItems": [{"type": "string"}], "items": False},
        ),
        ({"dependencies": {"a": ["b"]}}, {"dependentRequired": {"a": ["b"]}}),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}, {"type": "object"}),
        ('{"type": "float"}', {"type": "number"}),
        (
            {"properties": {"a": {"required": True}, "b": {"required": "no"}}},
            {"properties": {"a": {}, "b": {}}, "required": ["a"]},
        ),
        ({"enum": [None, 1], "default": None}, {"enum": [None, 1], "default": None}),
    ],
)
def test_old_and_loose_ways_of_writing_are_mended(written: Any, mended: Any) -> None:
    """Drafts 3 to 2019-09, OpenAPI, Python's words for types."""
    assert mend_schema(written) == mended


def test_definitions_stand_in_place_of_references() -> None:
    """With what is said beside a reference; circles stay references."""
    date = {"type": "string", "format": "date"}
    written = {
        "properties": {
            "day": {"$ref": "#/$defs/day", "description": "When."},
            "end": {"$ref": "#/$defs/day"},
        },
        "$defs": {"day": date},
    }
    assert mend_schema(written) == {"properties": {"day": {**date, "description": "When."}, "end": date}}
    tree = {"properties": {"left": {"$ref": "#"}}}
    assert mend_schema(tree) == tree


@pytest.mark.parametrize(
    ("written", "properties", "required"),
    [
        ({"code": {"type": "string", "required": True}, "n": {"type": "int"}}, ["code", "n"], ["code"]),
        ({"type": {"type": "string"}, "required": {"type": "bool"}}, ["type", "required"], []),
        ([{"name": "city", "type": "str", "required": True}], ["city"], ["city"]),
        ({"city": "string", "note": "What to say."}, ["city", "note"], []),
        ({"properties": {"a": True}, "required": ["a", "a"]}, ["a"], ["a"]),
        ('{"type": "object", "properties": {"a": {}}}', ["a"], []),
        (None, [], []),
    ],
)
def test_parameters_are_read_in_any_layout(written: Any, properties: list[str], required: list[str]) -> None:
    """A schema, its properties alone as a map or a list, or either as text."""
    schema = read_parameters(written)
    assert schema["type"] == "object"
    assert (list(schema["properties"]), schema.get("required", [])) == (properties, required)


@pytest.mark.parametrize(
    "written", [{"type": "string"}, "{", 4, {"type": "objekt"}, {"$ref": "file:///etc/passwd"}]
)
def test_what_cannot_be_mended_is_refused(written: Any) -> None:
    """Other types, broken text, unknown words, other documents."""
    with pytest.raises(SchemaFault):
        read_parameters(written)


@settings(max_examples=3000, deadline=1000)
@given(VALUES)
def test_any_value_is_mended_to_a_schema_or_refused(written: Any) -> None:
    """And what was mended stays as it is when it is mended again."""
    for read in (mend_schema, read_parameters):
        try:
            schema = read(written)
        except SchemaFault:
            continue
        compile_schema(schema)
        assert mend_schema(schema) == schema
