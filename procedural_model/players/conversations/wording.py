"""Plain sentences about what calls returned, and sentences taken out of a text."""

import random
import re
from collections.abc import Mapping, Sequence

from grounding.codes import list_codes
from grounding.speech import list_sentences
from grounding.steps import Step
from procedural_model.players.conversations.flaws import list_members, name_of
from records.base import Json
from world.spelling import to_words

MOST_FACTS = 4
MOST_MEMBERS = 3
DONE = ("That is done: ", "All set: ", "Here is how it went: ", "It worked: ")
FOUND = ("I found ", "There is ", "What I have is ")
NOTHING = ("I found nothing that fits, I am afraid.", "Unfortunately nothing fits that.")
REFUSED = ("I am sorry, that did not work: ", "Unfortunately that could not be done: ")
FILLERS = ("Of course.", "Certainly.", "Gladly.", "Right.")
ASSENT = ("Yes, please.", "That suits me.", "Please go on.", "Fine with me.")


def tell_results(steps: Sequence[Step], rng: random.Random) -> str:
    """What came of some calls, in a sentence each."""
    return " ".join(_tell_result(step.output, rng) for step in steps) or rng.choice(FILLERS)


def _tell_result(output: Json, rng: random.Random) -> str:
    if isinstance(output, dict) and output.get("error"):
        return f"{rng.choice(REFUSED)}{_read_message(output['error'])}"
    members = list_members(output)
    if members:
        return f"{rng.choice(FOUND)}{join_words([describe(member) for member in members[:MOST_MEMBERS]])}."
    if isinstance(output, dict) and any(not isinstance(value, list) for value in output.values()):
        return f"{rng.choice(DONE)}{describe(output)}."
    return rng.choice(NOTHING)


def _read_message(error: Json) -> str:
    text = error.get("message", "") if isinstance(error, dict) else str(error)
    return text if text.endswith(".") else f"{text}."


def describe(thing: Mapping[str, Json]) -> str:
    """A thing by its name and a few facts: `Harbour Loft (price 140)`."""
    name = name_of(dict(thing))
    facts = [
        f"{_in_words(key)} {_in_words(value)}"
        for key, value in thing.items()
        if value != name
        and isinstance(value, str | int | float)
        and not isinstance(value, bool)
        and value != ""
    ][:MOST_FACTS]
    return f"{name} ({', '.join(facts)})" if name and facts else name or ", ".join(facts)


def _in_words(value: Json) -> str:
    """A key or value as it may be said: `booking_id` is `booking`, `in_transit` is `in transit`."""
    text = str(value)
    if list_codes(text):
        return text
    return re.sub(r"(?<=[a-z0-9])_(?=[a-z0-9])", " ", text.removesuffix("_id"))


def join_words(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def drop_sentences(text: str, unwanted: set[str]) -> str:
    """The text without the sentences whose words are among the unwanted ones."""
    return " ".join(s for s in list_sentences(text) if to_words(s).strip() not in unwanted)
