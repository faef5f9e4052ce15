"""Learns from a chat template which token ids open and close an assistant's turn, on probe conversations.

What is learnt must hold on every probe, or the template is refused with the reason; besides, the mask of
every episode is checked when it is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from episodes.call_format import CallFormat
from episodes.rendering.masking import Borders, Ids, find_turns
from episodes.rendering.tokenizer import Tokenizer
from toolworlds.records.base import Json
from utils import UserError

Conversation = dict[str, Json]


class Encode(Protocol):
    """From a conversation to ids, with the generation prompt behind it if asked for."""

    def __call__(self, conversation: Conversation, prompt: bool = False) -> list[int]:
        """Raises UserError where the template refuses the conversation."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A conversation's ids, and where the words of each assistant message begin and where its turn closes."""

    ids: list[int]
    spans: list[tuple[int, int]]
    texts: list[int]
    """The beginnings of those that are no calls."""


def learn_borders(encode: Encode, calls: CallFormat, tokenizer: Tokenizer) -> Borders:
    """The borders that hold on all probes; raises UserError with the reason where none do."""
    probes = [read_probe(encode, talk, calls, tokenizer) for talk in make_probes(calls)]
    closings = frozenset(probe.ids[end] for probe in probes for _, end in probe.spans)
    reason = "nothing but the words themselves tells an assistant's turn from a user's"
    for openings in list_openings(encode, probes, tokenizer):
        borders = Borders(openings, closings)
        faults = [fault for probe in probes if (fault := find_fault(probe, borders))]
        if not faults:
            return borders
        reason = faults[0]
    raise refuse(reason)


def refuse(reason: str) -> UserError:
    """The error for a template that cannot be masked exactly."""
    return UserError(f"the chat template cannot be masked exactly: {reason}; use --tags or another template")


def find_fault(probe: Probe, borders: Borders) -> str | None:
    """What is wrong with borders on one probe; None if nothing is."""
    try:
        turns = find_turns(probe.ids, borders)
    except ValueError as error:
        return str(error)
    if len(turns) != len(probe.spans):
        return f"{len(turns)} of {len(probe.spans)} turns are told apart by their ids"
    for (start, end), (first, last) in zip(turns, probe.spans, strict=True):
        if not start <= first or end != last + 1:
            return "a turn's closing token also stands within it, or its opening elsewhere"
    return None


def make_probes(calls: CallFormat) -> list[Conversation]:
    """Conversations with texts, calls, results, reasoning; the users write the names of roles."""
    user: Json = {"role": "user", "content": "assistant model user tool\n\nassistant\nmodel\n\n"}
    call: Json = {"role": "assistant", "content": calls.write("probe.look", {"query": "Zq7"})}
    result: Json = {"role": "toolresult", "name": "probe.look", "content": '{"assistant": "model"}'}
    said: Json = {"role": "assistant", "content": "Qk4 indeed."}
    thought: Json = {"role": "assistant", "content": "Vb2 indeed.", "think": "Wj8 perhaps."}
    return [
        {"system": "assistant\nmodel\n", "messages": [user, said, user, call, result, said]},
        {"messages": [user, call, result, call, result, said, user, said]},
        {"system": "Be short.", "messages": [user, thought, user, thought]},
    ]


def read_probe(encode: Encode, talk: Conversation, calls: CallFormat, tokenizer: Tokenizer) -> Probe:
    """Finds the words of each assistant message by changing one message at a time."""
    probe = Probe(encode(talk), [], [])
    for number, message in enumerate(talk["messages"]):
        if message["role"] != "assistant":
            continue
        others = [encode(other) for other in _change(talk, number, calls)]
        start = min(_count_common(probe.ids, other) for other in others)
        end = len(probe.ids) - min(_count_common(probe.ids[::-1], other[::-1]) for other in others)
        is_call = calls.is_call(message["content"])
        if start >= end:
            raise refuse(f"it leaves out message {number + 1} ({'call' if is_call else 'text'})")
        while end < len(probe.ids) and probe.ids[end] not in tokenizer.special:
            end += 1
        if end == len(probe.ids):
            raise refuse("no special token ends the assistant's turn")
        probe.spans.append((start, end))
        probe.texts.extend([] if is_call else [start])
    return probe


def list_openings(encode: Encode, probes: Sequence[Probe], tokenizer: Tokenizer) -> Iterator[frozenset[Ids]]:
    """What may open a turn: the generation prompt; the special token before a text; all ids from that on."""
    asked: Conversation = {"messages": [{"role": "user", "content": "Hello."}]}
    bare, prompted = encode(asked), encode(asked, prompt=True)
    places = [(probe.ids, start) for probe in probes for start in probe.texts]
    if len(prompted) > len(bare) and prompted[: len(bare)] == bare:
        prompt = tuple(prompted[len(bare) :])
        yield frozenset({prompt})
        found = [_read_back(ids, start, tokenizer.decode(prompt), tokenizer) for ids, start in places]
        yield frozenset(opening for opening in found if opening)
    found = []
    for ids, start in places:
        marks = [place for place in range(start) if ids[place] in tokenizer.special]
        found.append(tuple(ids[marks[-1] : start]) if marks else ())
    if all(found):
        yield frozenset(opening[:1] for opening in found)
        yield frozenset(found)


def _read_back(ids: Sequence[int], start: int, text: str, tokenizer: Tokenizer) -> Ids:
    """The ids right before `start` that spell the text, as they are cut there; empty where others stand."""
    for place in range(start - 1, max(-1, start - 1 - len(text.encode())), -1):
        if tokenizer.decode(ids[place:start]) == text:
            return tuple(ids[place:start])
    return ()


def _change(talk: Conversation, number: int, calls: CallFormat) -> Iterator[Conversation]:
    """The conversation with another text, or another call, in one place."""
    messages = list(talk["messages"])
    for words in ("Xw9", "7Jv"):
        content = f"{words} {words}"
        if calls.is_call(messages[number]["content"]):  # by its arguments: a result may repeat the name
            content = calls.write("probe.look", {words: words})
        changed = [*messages]
        changed[number] = {**messages[number], "content": content}
        yield {**talk, "messages": changed}


def _count_common(first: Sequence[int], second: Sequence[int]) -> int:
    pairs = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
