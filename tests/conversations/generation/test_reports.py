"""What the assistant tells of replies of the seed catalogue."""

import json
import re

from conversations.execution.fields import Field
from conversations.execution.shapes import Group, Leaf
from conversations.generation.assistant import choose_item
from conversations.generation.scenario import Pick
from conversations.steps import read_steps
from tests.conversations.generation.corpus import list_texts, make_seed_conversations

_LIKED = re.compile(r"\n(Does one of these appeal to you\?|Let me know which one you prefer\.)$")
_OWN = re.compile(r"\b(accounts|account balances|addresses|messages|balances|articles)\b[^\n]*:\n")


def test_weather_is_told_in_the_units_asked_for() -> None:
    """Degrees Fahrenheit are not called Celsius."""
    told = 0
    for conversation in make_seed_conversations():
        for step in read_steps(conversation.messages):
            if step.call.parameters.get("units") == "imperial" and step.answered_in is not None:
                later = conversation.messages[step.answered_in :]
                reply = json.loads(later[0].content or "")
                report = next(m.content for m in later if m.role == "assistant" and not m.tool_calls)
                if "temperature" in reply:
                    assert f"{reply['temperature']:.0f}°F" in (report or "")
                    told += 1
    assert told


def test_nobody_is_asked_which_account_appeals_to_them() -> None:
    """What is one's own, or has neither price nor rating, is meant, not liked."""
    offers = [
        text
        for one in make_seed_conversations()
        for text in list_texts(one, "assistant")
        if _LIKED.search(text)
    ]
    assert offers
    assert not [text for text in offers if _OWN.search(text.split("\n\n")[-1])]


def test_the_earliest_is_that_of_the_earliest_day() -> None:
    """Not the one at the earliest hour of any day."""
    days = Group("slots", [Leaf(name, Field(name, "string", name)) for name in ("time", "date")], "slot")
    items = [{"date": day, "time": hour} for day, hour in (("2027-03-02", "08:00"), ("2027-03-01", "17:00"))]
    assert choose_item(Pick("earliest", 0.0), items, days) == 1
