"""Where each argument of a conversation came from, reconstructed from its messages alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from conversations.grounding.codes import looks_like_code
from conversations.grounding.speech import drop_marks
from conversations.grounding.steps import Step, read_steps, walk_leaves
from toolworlds.language.nouns import readings
from toolworlds.language.values import mentions, type_of
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.conversations import ConversationMessage

SourceKind = Literal["output", "user", "assistant", "composed", "choice", "mock", "nobody"]
"""
output     a field that an earlier call returned
user       said by the user, in any spelling
assistant  proposed by the assistant, and the user answered
composed   put together from words that were heard
choice     a truth value, nothing, or a value that the parameter itself lists or defaults to
mock       marked as made up
nobody     none of these
"""

CONTENT_WORD = 4
"""Letters from which a word counts in free text."""
HEARD_SHARE = 0.6
"""Share of the content words that free text must take from what was heard."""
FREE_TEXT = 5
"""Words from which a value is free text."""

_INDEX = re.compile(r"\[\d+\]")
_ONE = re.compile(r"\b(?:one|single|alone|just me|myself)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """One place where a value stood before the call."""

    kind: SourceKind
    message: int | None = None
    step: int | None = None
    """output only: the call that returned it"""
    path: str = ""
    """output only: `hotels[0].hotel_id`"""


@dataclass(frozen=True, slots=True)
class Argument:
    """One leaf of a call's parameters, and every place it may have come from, the likeliest first."""

    step: int
    parameter: str
    path: str
    """Within the parameters: `hotel_id`, `guests[0].name`"""
    value: Json
    sources: tuple[Source, ...]

    @property
    def source(self) -> Source:
        """The likeliest place."""
        return self.sources[0]


@dataclass(frozen=True, slots=True)
class _Leaf:
    step: int
    message: int
    path: str
    value: Json


@dataclass(slots=True)
class _Heard:
    """What was said and returned up to some message."""

    leaves: list[_Leaf] = field(default_factory=list)
    by_value: dict[tuple[str, Json], list[_Leaf]] = field(default_factory=dict)
    said: list[tuple[int, str, str]] = field(default_factory=list)
    """(message, role, text) of users and assistants"""
    words: set[str] = field(default_factory=set)

    def hear(self, place: int, message: ConversationMessage) -> None:
        if message.role != "tool":
            text = drop_marks(message.content) if message.role == "assistant" else message.content
            self.said.append((place, message.role, text))
            self.words.update(to_words(text).split())

    def take_output(self, step: Step) -> None:
        if step.answered_in is None:
            return
        for path, value in walk_leaves(step.output):
            leaf = _Leaf(step.index, step.answered_in, path, value)
            self.leaves.append(leaf)
            if not isinstance(value, dict | list):
                self.by_value.setdefault(_key(value), []).append(leaf)
            if isinstance(value, str):
                self.words.update(to_words(value).split())


def trace_arguments(
    messages: Sequence[ConversationMessage],
    choices: Mapping[tuple[str, str], Sequence[Json]] | None = None,
    mocks: Sequence[str] = (),
) -> list[Argument]:
    """Every argument leaf of every call, in order.

    `choices` maps (endpoint, parameter) to the values which the parameter's own declaration offers;
    `mocks` are `<call index>.<parameter>` as in the metadata.
    """
    heard, steps = _Heard(), read_steps(messages)
    arguments: list[Argument] = []
    asked = {place: [s for s in steps if s.asked_in == place] for place in {s.asked_in for s in steps}}
    answered = {step.answered_in: step for step in steps if step.answered_in is not None}
    for place, message in enumerate(messages):
        heard.hear(place, message)
        for step in asked.get(place, ()):
            arguments += _trace_call(step, heard, choices or {}, mocks)
        if place in answered:
            heard.take_output(answered[place])
    return arguments


def _trace_call(
    step: Step, heard: _Heard, choices: Mapping[tuple[str, str], Sequence[Json]], mocks: Sequence[str]
) -> Iterator[Argument]:
    for parameter, whole in step.call.parameters.items():
        offered = choices.get((step.call.name, parameter), ())
        marked = f"{step.index}.{parameter}" in mocks
        for path, value in walk_leaves(whole, parameter):
            found = list(_find_sources(value, path, heard))
            if not found and (value is None or isinstance(value, bool | list | dict) or value in offered):
                found = [Source("choice")]
            if not found:
                found = [Source("mock" if marked else "nobody")]
            yield Argument(step.index, parameter, path, value, tuple(found))


