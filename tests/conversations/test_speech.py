"""What a dialogue should not say, or leave unsaid."""

from typing import Any

import pytest

from conversations.codes import list_codes
from conversations.speech import (
    clarification_bounds,
    find_internal_names,
    find_repetitions,
    find_unheard_codes,
    find_untold_results,
    list_sentences,
)
from tests.conversations.test_steps import make_messages

FOUND: dict[str, Any] = {"rooms": [{"room_id": "RM-1", "name": "Lantern Room", "price": 92.5}]}
LANTERN = "There is the Lantern Room at 92.50 a night, with a view of the sea."
SEARCH: dict[str, Any] = {"rooms::search": ({"city": "Porto"}, FOUND)}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Your reference is BK-88120, thank you.", ["BK-88120"]),
        ("ids hotel_07 and PL-1 (FL-20418).", ["hotel_07", "PL-1", "FL-20418"]),
        ("On the 14th at 7.30pm, 20km away, 3-night stay, 2026-05-14, 4-star, room 12.", []),
        ("Covid is over; B2 is not a code, nor is A4.", []),
    ],
)
def test_codes_are_letters_and_digits_together(text: str, codes: list[str]) -> None:
    """Days, times, measures and spans are none."""
    assert list_codes(text) == codes


def test_codes_are_heard_from_outputs_and_people() -> None:
    """The assistant may say them from then on, and no others."""
    messages = make_messages(
        ("user", "Order OR-123 please."), SEARCH, ("assistant", "OR-123, RM-1 and RM-9.")
    )
    (remark,) = find_unheard_codes(messages)
    assert remark.message == 3 and "'RM-9'" in remark.what


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Calling rooms::search for you.", 1),
        ("Your room_id is ready.", 1),
        ("Dear {name}, all is well.", 1),
        ("Dear [NAME], all is well.", 1),
        ("Write to anna_b@example.com or see https://x.example/a_b.", 0),
        ("All is well.", 0),
    ],
)
def test_internal_names_are_found(text: str, count: int) -> None:
    """Names of tools and fields, placeholders; addresses are none."""
    assert len(find_internal_names(make_messages(("assistant", text)))) == count


@pytest.mark.parametrize(
    ("second", "count"),
    [
        (LANTERN, 1),
        (f"Sure. {LANTERN}", 1),
        ("Would you like it?", 0),
        ("You're welcome.", 0),
    ],
)
def test_repetitions_are_long(second: str, count: int) -> None:
    """Manners may recur; what takes ten words may not."""
    first = f"{LANTERN} Would you like it? You're welcome."
    talk = make_messages(("user", "Hi."), ("assistant", first), ("user", "Hm."), ("assistant", second))
    assert len(find_repetitions(talk)) == count


def test_what_the_user_says_again_counts_for_the_user_alone() -> None:
    """The assistant may take up the user's words."""
    said = "I need a quiet room in Porto from Monday to Friday with a desk."
    talk = make_messages(("user", said), ("assistant", said), ("user", said))
    assert [remark.message for remark in find_repetitions(talk)] == [2]


@pytest.mark.parametrize(
    ("answer", "untold"),
    [
        ("There is the Lantern Room.", False),
        ("One room, for 92.50.", False),
        ("I searched for you.", False),
        ("Okay.", True),
        ("Anything else?", True),
    ],
)
def test_results_are_told_by_a_value_or_the_deed(answer: str, untold: bool) -> None:
    """An answer that passes on nothing is found."""
    talk = make_messages(("user", "Rooms in Porto?"), SEARCH, ("assistant", answer))
    assert bool(find_untold_results(talk)) == untold


@pytest.mark.parametrize("output", [{"rooms": []}, {"error": {"code": "unavailable"}}])
def test_nothing_need_be_told_of_nothing(output: dict[str, Any]) -> None:
    """An empty search or an error leaves the answer free."""
    talk = make_messages(
        ("user", "Rooms?"), {"rooms::search": ({}, output)}, ("assistant", "What else may I try?")
    )
    assert find_untold_results(talk) == []


def test_an_error_that_was_overcome_is_no_excuse() -> None:
    """The second call found something."""
    failed: dict[str, Any] = {"rooms::search": ({"city": "Porto"}, {"error": {"code": "unavailable"}})}
    talk = make_messages(("user", "Rooms?"), failed, SEARCH, ("assistant", "Okay."))
    assert [remark.message for remark in find_untold_results(talk)] == [5]


def test_sentences_are_lines_and_their_parts() -> None:
    """Marks of lists are no words."""
    assert list_sentences("Two:\n1. The loft. Nice!\n- The attic\n\nWhich?") == [
        "Two:",
        "The loft.",
        "Nice!",
        "The attic",
        "Which?",
    ]


def test_clarifying_questions_are_counted_within_bounds() -> None:
    """Before any call a question surely clarifies; after one it may; a farewell does not."""
    ask, answer = ("assistant", "In which city?"), ("user", "Porto.")
    assert clarification_bounds(make_messages(("user", "A room."), ask, answer, SEARCH)) == (1, 1)
    later = make_messages(("user", "Porto."), SEARCH, ("assistant", "Which one?"), ("user", "That."), SEARCH)
    assert clarification_bounds(later) == (0, 1)
    over = make_messages(("user", "Porto."), SEARCH, ("assistant", "Anything else?"), ("user", "No."))
    assert clarification_bounds(over) == (0, 0)
