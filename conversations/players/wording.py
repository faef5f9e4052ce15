"""Plain sentences about what calls returned, and sentences taken out of a text."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence

from conversations.grounding.codes import list_codes
from conversations.grounding.speech import list_sentences
from conversations.grounding.steps import Step
from conversations.players.flaws import list_members, name_of
from toolworlds.language.words import join_words, to_words
from toolworlds.records.base import Json

MOST_FACTS = 4
MOST_MEMBERS = 3
DONE = ("That is done: ", "All set: ", "Here is how it went: ", "It worked: ")
FOUND = ("I found ", "There is ", "What I have is ")
NOTHING = ("I found nothing that fits, I am afraid.", "Unfortunately nothing fits that.")
REFUSED = ("I am sorry, that did not work: ", "Unfortunately that could not be done: ")
MONEY = ("price", "cost", "total", "amount", "fare", "refund", "balance")
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
        return f"{rng.choice(DONE)}{describe(output, reference=True)}."
    return rng.choice(NOTHING)


def _read_message(error: Json) -> str:
    text = error.get("message", "") if isinstance(error, dict) else str(error)
    return text if text.endswith(".") else f"{text}."


def describe(thing: Mapping[str, Json], *, reference: bool = False) -> str:
    """A thing by its name and a few facts: `Harbour Loft (price 140 EUR)`; its own id only as a reference."""
    name = name_of(dict(thing))
    facts = [
        f"{_in_words(key)} {_with_currency(key, value, thing)}"
        for key, value in _list_facts(thing, reference=reference)
        if value != name
    ][:MOST_FACTS]
    return f"{name} ({', '.join(facts)})" if name and facts else name or ", ".join(facts)


def _list_facts(thing: Mapping[str, Json], *, reference: bool) -> Iterator[tuple[str, Json]]:
    """Fields that a person cares for: of ids at most the first one, no currency by itself, nothing nested."""
    for key, value in thing.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            continue
        if isinstance(value, str) and list_codes(value) == [value]:
            if reference:
                yield key, value
            reference = False
        elif key != "currency":
            yield key, value


def _with_currency(key: str, value: Json, thing: Mapping[str, Json]) -> str:
    priced = any(word in key for word in MONEY) and isinstance(value, int | float)
    return f"{_in_words(value)} {thing['currency']}" if priced and thing.get("currency") else _in_words(value)


def _in_words(value: Json) -> str:
    """A key or value as it may be said: `booking_id` is `booking`, `in_transit` is `in transit`."""
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    if list_codes(text):
        return text
    return re.sub(r"(?<=[a-z0-9])_(?=[a-z0-9])", " ", text.removesuffix("_id"))


def drop_sentences(text: str, unwanted: set[str]) -> str:
    """The text without the sentences whose words are among the unwanted ones; lists stay lists."""
    for sentence in list_sentences(text):
        if to_words(sentence).strip() in unwanted:
            text = re.sub(
                rf"(?m)(?:^[ \t]*(?:\d+[.)]|[-*•])[ \t]+)?{re.escape(sentence)}[ \t]*", "", text, count=1
            )
    return re.sub(r"\n\s*\n\s*", "\n\n", text).strip()
