"""What prompts show of tools and messages, and whether calls fit their endpoints."""

from typing import Any

import pytest

from conversations.grounding.cards import read_messages, show_messages, show_tools
from conversations.grounding.interfaces import describe_registry, find_call_faults, fits_type, list_choices
from conversations.grounding.steps import is_empty, is_error, read_steps, walk_leaves
from tests.conversations.audit.guesthouse import ENDPOINTS, REGISTRY, SOUND
from toolworlds.records.conversations import ConversationMessage

ALL = {endpoint.endpoint_id: endpoint for endpoint in ENDPOINTS}
SCHEMAS = describe_registry(REGISTRY)


@pytest.mark.parametrize("make", SOUND, ids=lambda make: make.__name__)
def test_shown_messages_are_read_back(make: Any) -> None:
    """Nothing is lost on the way through a prompt."""
    messages = make().conversation().messages
    assert read_messages(show_messages(messages)) == messages


def test_the_tools_of_a_conversation_are_shown_whole() -> None:
    """With the other endpoints of the same tools; for an unknown name those that are most alike."""
    assert [card["name"] for card in show_tools(["rooms::book"], ALL)] == [
        "rooms::book",
        "rooms::cancel",
        "rooms::search",
    ]
    assert "tables::reserve" in [card["name"] for card in show_tools(["hyper_tables::reserve"], ALL)]


@pytest.mark.parametrize(
    ("name", "parameters", "kinds"),
    [
        ("rooms::search", {"city": "Porto", "view": "sea"}, []),
        ("rooms::search", {"city": "Porto", "view": None}, []),
        ("rooms::search", {"view": "sky"}, ["missing_argument", "argument_enum"]),
        ("rooms::book", {"room_id": 3, "guest_name": "A", "nights": 2.0}, ["argument_type"]),
        ("rooms::book", {"room_id": "R", "guest_name": "A", "nights": True}, ["argument_type"]),
        ("rooms::cancel", {"booking_id": "B", "why": "rain"}, ["unknown_argument"]),
        ("rooms::fly", {}, ["unknown_tool"]),
    ],
)
def test_calls_that_do_not_fit(name: str, parameters: dict[str, Any], kinds: list[str]) -> None:
    """Each fault by its kind; an optional argument may be null."""
    assert [fault.kind for fault in find_call_faults(name, parameters, SCHEMAS)] == kinds


@pytest.mark.parametrize(
    ("value", "fitting"),
    [
        (3, {"integer", "number"}),
        (3.0, {"integer", "number"}),
        (3.5, {"number"}),
        (True, {"boolean"}),
        ("3", {"string"}),
        ([], {"array"}),
        ({}, {"object"}),
    ],
)
def test_types(value: Any, fitting: set[str]) -> None:
    """A whole float is an integer; a truth value is no number."""
    assert {
        name
        for name in ("string", "integer", "number", "boolean", "array", "object")
        if fits_type(value, name)
    } == (fitting)


def test_declared_values_are_choices() -> None:
    """An enum's members."""
    assert list_choices(SCHEMAS)["rooms::search", "view"] == ["sea", "garden"]


def test_a_call_without_its_output_is_a_step_that_failed() -> None:
    """Broken conversations can be read as well."""
    call: Any = [{"name": "a::b", "parameters": {}}]
    asking = ConversationMessage(role="assistant", content="", tool_calls=call)
    (step,) = read_steps([asking, ConversationMessage(role="assistant", content="Done.")])
    assert step.answered_in is None and step.failed
    (step,) = read_steps([asking, ConversationMessage(role="tool", name="a::b", content="{cut")])
    assert step.output == "{cut" and not step.failed


def test_errors_and_empty_searches() -> None:
    """An error has a text; a search that found nothing has lists without members."""
    assert is_error({"error": {"code": "x"}}) and not is_error({"error": None}) and not is_error([])
    assert is_empty({"rooms": [], "total": 0}) and not is_empty({"total": 0}) and not is_empty({"rooms": [1]})


def test_leaves_have_their_paths() -> None:
    """Names and positions; what is empty is a leaf."""
    assert list(walk_leaves({"a": [{"b": 1}, []], "c": {}})) == [("a[0].b", 1), ("a[1]", []), ("c", {})]
