"""What prompts show of tools and messages, and whether calls fit their endpoints."""

from typing import Any

import pytest

from conversations.cards import read_messages, show_messages, show_tools
from conversations.interfaces import describe_registry, find_misfits, list_choices
from tests.conversations.audit.guesthouse import ENDPOINTS, REGISTRY, SOUND

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
    assert [fault.kind for fault in find_misfits(name, parameters, SCHEMAS)] == kinds


def test_declared_values_are_choices() -> None:
    """An enum's members."""
    assert list_choices(SCHEMAS)["rooms::search", "view"] == ["sea", "garden"]
