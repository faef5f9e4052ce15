"""Edits become turns, turns become a record again, and code refuses what does not hold."""

from typing import Any

import pytest

from conversations.audit.repair import RepairTrial, apply_edits
from conversations.audit.truth import CompiledRegistry
from roles.conversation_repairer import Edit, Edits, RepairedTurn, Rewrite
from tests.conversations.audit.guesthouse import BOOKED, FOUND, REGISTRY, book_a_room, faulty_booking
from toolworlds.records.base import Json
from toolworlds.records.conversations import Conversation

COMPILED = CompiledRegistry(REGISTRY)
MESSAGES = book_a_room().conversation().messages


class FrontDesk:
    """A session of the guesthouse: two rooms, and bookings only of these."""

    def execute(self, name: str, parameters: dict[str, Json]) -> Json:
        if name == "rooms::search":
            return FOUND
        rooms = {room["room_id"]: room for room in FOUND["rooms"]}
        room = rooms.get(parameters.get("room_id", ""))
        if name != "rooms::book" or room is None:
            return {
                "error": {"code": "not_found", "message": f"No room has the id {parameters.get('room_id')}."}
            }
        total = room["price"] * parameters["nights"]
        return BOOKED | {"room_name": room["name"], "total": total}


def open_trial(conversation: Conversation) -> RepairTrial:
    return RepairTrial(conversation, COMPILED, lambda name, seed: FrontDesk())


def edit(
    action: str, message: int, content: str = "", calls: list[Any] | None = None, role: str = "assistant"
) -> Edit:
    turn = None if action == "remove" else {"role": role, "content": content, "tool_calls": calls or []}
    return Edit.model_validate({"action": action, "message": message, "turn": turn})


def book(room_id: str) -> list[Json]:
    parameters = {"room_id": room_id, "guest_name": "Ines Duarte", "nights": 3, "breakfast": True}
    return [{"name": "rooms::book", "parameters": parameters}]


TELL = edit("replace", 9, "The Harbour Loft is booked, 420 in all. The reference is BK-88120.")


def test_edits_replace_insert_and_remove() -> None:
    """Outputs go with their calls; what is inserted after calls comes after their outputs."""
    turns = apply_edits(
        MESSAGES, [edit("replace", 0, "Hi.", role="user"), edit("insert_after", 3, "New."), edit("remove", 7)]
    )
    assert [turn.content for turn in turns][:4] == ["Hi.", MESSAGES[1].content, MESSAGES[2].content, ""]
    assert turns[4].content == "New."
    assert sum(bool(turn.tool_calls) for turn in turns) == 1
    assert len(apply_edits(MESSAGES, [])) == sum(message.role != "tool" for message in MESSAGES)


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([edit("replace", 99, "x")], "there is no message 99"),
        ([edit("replace", 4, "x")], "message 4 is an output"),
        ([edit("remove", 4)], "message 4 is an output"),
        ([edit("remove", 7), edit("replace", 7, "x")], "message 7 is changed twice"),
        ([Edit(action="replace", message=0)], 'only "remove" has no turn'),
        (
            [Edit(action="remove", message=0, turn=RepairedTurn(role="user", content="x"))],
            'only "remove" has no turn',
        ),
    ],
)
def test_edits_that_fit_no_message_are_refused(edits: list[Edit], reason: str) -> None:
    """With a reason that the model can act on; nothing is carried out."""
    trial = open_trial(faulty_booking().conversation())
    reasons = trial.check_edits(Edits(edits=edits))
    assert len(reasons) == 1 and reason in reasons[0] and trial.repaired is None


def test_calls_are_carried_out_again_and_all_is_kept_in_step() -> None:
    """Messages, lists and metadata of the mended record say the same."""
    trial = open_trial(faulty_booking().conversation())
    assert trial.check_edits(Edits(edits=[edit("replace", 7, calls=book("RM-415")), TELL])) == []
    repaired = trial.repaired
    assert repaired is not None
    assert repaired.tool_calls[1].parameters["room_id"] == "RM-415"
    assert repaired.tool_outputs[1].output == BOOKED
    assert repaired.metadata == book_a_room().conversation().metadata


def test_nobody_writes_about_outputs_they_have_not_seen() -> None:
    """The first reply is refused with what its calls return; then they are taken, with words that fit."""
    trial = open_trial(faulty_booking().conversation())
    lantern = edit("replace", 7, calls=book("RM-301"))
    reasons = trial.check_edits(Edits(edits=[lantern, TELL]))
    assert any('returns {"booking_id":"BK-88120","room_name":"Lantern Room"' in reason for reason in reasons)
    assert trial.repaired is None
    told = edit("replace", 9, "The Lantern Room is booked, 277.50 in all: BK-88120.")
    assert trial.check_edits(Edits(edits=[lantern, told])) == []
    assert trial.repaired is not None


def test_what_calls_return_is_told_in_every_refusal() -> None:
    """A model that is asked again sees the last refusal only, whatever that one was for."""
    trial = open_trial(faulty_booking().conversation())
    lantern = edit("replace", 7, calls=book("RM-301"))
    told = trial.check_edits(Edits(edits=[lantern, TELL]))[0]
    assert trial.check_edits(Edits(edits=[lantern, edit("remove", 9)]))[0] == told
    reasons = trial.check_edits(Edits(edits=[edit("remove", 4)]))
    assert reasons[0] == told and "message 4 is an output" in reasons[1]
    words = edit("replace", 9, "The Lantern Room is booked, 277.50 in all: BK-88120.")
    assert trial.check_edits(Edits(edits=[lantern, words])) == []


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([edit("replace", 7, calls=book("RM-777")), TELL], "nobody said room_id = 'RM-777'"),
        ([edit("remove", 7), TELL], "nobody gave the id 'BK-88120'"),
        ([edit("remove", 6)], "is of the assistant, not of the user"),
        ([edit("remove", 9)], "the last message is no answer"),
        ([edit("replace", 9, "The {room} is booked.")], "no word of a dialogue"),
        ([edit("replace", 9, "Booked: BK-00001.")], "nobody gave the id 'BK-00001'"),
    ],
)
def test_a_repair_that_breaks_validation_is_refused(edits: list[Edit], reason: str) -> None:
    """Whatever the reader intended: the reasons name what is wrong, and no record comes of it."""
    trial = open_trial(book_a_room().conversation())
    reasons = trial.check_edits(Edits(edits=edits))
    assert any(reason in given for given in reasons), reasons
    assert trial.repaired is None


def test_a_rewrite_is_carried_out_from_the_beginning() -> None:
    """The conversation may become shorter; every count follows."""
    turns = [
        RepairedTurn(
            role="user",
            content="Book me the Harbour Loft in Porto for 3 nights with breakfast, for Ines Duarte.",
        ),
        RepairedTurn.model_validate(
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"name": "rooms::search", "parameters": {"city": "Porto"}}],
            }
        ),
        RepairedTurn.model_validate({"role": "assistant", "content": "", "tool_calls": book("RM-415")}),
        RepairedTurn(role="assistant", content="It is yours for 420: BK-88120."),
    ]
    conversation = faulty_booking().conversation()
    trial = open_trial(conversation)
    assert trial.check_rewrite(Rewrite(turns=turns)) == []
    repaired = trial.repaired
    assert repaired is not None
    metadata = repaired.metadata
    assert (metadata.num_turns, metadata.num_clarification_questions, metadata.num_tool_calls) == (6, 0, 2)
    assert metadata.memory_grounding_rate == 1.0
