"""A conversation as steps: each call, the output that answers it, and where every argument came from.

All of it is reconstructed from the messages alone.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from conversations.codes import looks_like_code
from toolworlds.language.nouns import readings
from toolworlds.language.values import mentions, type_of
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.conversations import ConversationCall, ConversationMessage
from toolworlds.world.calls import is_error
from toolworlds.world.json_paths import format_path, walk_leaves

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
Choices = Mapping[tuple[str, str], Sequence[Json]]
"""(endpoint, parameter) -> the values which the parameter's own declaration offers"""

CONTENT_WORD = 4
"""Letters from which a word counts in free text."""
HEARD_SHARE = 0.6
"""Share of the content words that free text must take from what was heard."""
FREE_TEXT = 5
"""Words from which a value is free text."""

_INDEX = re.compile(r"\[\d+\]")
_MARK = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+", re.MULTILINE)
_ONE = re.compile(r"\b(?:one|single|alone|just me|myself)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConversationStep:
    """One call and what came back."""

    index: int
    """Position among all calls of the conversation."""
    asked_in: int
    """Index of the assistant's message."""
    call: ConversationCall
    answered_in: int | None
    """Index of the tool's message; None when no output follows."""
    output: Json

    @property
    def failed(self) -> bool:
        """Whether the output is an error or there is none."""
        return self.answered_in is None or is_error(self.output)


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
class TracedArgument:
    """One leaf of a call's parameters, and every place it may have come from, the likeliest first."""

    step: ConversationStep
    """The call."""
    parameter: str
    path: str
    """Within the parameters: `hotel_id`, `guests[0].name`"""
    value: Json
    sources: tuple[Source, ...]

    @property
    def source(self) -> Source:
        """The likeliest place."""
        return self.sources[0]


def read_output(message: ConversationMessage) -> Json:
    """A tool message's value; its text itself where it is no JSON."""
    try:
        return json.loads(message.content)
    except (ValueError, RecursionError):
        return message.content


def read_steps(messages: Sequence[ConversationMessage]) -> list[ConversationStep]:
    """The calls in order. Outputs answer the calls of the assistant's message before them, one by one."""
    steps: list[ConversationStep] = []
    for place, message in enumerate(messages):
        for offset, call in enumerate(message.tool_calls or [] if message.role == "assistant" else []):
            between = messages[place + 1 : place + 2 + offset]
            answered = len(between) == offset + 1 and all(one.role == "tool" for one in between)
            output = read_output(between[-1]) if answered else None
            steps.append(
                ConversationStep(len(steps), place, call, place + 1 + offset if answered else None, output)
            )
    return steps


def drop_marks(text: str) -> str:
    """The text without the marks of lists: the 2 of `2. Office` is no number that is said."""
    return _MARK.sub("", text)


@dataclass(slots=True)
class _Heard:
    """What was said and returned up to some message."""

    leaves: list[tuple[Source, Json]] = field(default_factory=list)
    """Each field that was returned, as a source, and its value."""
    by_value: dict[tuple[str, Json], list[Source]] = field(default_factory=dict)
    said: list[tuple[int, str, str]] = field(default_factory=list)
    """(message, role, text) of users and assistants"""
    words: set[str] = field(default_factory=set)

    def hear(self, place: int, message: ConversationMessage) -> None:
        if message.role != "tool":
            text = drop_marks(message.content) if message.role == "assistant" else message.content
            self.said.append((place, message.role, text))
            self.words.update(to_words(text).split())

    def take_output(self, step: ConversationStep) -> None:
        for steps, value in walk_leaves(step.output):
            source = Source("output", step.answered_in, step.index, format_path(steps))
            self.leaves.append((source, value))
            if not isinstance(value, dict | list):
                self.by_value.setdefault(_key(value), []).append(source)
            if isinstance(value, str):
                self.words.update(to_words(value).split())


def trace_arguments(
    messages: Sequence[ConversationMessage], choices: Choices | None = None, mocks: Sequence[str] = ()
) -> list[TracedArgument]:
    """Every argument leaf of every call, in order.

    `mocks` are `<call index>.<parameter>` as in the metadata.
    """
    heard, steps = _Heard(), read_steps(messages)
    arguments: list[TracedArgument] = []
    for place, message in enumerate(messages):
        heard.hear(place, message)
        for step in steps:
            if step.asked_in == place:
                arguments += _trace_call(step, heard, choices or {}, mocks)
            if step.answered_in == place:
                heard.take_output(step)
    return arguments


def _trace_call(
    step: ConversationStep, heard: _Heard, choices: Choices, mocks: Sequence[str]
) -> Iterator[TracedArgument]:
    for parameter, whole in step.call.parameters.items():
        offered = choices.get((step.call.name, parameter), ())
        marked = f"{step.index}.{parameter}" in mocks
        for steps, value in walk_leaves(whole, (parameter,)):
            path = format_path(steps)
            found = list(_find_sources(value, path, heard))
            if not found and (value is None or isinstance(value, bool | list | dict) or value in offered):
                found = [Source("choice")]
            if not found:
                found = [Source("mock" if marked else "nobody")]
            yield TracedArgument(step, parameter, path, value, tuple(found))


def _find_sources(value: Json, path: str, heard: _Heard) -> Iterator[Source]:
    """Fields of the same name first, then what people said, then other fields, then parts and compositions.

    A name decides only between places that hold the value, so a field that happens to hold the same small
    number is never taken for the source of what the user said.
    """
    if value is None or isinstance(value, bool | list | dict):
        return
    returned = heard.by_value.get(_key(value), [])[::-1]
    named = [source for source in returned if is_same_field(source.path, path)]
    found = [
        *named,
        *_find_spoken(value, heard),
        *(source for source in returned if source not in named),
    ]
    yield from found or _find_parts(value, heard)


def _find_spoken(value: Json, heard: _Heard) -> list[Source]:
    """Said by the user; or by the assistant, where the user has answered since."""
    kind, found = type_of(value), []
    last_user = max((place for place, role, _ in heard.said if role == "user"), default=-1)
    for place, role, text in heard.said:
        # `one` is a number here, also where it could be a pronoun: `a table for one at seven`
        if (role == "user" or place < last_user) and (
            mentions(text, value, kind) or (value == 1 and _ONE.search(text))
        ):
            found.append(Source("user" if role == "user" else "assistant", place))
    return sorted(found, key=lambda source: source.kind != "user")


def _find_parts(value: Json, heard: _Heard) -> Iterator[Source]:
    """Part of a longer output, or free text made of heard words."""
    if not isinstance(value, str):
        return
    words = to_words(value)
    if len(words.strip()) >= 3:
        for source, returned in reversed(heard.leaves):
            if isinstance(returned, str) and words in to_words(returned):
                yield source
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


def grounding_bounds(arguments: Sequence[TracedArgument], calls: int) -> tuple[float, float] | None:
    """Least and most share of the calls after the first that take a value from an earlier output.

    They differ where a value stood in an output and was said as well, so that the record leaves open which
    of the two was taken. None with fewer than two calls.
    """
    if calls < 2:
        return None
    returned = [(a.step.index, [s.kind == "output" for s in a.sources]) for a in arguments if a.step.index]
    least = len({index for index, outputs in returned if all(outputs)})
    most = len({index for index, outputs in returned if any(outputs)})
    return least / (calls - 1), most / (calls - 1)