def _find_sources(value: Json, path: str, heard: _Heard) -> Iterator[Source]:
    """Fields of the same name first, then what people said, then other fields, then parts and compositions.

    A name decides only between places that hold the value, so a field that happens to hold the same small
    number is never taken for the source of what the user said.
    """
    if value is None or isinstance(value, bool | list | dict):
        return
    leaves = heard.by_value.get(_key(value), [])
    named = [leaf for leaf in leaves if is_same_field(leaf.path, path)]
    yield from (_from_leaf(leaf) for leaf in reversed(named))
    spoken = _find_spoken(value, heard)
    yield from spoken
    others = [_from_leaf(leaf) for leaf in reversed(leaves) if leaf not in named]
    yield from others
    if not (named or spoken or others):
        yield from _find_parts(value, heard)


def _from_leaf(leaf: _Leaf) -> Source:
    return Source("output", leaf.message, leaf.step, leaf.path)


def _find_spoken(value: Json, heard: _Heard) -> list[Source]:
    """Said by the user; or by the assistant, where the user has answered since."""
    kind, found = type_of(value), []
    last_user = max((place for place, role, _ in heard.said if role == "user"), default=-1)
    for place, role, text in heard.said:
        if (role == "user" or place < last_user) and (mentions(text, value, kind) or _says_one(text, value)):
            found.append(Source("user" if role == "user" else "assistant", place))
    return sorted(found, key=lambda source: source.kind != "user")


def _says_one(text: str, value: Json) -> bool:
    """`one` is a number here, also where it could be a pronoun: `a table for one at seven`."""
    return value == 1 and bool(_ONE.search(text))


def _find_parts(value: Json, heard: _Heard) -> Iterator[Source]:
    """Part of a longer output, or free text made of heard words."""
    if not isinstance(value, str):
        return
    words = to_words(value)
    if len(words.strip()) >= 3:
        for leaf in reversed(heard.leaves):
            if isinstance(leaf.value, str) and words in to_words(leaf.value):
                yield _from_leaf(leaf)
                return
    if _is_composed(words.split(), heard.words):
        yield Source("composed")


def _is_composed(words: list[str], heard: set[str]) -> bool:
    if len(words) < FREE_TEXT:
        return len(words) > 1 and all(word in heard for word in words)
    content = [word for word in words if len(word) >= CONTENT_WORD]
    known = sum(word in heard for word in content)
    return known >= HEARD_SHARE * len(content) and all(w in heard for w in words if looks_like_code(w))


def is_same_field(source_path: str, argument_path: str) -> bool:
    """Whether a field bears an argument's name: `found[1].hotel_id` and `hotels[0].id` fit `hotel_id`."""
    names, wanted = _name_steps(source_path), _name_steps(argument_path)[-1]
    fitting = readings(wanted) if argument_path.endswith("]") else {wanted}  # a member of `hotel_ids`
    holders = readings(names[-2]) if len(names) > 1 else ()
    return names[-1] in fitting or any(holder + names[-1] in fitting for holder in holders)


def _name_steps(path: str) -> list[str]:
    return [re.sub(r"[^a-z0-9]", "", step.lower()) for step in _INDEX.sub("", path).split(".")]


def _key(value: Json) -> tuple[str, Json]:
    """Equal values have equal keys: 5 and 5.0 do, "5" and 5 do not."""
    if isinstance(value, bool) or value is None:
        return "literal", value
    if isinstance(value, int | float):
        return "number", float(value) if abs(value) < 2**53 else value
    return "text", value.casefold()


def grounding_bounds(messages: Sequence[ConversationMessage]) -> tuple[float, float] | None:
    """Least and most share of the calls after the first that take a value from an earlier output.

    They differ where a value stood in an output and was said as well, so that the record leaves open which
    of the two was taken. None with fewer than two calls.
    """
    later: dict[int, list[Argument]] = {step.index: [] for step in read_steps(messages)[1:]}
    if not later:
        return None
    for argument in trace_arguments(messages):
        if argument.step in later:
            later[argument.step].append(argument)
    least = sum(any(all(s.kind == "output" for s in a.sources) for a in held) for held in later.values())
    most = sum(any(s.kind == "output" for a in held for s in a.sources) for held in later.values())
    return least / len(later), most / len(later)
