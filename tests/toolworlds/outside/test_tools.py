import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toolworlds.world.test_json_schema import VALUES
from toolworlds.outside.tools import BY_APIS, IN_CODE, name_apart, read_tools

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
BARE = {"city": {"type": "str", "required": True}}
FUNCTION = {"name": "get_weather", "description": "Weather.", "parameters": SCHEMA}
KEYS = st.sampled_from(
    ["name", "tool_name", "function", "tools", "parameters", "input_schema", "description", "type"]
)
LISTINGS = st.recursive(
    VALUES | st.text(max_size=8) | st.sampled_from(["a", "A b", "class", '{"name": "x"}', "[", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "written",
    [
        [FUNCTION],
        [{"type": "function", "function": FUNCTION}],
        {"tools": [{"name": "get_weather", "description": "Weather.", "input_schema": SCHEMA}]},
        [{"name": "get_weather", "description": "Weather.", "inputSchema": SCHEMA}],
        [{"functionDeclarations": [FUNCTION]}],
        [{"tool_name": "Get Weather", "tool_description": "Weather.", "parameters": BARE}],
        json.dumps([{**FUNCTION, "name": "getWeather", "parameters": json.dumps(SCHEMA)}]),
        FUNCTION,
    ],
)
def test_tools_are_read_in_any_layout(written: Any) -> None:
    """OpenAI's, Anthropic's, MCP's, Gemini's, SynthTools', as text, alone."""
    found = read_tools(written)
    assert found.skipped == []
    (tool,) = found.tools
    assert (tool.name, tool.description) == ("get_weather", "Weather.")
    assert tool.parameters == SCHEMA


def test_what_cannot_be_used_is_left_out_alone_and_listed() -> None:
    """A broken schema, no name, a name that was there before."""
    found = read_tools(
        ["a", {"name": "b", "parameters": {"type": "objekt"}}, {"description": "x"}, 4, "a", "c"]
    )
    assert [tool.name for tool in found.tools] == ["a", "c"]
    assert [reason.partition(":")[0] for reason in found.skipped] == [
        "tool 2 (b)",
        "tool 3 (a dict)",
        "tool 4 (a int)",
        "tool 5 (a)",
    ]


def test_names_are_callable_and_apart() -> None:
    """Those that can be called already keep theirs; the others say what they were."""
    assert name_apart(["a b", "a_b", "class", "A", "9x", "日本", "Shelf Label Printer", "getCity"]) == [
        "a_b_2", "a_b", "class_", "a", "tool_9x", "tool", "shelf_label_printer", "get_city",
    ]  # fmt: skip
    assert read_tools(["Get It", "run"]).renamed == {"get_it": "Get It"}
    assert name_apart(["getCity", "a.b", "two words"], BY_APIS) == ["getCity", "a.b", "two_words"]


@settings(max_examples=3000, deadline=1000)
@given(LISTINGS)
def test_any_value_gives_tools_and_what_was_left_out(written: Any) -> None:
    """Never an exception; all names can be called and differ."""
    found = read_tools(written)
    names = [tool.name for tool in found.tools]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(IN_CODE, name) for name in names)
    assert found.renamed.keys() <= set(names)


@given(st.lists(st.text(max_size=70)))
def test_names_of_any_text_are_apart(names: list[str]) -> None:
    """As many as there were."""
    made = name_apart(names)
    assert len(made) == len(set(made)) == len(names)
    assert all(re.fullmatch(IN_CODE, name) for name in made)
