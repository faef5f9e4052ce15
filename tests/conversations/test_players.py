"""Rules that read a conversation: what they find, and what they leave alone."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from conversations.cards import show_messages, show_tools
from conversations.players import PLAYERS, find_flaws, find_pointed, score_flaws
from roles.conversation_judge import ConversationJudge
from tests.conversations.audit.guesthouse import (
    BOOKED,
    ENDPOINTS,
    FOUND,
    SOUND,
    Talk,
    book_a_room,
    faulty_booking,
)
from toolworlds.models.embedded.model import ProceduralModel

ALL = {endpoint.endpoint_id: endpoint for endpoint in ENDPOINTS}
TOOLS = show_tools(ALL, ALL)
Spoil = Callable[[Talk], None]


def list_flaws(talk: Talk) -> list[tuple[str, int]]:
    return [(flaw.kind, flaw.message) for flaw in find_flaws(talk.conversation().messages, TOOLS)]


def set_argument(name: str, value: Any) -> Spoil:
    return lambda talk: talk.messages[7]["tool_calls"][0]["parameters"].update({name: value})


def set_text(place: int, text: str) -> Spoil:
    return lambda talk: talk.messages[place].update(content=text)


def rename_tool(talk: Talk) -> None:
    talk.messages[7]["tool_calls"][0]["name"] = talk.messages[8]["name"] = "rooms::teleport"


def fail_booking(talk: Talk) -> None:
    talk.messages[8]["content"] = json.dumps({"error": {"code": "conflict", "message": "It is taken."}})


@pytest.mark.parametrize("make", SOUND, ids=lambda make: make.__name__)
def test_nothing_is_blamed_in_sound_conversations(make: Callable[[], Talk]) -> None:
    """What was written by hand with care has no flaw."""
    assert list_flaws(make()) == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (rename_tool, ("unknown_tool", 7)),
        (set_argument("room_id", "RM-999"), ("argument", 7)),
        (set_argument("nights", "3"), ("argument", 7)),
        (set_argument("pets", 2), ("argument", 7)),
        (set_argument("guest_name", "Bruno Costa"), ("argument", 7)),
        (set_argument("room_id", "RM-301"), ("wrong_pick", 7)),
        (set_text(9, "Okay."), ("untold", 9)),
        (set_text(9, "The loft is booked: BK-11111."), ("unheard_code", 9)),
        (set_text(9, "The room_name is Harbour Loft."), ("internal_name", 9)),
        (lambda talk: talk.messages.pop(), ("unanswered", 8)),
        (fail_booking, ("failure_untold", 7)),
        (
            lambda talk: talk.messages[9].update(
                content=f"{talk.messages[9]['content']} {talk.messages[5]['content']}"
            ),
            ("repetition", 9),
        ),
    ],
)
def test_each_flaw_is_found_where_it_stands(spoil: Spoil, found: tuple[str, int]) -> None:
    """Kind and message."""
    talk = book_a_room()
    talk.messages[6]["content"] = "The Harbour Loft, three nights, with breakfast. My name is Ines Duarte."
    spoil(talk)
    assert found in list_flaws(talk)


def test_an_argument_that_its_output_contradicts_is_found() -> None:
    """The output speaks of another city than the call."""
    talk = Talk(1, memory_grounding_rate=None).user("Rooms in Porto or Braga, please.")
    talk.calls(("rooms::search", {"city": "Braga"}, FOUND | {"city": "Porto"})).says(
        "There is the Lantern Room."
    )
    assert list_flaws(talk) == [("contradicted", 1)]


ROOMS = [
    {"room_id": "RM-1", "name": "Attic", "price": 80.0, "rating": 4.1},
    {"room_id": "RM-2", "name": "Loft", "price": 140.0, "rating": 4.8},
    {"room_id": "RM-3", "name": "Den", "price": 80.0, "rating": 3.0},
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Take the second one.", ["RM-2"]),
        ("Book the last option, please.", ["RM-3"]),
        ("The cheapest will do.", ["RM-1", "RM-3"]),
        ("Whichever is rated highest.", ["RM-2"]),
        ("the top-rated one", ["RM-2"]),
        ("The first one in the day.", None),
        ("Compare the first one with the cheapest.", None),
        ("The sixth one.", None),
        ("On the first of May.", None),
    ],
)
def test_what_people_point_at(text: str, meant: list[str] | None) -> None:
    """By place or by an extreme, if there is one way to read it."""
    found = find_pointed(text, ROOMS)
    assert (None if found is None else [room["room_id"] for room in found]) == meant


@pytest.mark.parametrize(
    ("text", "wrong"), [("The second one, please.", True), ("The first one, please.", False)]
)
def test_a_pick_against_the_users_pointing_is_found(text: str, wrong: bool) -> None:
    """The id of the first room, although the user means the second."""
    talk = Talk(1, memory_grounding_rate=1.0).user("Rooms in Porto, please.")
    talk.calls(("rooms::search", {"city": "Porto"}, FOUND)).says("The Lantern Room or the Harbour Loft?")
    talk.user(f"{text} For Ines Duarte, three nights.")
    parameters = {"room_id": "RM-301", "guest_name": "Ines Duarte", "nights": 3}
    talk.calls(("rooms::book", parameters, BOOKED)).says("Booked: BK-88120.")
    assert (("wrong_pick", 5) in list_flaws(talk)) == wrong


def test_scores_fall_with_the_number_of_flaws() -> None:
    """Only the score that a flaw belongs to; never below 1."""
    flaws = find_flaws(faulty_booking().conversation().messages, TOOLS)
    assert score_flaws([]) == {"tool_correctness": 5, "task_completion": 5, "naturalness": 5}
    assert score_flaws(flaws) == {"tool_correctness": 2, "task_completion": 2, "naturalness": 5}
    assert score_flaws(flaws * 9)["tool_correctness"] == 1


def test_the_judge_reads_what_the_prompt_shows() -> None:
    """It is given no truth: scores follow from the cards alone."""
    messages = show_messages(faulty_booking().conversation().messages)
    judge = ConversationJudge(ProceduralModel("procedural", 0, players=PLAYERS), 0)
    verdict = asyncio.run(judge.judge("conv_7_0001", TOOLS, messages))
    assert verdict.tool_correctness == verdict.task_completion == 2
    assert {flaw.message for flaw in verdict.problems} == {7, 9}
