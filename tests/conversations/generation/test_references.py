"""How users speak of what earlier calls returned, over the shipped catalogue."""

import random
import re

from conversations.execution.offline import OfflineExecutor
from conversations.generation.dialogue import hold_conversation
from conversations.generation.generation import open_catalogue
from conversations.generation.references import Reference, list_parts
from conversations.generation.state import Facts
from conversations.generation.user_proxy import split_first_sentence
from conversations.steps import read_steps, trace_arguments
from tests.conversations.generation.corpus import list_texts, make_seed_conversations
from toolworlds.records.catalogues import Chain, ChainMapping
from toolworlds.records.conversations import Conversation


def list_entities(conversation: Conversation) -> dict[str, str]:
    """`endpoint parameter` -> entity, of the shipped catalogue."""
    endpoints = {e.endpoint_id: e for e in open_catalogue(None).registry.endpoints}
    return {
        f"{name} {parameter.name}": parameter.entity
        for name in conversation.metadata.endpoint_ids
        for parameter in endpoints[name].parameters
    }


def test_a_part_has_a_name_of_its_own() -> None:
    """The place of an appointment is the practice; what has no part of that kind is named itself."""
    reference = Reference("the appointment", "appointment", {"place": "the practice"})
    assert (reference.name_part("place"), reference.name_part("slot")) == ("the practice", "the appointment")


def test_users_name_the_part_that_they_mean() -> None:
    """Bills, practices, senders: the id that a whole reply gives is named by what it is of."""
    told = 0
    for conversation in make_seed_conversations():
        steps, entities = read_steps(conversation.messages), list_entities(conversation)
        for argument in trace_arguments(conversation.messages):
            step = argument.step
            if argument.source.kind != "output" or argument.source.step is None:
                continue
            parts = list_parts(steps[argument.source.step].call.name)
            part = parts.get(entities[f"{step.call.name} {argument.parameter}"], "")
            if part and "{it}" not in part and argument.parameter.endswith("_id"):
                users = [m.content for m in conversation.messages[: step.asked_in] if m.role == "user"]
                assert any(part.lower() in text.lower() for text in users), (part, users)
                told += 1
    assert told > 30


def test_nobody_points_at_a_place_as_it() -> None:
    """`near it`, `at it`: a place is called by its name."""
    texts = [text for one in make_seed_conversations() for text in list_texts(one, "user")]
    assert not [text for text in texts if re.search(r"\b(near|around|location:) it\b|\bwith it as\b", text)]


def test_what_the_user_does_is_not_done_for_the_user() -> None:
    """`I'd love to find a hotel`, but never `I'd love to show me a hotel`."""
    openings = [list_texts(one, "user")[0] for one in make_seed_conversations()]
    own = re.compile(r"\b(trying to|have to|need to|like to|want to|love to|wish to|[Ll]et's|wanna|gotta) ")
    assert [text for text in openings if own.search(text)]
    clash = re.compile(rf"{own.pattern}(show|tell|find|let|read|get) (me|us)\b")
    assert not [text for text in openings if clash.search(text)]


def test_what_is_quoted_stays_whole() -> None:
    """A frame ends with the first sentence, but not within a quotation."""
    assert split_first_sentence('say "Hi. Bye." to him. Then go. Now') == (
        'say "Hi. Bye." to him',
        "Then go. Now",
    )
    assert split_first_sentence('say "Hi. Bye."') == ('say "Hi. Bye."', "")
    assert split_first_sentence("see Dr. Ann B. Roe. Then go") == ("see Dr. Ann B. Roe", "Then go")
    texts = [text for one in make_seed_conversations() for text in list_texts(one, "user")]
    assert not [text for text in texts if '.".' in text or '?"?' in text]
    assert not [text for text in texts if re.search(r"\bDr(?!\. [A-Z])", text)]


def test_a_part_of_the_whole_is_meant_before_an_item_is_chosen() -> None:
    """The hotel is written to in the message that asks for its rooms; the room is chosen later, or told by
    what is special about it."""
    steps = ["stay_finder::search_hotels", "stay_finder::get_hotel_rooms"]
    steps += ["quick_mail::send_message", "stay_finder::book_room"]
    flows = [(0, "hotels[].hotel_id", 1, "hotel_id"), (1, "email", 2, "recipient_email")]
    flows += [(1, "rooms[].room_id", 3, "room_id")]
    names = ("from_step", "source_field", "to_step", "target_param")
    chain = Chain(
        endpoint_ids=steps,
        sampling_mode="sequential",
        pattern_type="search_then_action",
        domain="Travel",
        mappings=[ChainMapping.model_validate(dict(zip(names, flow, strict=True))) for flow in flows],
    )
    executor = OfflineExecutor(open_catalogue(None).registry, failure_rate=0, empty_rate=0)
    together = 0
    for number in range(60):
        facts = Facts(f"conv_1_{number:04}", 1, False, "search_then_action", "sequential", "Travel")
        made = hold_conversation(chain, facts, executor, random.Random(number))
        roles = [message.role for message in made.messages]
        turns = [roles[: step.asked_in].count("user") for step in read_steps(made.messages)]
        together += turns[1] == turns[2] < turns[3]
        assert "the hotel" in " ".join(list_texts(made, "user")).lower()
    assert together
