import http.server
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolworlds.world.json_schema import compile_schema
from toolworlds.world.schema_cost import MEMBERS, SAME_PLACE, SchemaFault

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
WORDS = st.sampled_from(
    [
        *SAME_PLACE,
        *MEMBERS,
        "type",
        "properties",
        "$defs",
        "$id",
        "required",
        "enum",
        "const",
        "pattern",
        "a",
        "b",
    ]
)
VALUES = st.recursive(
    LEAVES | st.sampled_from(["#", "#/$defs/a", "#/properties/b", "object", "string", "http://x/y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)
SELF = {"$ref": "#"}


def double(depth: int) -> dict[str, Any]:
    """Definitions that each refer twice to the next one: 2^depth evaluations in a few lines."""
    twice = ([{"$ref": f"#/$defs/d{n + 1}"}] * 2 for n in range(depth))
    defs: dict[str, Any] = {f"d{n}": {"allOf": both} for n, both in enumerate(twice)}
    return {"$ref": "#/$defs/d0", "$defs": {**defs, f"d{depth}": {"type": "integer"}}}


def nest(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (double(40), "with its references followed it holds more than 100,000 schemas"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "leads back to itself"),
        ({"properties": {"a": {"$ref": "#/$defs/a"}}}, "there is no such place in it"),
        ({"properties": {"a": {"$dynamicRef": "#a"}}}, r"only \$ref is followed"),
        ({"properties": {"a": {"$id": "x", "$ref": "#/y"}}}, r"an \$id of its own"),
        ({"properties": {str(n): {} for n in range(4000)}}, "more than 3,000 schemas"),
        ({"properties": nest(200)}, "nested more than 90 levels deep"),
        ({"type": "text"}, "not valid under any"),
        ({"pattern": "("}, "regex"),
        ({"minimum": float("nan")}, "no plain JSON"),
        ({"const": "\ud800"}, "surrogates"),
        ([], "it is a list"),
        (None, "it is a NoneType"),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(schema: Any, why: str) -> None:
    """With the reason, and before anything is evaluated."""
    began = time.monotonic()
    with pytest.raises(SchemaFault, match=why):
        compile_schema(schema)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("place", ["properties", "$defs", "definitions"])
def test_nothing_outside_the_document_is_read(tmp_path: Path, place: str) -> None:
    """Neither a URL nor a file, wherever the reference stands: refused, and nobody is asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "secret.json").write_text(json.dumps({"enum": ["a secret"]}))
    for address in (f"http://127.0.0.1:{server.server_address[1]}/a", f"file://{tmp_path}/secret.json"):
        with pytest.raises(SchemaFault) as refusal:
            compile_schema({place: {"a": {"$ref": address}}, "$ref": f"#/{place}/a"})
        assert "a secret" not in str(refusal.value)
    server.shutdown()
    assert asked == []


def test_references_within_the_document_are_followed() -> None:
    """Also through the document's own name, `definitions`, and circles that lead into the value."""
    tree = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.org/tree",
        "properties": {"left": SELF, "right": SELF, "size": {"$ref": "#/definitions/si~1ze"}},
        "definitions": {"si/ze": {"type": "integer"}},
    }
    schema = compile_schema(tree)
    assert schema.fits({"left": {"size": 1}, "right": {"right": {}}})
    assert (
        str(schema.find_misfit({"left": {"left": {"size": "1"}}}))
        == 'left.left.size: "1" is not of type "integer"'
    )


def test_a_schema_that_doubles_at_every_level_is_held_to_the_levels_it_can_be_checked_on() -> None:
    """2^15 evaluations are made, 2^40 are not: deeper values do not fit."""
    schema = compile_schema({"properties": {"a": {"allOf": [SELF, SELF]}}})
    assert schema.fits(nest(15))
    began = time.monotonic()
    assert "deeper than this schema can be checked on" in str(schema.find_misfit(nest(40)))
    assert time.monotonic() - began < 1


def test_a_value_too_large_for_its_schema_does_not_fit() -> None:
    """The product of both is bounded, not each alone."""
    schema = compile_schema({"items": {"$ref": "#/$defs/d0"}, "$defs": double(12)["$defs"]})
    assert schema.fits([1] * 1000)
    assert "too large" in str(schema.find_misfit([1] * 100_000))


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        (True, 1, True),
        (False, 1, False),
        ({"properties": {"a": True, "b": False}}, {"a": 1}, True),
        ({"properties": {"a": True, "b": False}}, {"b": 1}, False),
        ({"const": 2**53}, 2**53 + 1, False),
        ({"const": 2**53 + 1}, float(2**53), False),
        ({"enum": [10**30]}, 10**30, True),
        ({"maximum": 10**30}, 10**30 + 1, False),
        ({"type": "integer"}, 10**400, True),
        ({"const": 1}, 1.0, True),
        ({"pattern": "^(?=.*[0-9])[a-z0-9]+$"}, "a1", True),
        ({"pattern": "^(a+)+(?=d)c$"}, "a" * 5000 + "b", False),
        ({"type": "string"}, "\ud800", False),
        ({"type": "object"}, {1: 2}, False),
    ],
)
def test_values_are_compared_exactly_and_in_bounded_time(schema: Any, value: Any, fits: bool) -> None:
    """Numbers beyond 64 bits too; what no file could hold does not fit; patterns that look back give up."""
    began = time.monotonic()
    assert compile_schema(schema).fits(value) is fits
    assert time.monotonic() - began < 1


@settings(max_examples=2000, deadline=1000)
@given(VALUES, VALUES)
def test_any_value_is_a_schema_or_refused(schema: Any, value: Any) -> None:
    """Whatever stands in the place of a schema, and whatever is checked against it."""
    try:
        compiled = compile_schema(schema)
    except SchemaFault:
        return
    assert compiled.fits(value) is (list(compiled.list_misfits(value)) == [])
