"""What texts of a conversation should not say or leave unsaid, and the questions that the assistant asks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conversations.codes import list_codes
from conversations.steps import ConversationStep, drop_marks, read_steps
from toolworlds.language.values import mentions, type_of
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.conversations import ConversationMessage
from toolworlds.world.calls import is_empty
from toolworlds.world.json_paths import walk_leaves

MANNERS = 10
"""Words up to which a message may say again what was said: `Shall I go on with one of them?`"""
SHORT_MESSAGE = 4
"""Words up to which a message may be the same as another one."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_SNAKE = r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b"
_PLACEHOLDER = r"\{\{?[^{}]*\}?\}|<[A-Za-z_ ]+>|\[[A-Za-z_ ]+\]|\b(?:TODO|undefined)\b"
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
_INTERNAL = re.compile(rf"\w+::\w+|{_SNAKE}|{_PLACEHOLDER}")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one message."""

    message: int
    what: str


def find_internal_names(messages: Sequence[ConversationMessage]) -> list[Remark]:
    """Names of tools or fields, placeholders: what no person and no assistant says aloud."""
    return [
        Remark(place, f"it says {match.group()!r}, which is no word of a dialogue")
        for place, message in enumerate(messages)
        if message.role != "tool"
        for match in _INTERNAL.finditer(_ADDRESS.sub("", message.content))
    ]


def find_unheard_codes(messages: Sequence[ConversationMessage]) -> list[Remark]:
    """Ids that the assistant says although no output held them and no user said them."""
    heard: set[str] = set()
    remarks = []
    for place, message in enumerate(messages):
        codes = list_codes(message.content)
        if message.role == "assistant":
            unheard = [code for code in codes if code.casefold() not in heard]
            remarks += [Remark(place, f"nobody gave the id {code!r} that it says") for code in unheard]
        heard.update(code.casefold() for code in codes)
    return remarks


def find_repetitions(messages: Sequence[ConversationMessage]) -> list[Remark]:
    """Messages that say again, word for word, what their side has said before; manners left out."""
    told: set[tuple[str, str]] = set()
    remarks = []
    for place, message in enumerate(messages):
        if message.role == "tool":
            continue
        sentences = list_sentences(message.content)
        words = [to_words(sentence).strip() for sentence in sentences]
        again = [s for s, w in zip(sentences, words, strict=True) if (message.role, w) in told]
        told.update((message.role, w) for w in words)
        length = len(to_words(" ".join(again)).split())
        if length > (SHORT_MESSAGE if len(again) == len(sentences) else MANNERS):
            remarks.append(Remark(place, f"the {message.role} says again: {' '.join(again)!r}"))
    return remarks


def list_sentences(text: str) -> list[str]:
    """The sentences and lines of a text, without the marks of lists."""
    return [part.strip() for part in _SENTENCE.split(drop_marks(text)) if part.strip()]


def find_untold_results(messages: Sequence[ConversationMessage]) -> list[Remark]:
    """Answers after calls that pass on nothing of what came back: neither a value nor what was done.

    An answer to an error that stands, or to an empty search, may ask how to go on and leave the rest for
    later.
    """
    steps = read_steps(messages)
    remarks = []
    for first, place in _list_answers(messages):
        since = [step for step in steps if first <= step.asked_in < place]
        last = {step.call.name: step for step in since}.values()
        smooth = not any(step.failed or is_empty(step.output) for step in last)
        if since and smooth and not any(tells(messages[place].content, step) for step in since):
            remarks.append(Remark(place, "it passes on nothing of what the calls returned"))
    return remarks


def _list_answers(messages: Sequence[ConversationMessage]) -> Iterator[tuple[int, int]]:
    """(the user's message, the assistant's answer) for each turn of the user's that is answered."""
    asked = 0
    for place, message in enumerate(messages):
        if message.role == "user":
            asked = place
        elif message.role == "assistant" and not message.tool_calls:
            yield asked, place


def tells(text: str, step: ConversationStep) -> bool:
    """Whether a text holds a value that the call returned, or the word for what it did."""
    values = [value for _, value in walk_leaves(step.output) if _is_telling(value)]
    verb = step.call.name.rpartition("::")[2].split("_")[0]
    stem = verb[: max(4, len(verb) - 1)]
    did = len(verb) > 3 and any(word.startswith(stem) for word in to_words(text).split())
    return did or any(mentions(text, value, type_of(value)) for value in values)


def _is_telling(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) > 1
    return isinstance(value, int | float) and not isinstance(value, bool)


def clarification_bounds(messages: Sequence[ConversationMessage]) -> tuple[int, int]:
    """Least and most number of clarifying questions.

    Surely one is a question that answers a user's message without any call, and is followed by a call. A
    question after calls, answered and followed by a further call, may clarify or offer more.
    """
    least = most = 0
    for place, message in enumerate(messages):
        if not _is_question(message) or not _leads_on(messages[place + 1 :]):
            continue
        most += 1
        least += place > 0 and messages[place - 1].role == "user"
    return least, most


def _is_question(message: ConversationMessage) -> bool:
    return message.role == "assistant" and not message.tool_calls and "?" in message.content


def _leads_on(rest: Sequence[ConversationMessage]) -> bool:
    """Whether the user answers and a call follows."""
    return bool(rest) and rest[0].role == "user" and any(message.tool_calls for message in rest)
