"""Calls between tags: what is taught, written and read is one format."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import (
    Result,
    Spoken,
    Unreadable,
    format_sha256,
    read_message,
    read_results,
    read_system,
    write_message,
    write_results,
    write_system,
)

TAGS = ("<tool_call>", "</tool_call>", "<think>", "</think>")
WHOLE = st.text(st.characters(exclude_categories=["Cs"]))
TEXTS = WHOLE | st.lists(WHOLE | st.sampled_from(["<", "</tools>", "</tool_", "\u2028"])).map("".join)
PLAIN = TEXTS.filter(lambda text: not any(tag in text for tag in TAGS))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(TAGS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
CALLS = st.lists(
    st.builds(ToolCall, name=TEXTS, arguments=st.dictionaries(TEXTS, JSON, max_size=3)), max_size=3
)


@given(PLAIN, CALLS, PLAIN)
def test_a_message_reads_back_as_it_was_written(text: str, calls: list[ToolCall], thoughts: str) -> None:
    """Tags, unicode and nesting within arguments are no obstacle."""
    assert read_message(write_message(text, calls, thoughts)) == Spoken(text, list(calls), thoughts)


@given(TEXTS, st.lists(st.dictionaries(TEXTS, JSON, max_size=3), max_size=3))
def test_a_system_text_reads_back(system: str, tools: list[dict[str, object]]) -> None:
    """The tools and the text before them come apart again."""
    assert read_system(write_system(system, tools)) == (system, tools)


@given(st.lists(st.builds(Result, TEXTS, JSON), max_size=3))
def test_results_read_back(results: list[Result]) -> None:
    """Names and contents, whatever stands in them."""
    assert read_results(write_results(results)) == results


@given(st.text() | st.lists(st.sampled_from([*TAGS, '{"name": "a"', "}", " ", "x"])).map("".join))
def test_reading_never_fails(message: str) -> None:
    """Whatever a model says is a text, calls, or calls that make no sense."""
    spoken = read_message(message)
    assert len(spoken.calls) <= message.count("<tool_call>")
    if not spoken.calls and "think>" not in message:
        assert spoken.text == message


def test_the_taught_example_is_read_as_a_call() -> None:
    """Who copies the system text's example to the letter makes a call."""
    taught = write_system("", [])
    example = re.search(r"<tool_call>.*?</tool_call>", taught, re.DOTALL)
    assert example is not None
    assert read_message(f"I look.\n{example.group()}").calls == [
        ToolCall(name="search_desks", arguments={"max_rate": 4})
    ]
    assert len(format_sha256()) == 64


def test_other_readers_find_the_same_calls() -> None:
    """A closing tag within an argument is escaped, so that a plain search for the tags finds whole JSON."""
    call = ToolCall(name="note", arguments={"text": "</tool_call> ü"})
    inner = re.findall(r"<tool_call>(.*?)</tool_call>", write_message("", [call, call]), re.DOTALL)
    assert [json.loads(text) for text in inner] == 2 * [call.to_json()]


def test_calls_in_thoughts_do_not_count() -> None:
    """Not even where the chat template opened the thoughts; a message cut off while thinking says nothing."""
    call = '<tool_call>{"name": "a", "arguments": {}}</tool_call>'
    asked = ToolCall(name="a", arguments={})
    assert read_message(f"<think>{call}</think>Done.") == Spoken("Done.", [], call)
    assert read_message(f"I think.\n</think>\n\n{call}") == Spoken("", [asked], "I think.")
    assert read_message(f"<think>{call}") == Spoken("", [], call)


def test_a_closing_tag_may_be_missing_at_the_end() -> None:
    """Servers cut it off where it is a stop string; a text before the call stays."""
    spoken = read_message('I look.\n<tool_call>\n{"name": "a", "arguments": {"x": 1}}')
    assert spoken == Spoken("I look.", [ToolCall(name="a", arguments={"x": 1})])


def test_arguments_may_be_json_in_a_text() -> None:
    """Some models write them as native calls hold them."""
    spoken = read_message('<tool_call>{"name": "a", "arguments": "{\\"x\\": 1}"}</tool_call>')
    assert spoken.calls == [ToolCall(name="a", arguments={"x": 1})]


@pytest.mark.parametrize(
    ("call", "name", "problem"),
    [
        ("{bad}", "", "no JSON object"),
        ("[1]", "", 'a call is {"name"'),
        ('{"name": 3}', "", 'a call is {"name"'),
        ('{"name": "a", "arguments": [1]}', "a", "they are a list"),
        ('{"name": "a", "arguments": "{"}', "a", "not a JSON object"),
        ('{"name": "a"} and more', "", "this follows the object: 'and more'"),
        ('{"name": "a", "arguments": {"x": 1e400}} {}', "", "this follows"),
        ("[" * 100_000, "", "no JSON object"),
    ],
)
def test_a_call_that_makes_no_sense_says_why(call: str, name: str, problem: str) -> None:
    """It is kept in its place among the others."""
    good = '<tool_call>{"name": "b", "arguments": {}}</tool_call>'
    first, wrong, last = read_message(f"{good}<tool_call>{call}</tool_call>{good}").calls
    assert first == last == ToolCall(name="b", arguments={})
    assert isinstance(wrong, Unreadable)
    assert wrong.name == name
    assert problem in wrong.problem


def test_a_text_that_holds_tags_is_not_written() -> None:
    """It would read back as a call that nobody made."""
    with pytest.raises(ValueError, match="<tool_call>"):
        write_message("I say <tool_call>.")
