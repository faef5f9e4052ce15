"""Where each assistant's message stands in the text of a chat template: exactly, or refused with the reason.

Contents and names of calls are marked, and the marks are found again in the rendered text. A message begins
where the prompt for it ends, which is rendered as well, and ends with what the template writes behind it.
"""

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from toolworlds.records.base import Json
from toolworlds.tokens.chat_template import Chat, Unsuited
from toolworlds.tokens.template_worker import GENERATION
from toolworlds.tokens.tokenizer import Span

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_FOREIGN = re.compile("[\ufdd0-\ufdd3]")
_MARK = re.compile(rf"(?:{_OPEN}|\\ufdd0)(\d+):(\d+)(?:{_CLOSE}|\\ufdd1)|([{GENERATION[0]}{GENERATION[1]}])")
"""A mark as it is or escaped by `tojson`, or a border of `{% generation %}`."""
BEGIN, END, CALL = 0, 1, 2
"""Marked parts of a message: where its content begins, where it ends, where a call's name ends (2, 3, …)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A rendered text without its marks, and where these stood."""

    text: str
    places: dict[int, dict[int, list[int]]]
    """message -> part -> places in the text"""
    generated: list[Span]
    """What the template itself says that a model writes."""

    def find(self, message: int, part: int, start: int = 0) -> int | None:
        """The first place of a mark at or behind `start`."""
        return next((place for place in self.places[message][part] if place >= start), None)

    def find_last(self, message: int, start: int = 0) -> int | None:
        """Where the last mark of a message stands, each counted at its first place."""
        found = [self.find(message, part, start) for part in self.places[message]]
        return max((place for place in found if place is not None), default=None)

    def find_anchor(self, message: int, start: int = 0) -> int:
        """As `find_last`, but a content may be written twice. Raises Unsuited where nothing of it is seen."""
        parts = self.places[message]
        if any(part >= CALL for part in parts):  # results may repeat what they are called
            place = self.find_last(message, start)
        else:
            place = max((places[-1] for places in parts.values() if places), default=None)
        if place is None:
            raise Unsuited("the chat template leaves out a message")
        return place


def mark(messages: Chat) -> list[dict[str, Json]]:
    """The messages with marks around each content and behind each call's name, or the id that names it."""
    return [_mark_message(dict(message), number) for number, message in enumerate(messages)]


def _mark_message(message: dict[str, Json], number: int) -> dict[str, Json]:
    content, role = message["content"], message["role"]
    if isinstance(content, str):
        message["content"] = _mark_text(content, number, role)
    elif content:
        text = _mark_text(content[-1]["text"], number, role)
        message["content"] = [*content[:-1], {**content[-1], "text": text}]
    if "tool_calls" in message:
        message["tool_calls"] = [
            _mark_call(call, f"{_OPEN}{number}:{CALL + place}{_CLOSE}")
            for place, call in enumerate(message["tool_calls"])
        ]
    return message


def _mark_text(text: str, number: int, role: str) -> str:
    """Marks next to the first and the last character that no trimming takes away."""
    words = text.strip()
    if not words and role == "assistant":
        return text
    start = text.find(words)
    first, last = (f"{_OPEN}{number}:{part}{_CLOSE}" for part in (BEGIN, END))
    return f"{text[:start]}{first}{words}{last}{text[start + len(words) :]}"


def _mark_call(call: dict[str, Json], tag: str) -> dict[str, Json]:
    function = {**call["function"], "name": call["function"]["name"] + tag}
    return {**call, "id": call["id"] + tag if _is_named(call) else call["id"], "function": function}


def _is_named(call: dict[str, Json]) -> bool:
    """Whether a call's id names its tool, so that a template may leave out the name itself."""
    return str(call["id"]).startswith("functions.")


def refuse_marks(value: Json) -> None:
    """Raises Unsuited for a record that itself holds what marks are made of."""
    if _FOREIGN.search(json.dumps(value, ensure_ascii=False)):
        raise Unsuited("a text that holds noncharacters")


def read_marks(marked: str) -> Seen:
    """The text without marks, and their places."""
    parts: list[str] = []
    places: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    generated: list[Span] = []
    length = last = opened = 0
    for found in _MARK.finditer(marked):
        parts.append(marked[last : found.start()])
        length += len(parts[-1])
        last = found.end()
        if found[3] is None:
            places[int(found[1])][int(found[2])].append(length)
        elif found[3] == GENERATION[0]:
            opened = length
        else:
            generated.append((opened, length))
    parts.append(marked[last:])
    return Seen("".join(parts), places, generated)


