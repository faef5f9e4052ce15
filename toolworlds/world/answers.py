"""An agent's last message: its outcome, reason and facts, and the words around them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from toolworlds.records.base import Json
from toolworlds.records.completions import split_thoughts
from toolworlds.records.tasks import Outcome

_OUTCOMES: tuple[Outcome, ...] = ("done", "refuse", "ask")
_MEMBERS = frozenset({"outcome", "reason", "answer"})
_LONGEST = 20_000
"""Characters at the end of a message that are looked at; no answer is longer."""
_MOST_BROKEN = 300
_OPENING = re.compile(r"\{\s*[\"}]")
_DECODER = json.JSONDecoder(parse_constant=lambda name: None)


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """How an agent says its work ended."""

    outcome: Outcome = "done"
    reason: str | None = None
    """For `refuse` and `ask`: the structured reason."""
    answer: dict[str, Json] = field(default_factory=dict)
    """Facts by name."""
    text: str = ""
    """The message without the object that held the above."""


def parse_final(message: str) -> FinalAnswer:
    """Reads `{"outcome": "done|refuse|ask", "reason": …, "answer": {name: value}}` out of a message.

    The last such object counts, fenced or not; all members are optional. A message without a usable one
    is text only, and says that the work is done. What the model thought is no part of what it says.
    """
    message = split_thoughts(message)[1]
    tail = message[-_LONGEST:]
    usable = [(start, end, found) for start, end, found in _find_objects(tail) if _is_answer(found)]
    if not usable:
        return FinalAnswer(text=message)
    start, end, found = usable[-1]
    cut = len(message) - len(tail)
    reason = found.get("reason")
    return FinalAnswer(
        outcome=found.get("outcome") or "done",
        reason=None if reason is None else str(reason),
        answer=found.get("answer") or {},
        text=(message[: cut + start] + message[cut + end :]).strip(),
    )


def holds_answer(text: str) -> bool:
    """Whether a final answer's object stands anywhere in the text."""
    return any(_is_answer(found) for _, _, found in _find_objects(text[-_LONGEST:]))


def strip_objects(text: str) -> str:
    """The text without JSON objects: a pasted reply is no sentence."""
    kept, last = [], 0
    for start, end, _ in _find_objects(text):
        kept.append(text[last:start])
        last = end
    return " ".join([*kept, text[last:]])


def _is_answer(found: dict[str, Json]) -> bool:
    """Whether an object fits the form and can be written down (no lone surrogates, no endless numbers)."""
    try:
        orjson.dumps(found)
    except orjson.JSONEncodeError:
        return False
    return (
        bool(_MEMBERS & found.keys())
        and found.get("outcome") in (None, *_OUTCOMES)
        and isinstance(found.get("answer"), dict | None)
    )


def _find_objects(text: str) -> Iterator[tuple[int, int, dict[str, Json]]]:
    """(start, end, object) of each JSON object in the text, outermost ones only.

    After so many braces that begin none the rest is text: each of them costs a look at all that follows.
    """
    end = broken = 0
    for candidate in _OPENING.finditer(text):
        if candidate.start() < end:
            continue
        try:
            found, end = _DECODER.raw_decode(text, candidate.start())
        except (ValueError, RecursionError):
            broken += 1
            if broken > _MOST_BROKEN:
                return
            continue
        yield candidate.start(), end, found