@dataclass(frozen=True, slots=True)
class Borders:
    """What is the same for all messages of a template."""

    special: tuple[str, ...]
    """Special tokens of the tokenizer."""
    prompt: str = ""
    """What `add_generation_prompt` adds; empty where the template does not know it."""
    opening: str = ""
    """What opens an assistant's message all the same where there is no such prompt."""
    closes: bool = True
    """Whether anything closes a message. If not, a model stops by opening the next one."""

    def find_start(self, full: Seen, before: Seen, message: int, previous: int = 0) -> int:
        """Where the model begins to write: behind what the prompt for this message ends with.

        `before` is that prompt; it may end with an opening of thoughts that history does not repeat.
        `previous` is where the assistant's message before begins. Raises Unsuited where the text goes on
        otherwise.
        """
        place = full.find_anchor(message - 1, previous) if message else 0
        tail = before.text[before.find_anchor(message - 1, previous) if message else 0 :]
        shared = _share(tail, full.text[place : place + len(tail)])
        if shared != tail:
            shared = shared[: self._cut(shared)]
            optional = len(self.prompt) if tail.endswith(self.prompt) else 0
            if len(shared) <= len(tail) - optional:
                raise Unsuited("the chat template goes on otherwise than its prompt for a message ends")
        start = place + len(shared)
        if self.prompt and full.text.startswith(self.prompt, start):  # left out of the prompt after a result
            start += len(self.prompt)
        if not full.text.startswith(self.opening, start):
            raise Unsuited("the chat template opens messages in several ways")
        return start + len(self.opening)

    def find_end(self, full: Seen, alone: Seen, message: int, start: int, alone_start: int) -> int:
        """Where the model stops: behind what follows the message's last mark where it is last, as in `alone`.

        Raises Unsuited where other things follow once other messages do.
        """
        place = full.find_last(message, start) or start
        behind = alone.text[alone.find_last(message, alone_start) or alone_start :].rstrip("\n ")
        if full.text.startswith(behind, place):
            end = place + len(behind)
            return end if self.closes else end + len(self._read_token(full.text[end:]))
        shared = _share(behind, full.text[place : place + len(behind)])
        body = shared[: self._cut(shared)].rstrip("\n ")
        if not any(token in body for token in self.special):  # another closing token than at the very end
            body = behind.removesuffix(next(filter(behind.endswith, self.special), ""))
            token = self._read_token(full.text[place + len(body) :])
            if body == behind or not token or not full.text.startswith(body, place):
                raise Unsuited("the chat template renders a message differently once others follow")
            body += token
        return place + len(body)

    def _cut(self, text: str) -> int:
        """The last place behind a special token or a line break."""
        return max((text.rfind(end) + len(end) for end in (*self.special, "\n") if end in text), default=0)

    def _read_token(self, text: str) -> str:
        """The special token that comes next, with white space before it; empty if there is none."""
        left = text.lstrip("\n ")
        token = next(filter(left.startswith, self.special), "")
        return text[: len(text) - len(left) + len(token)] if token else ""


def _share(one: str, other: str) -> str:
    """What two texts have in common at their start."""
    pairs = zip(one, other, strict=False)
    return one[: next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))]


def group_generated(full: Seen, messages: Sequence[int]) -> list[list[Span]]:
    """The spans of `{% generation %}` by message; one without words belongs to the message before it.

    Raises Unsuited where they cannot be told apart.
    """
    if len(full.generated) == len(messages):
        return [[span] for span in full.generated]
    grouped: list[list[Span]] = [[] for _ in messages]
    owners: list[list[Span]] = []
    for start, end in full.generated:
        inside = [
            spans
            for message, spans in zip(messages, grouped, strict=True)
            if any(start <= place <= end for places in full.places[message].values() for place in places)
        ]
        owners = inside or owners
        if len(owners) != 1:
            raise Unsuited("the chat template's generation marks do not enclose messages one by one")
        owners[0].append((start, end))
    return grouped


def check_spans(full: Seen, messages: Chat, spans: dict[int, list[Span]]) -> None:
    """Raises Unsuited where a span does not hold its message's words and calls, or holds another's."""
    every = [span for own in spans.values() for span in own]
    if every != sorted(every) or any(one[1] > other[0] for one, other in itertools.pairwise(every)):
        raise Unsuited("the chat template renders messages out of order")
    for number, message in enumerate(messages):
        if message["role"] == "assistant":
            _check_words(full, number, message["content"], spans[number])
            _check_calls(full, number, message.get("tool_calls") or [], spans[number])
        elif any(start <= place < end for place in full.places[number][BEGIN] for start, end in every):
            raise Unsuited("the chat template renders another message within an assistant's")


def _check_words(full: Seen, number: int, content: Json, spans: list[Span]) -> None:
    words = (content if isinstance(content, str) else content[-1]["text"] if content else "").strip()
    found = any(
        start <= first and first + len(words) <= end and full.text.startswith(words, first)
        for start, end in spans
        for first in full.places[number][BEGIN]
    )
    if words and not found:
        raise Unsuited("the chat template leaves out an assistant's words")


def _check_calls(full: Seen, number: int, calls: Sequence[dict[str, Json]], spans: list[Span]) -> None:
    """Names stand in order, and between them every key and value of the arguments."""
    if not calls:
        return
    start, end = (spans[0][0], spans[-1][1]) if spans else (0, -1)
    places = [full.find(number, CALL + place, start) for place in range(len(calls))]
    found = [place for place in places if place is not None and place <= end]
    if len(found) < len(calls) or found != sorted(found):
        raise Unsuited("the chat template leaves out a call")
    borders = [start, *found, end]
    for place, call in enumerate(calls):
        if not _is_named(call) and not full.text[: found[place]].endswith(call["function"]["name"]):
            raise Unsuited("the chat template leaves out a call's name")
        segment = full.text[borders[place] : borders[place + 2]]
        given = call["function"]["arguments"]
        if given not in segment if isinstance(given, str) else not _are_spelled(given, segment):
            raise Unsuited("the chat template leaves out arguments of a call")


def _are_spelled(value: Json, text: str) -> bool:
    """Whether all keys and plain values stand in a text: as they are, as JSON, or as Python writes them."""
    if isinstance(value, dict | list):
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        return all(_are_spelled(one, text) for one in inner)
    if not isinstance(value, str):
        return json.dumps(value) in text or str(value) in text
    written = (json.dumps(value, ensure_ascii=False), json.dumps(value), repr(value))
    return value in text or any(form[1:-1] in text for form in written)
