"""Right values for an argument, looked for where a reader would look: in what was returned and said."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from conversations.grounding.cards import Card
from conversations.grounding.interfaces import fits_type
from conversations.grounding.sources import is_same_field
from conversations.grounding.steps import Step, walk_leaves
from conversations.players.flaws import find_meant, list_members
from toolworlds.language.days import find_days
from toolworlds.language.numbers import find_numbers
from toolworlds.language.values import mentions, type_of
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.conversations import ConversationCall, ConversationMessage

MEANT = 10
"""What it weighs that the user points at a member of a list."""
ENOUGH = 6
"""Candidates that are looked for."""
MOST_WORDS = 4
"""Words in a phrase."""
_LEADS_ON = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "from",
        "with",
        "by",
        "about",
        "into",
        "and",
        "or",
        "is",
        "are",
        "be",
        "my",
        "your",
        "our",
        "me",
        "it",
        "that",
        "this",
        "do",
        "called",
        "named",
        "i",
        "you",
        "please",
        "can",
        "could",
        "would",
        "want",
        "need",
        "like",
        "than",
        "then",
        "until",
        "up",
        "regarding",
    ]
)
_CLAUSE = re.compile(r"[,;:.!?()\n]+(?:\s|$)|\s[-–]\s")
_QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")


def choose_tool(call: ConversationCall, tools: Sequence[Card]) -> str | None:
    """The documented tool that fits a call's arguments and name best; None if none takes its arguments."""
    fitting = [card for card in tools if set(card["parameters"]["required"]) <= call.parameters.keys()]

    def likeness(card: Card) -> tuple[int, float, str]:
        unknown = len(call.parameters.keys() - card["parameters"]["properties"].keys())
        return -unknown, SequenceMatcher(None, card["name"], call.name).ratio(), card["name"]

    best = max(fitting, key=likeness, default=None)
    return best["name"] if best and likeness(best)[0] == 0 else None


def list_candidates(
    step: Step,
    parameter: str,
    declared: Mapping[str, Json],
    messages: Sequence[ConversationMessage],
    steps: Sequence[Step],
) -> list[Json]:
    """Values that may stand in place of a wrong or missing one, the likeliest first, of the right type."""
    taken = list(step.call.parameters.values())
    found: list[Json] = []
    for value in _look_everywhere(step, parameter, declared, messages, steps):
        allowed = value in declared["enum"] if "enum" in declared else True
        if allowed and value not in taken and value not in found and fits_type(value, declared["type"]):
            found.append(value)
            if len(found) == ENOUGH:
                break
    return found


def _look_everywhere(
    step: Step,
    parameter: str,
    declared: Mapping[str, Json],
    messages: Sequence[ConversationMessage],
    steps: Sequence[Step],
) -> Iterator[Json]:
    said = [message.content for message in messages[: step.asked_in] if message.role == "user"]
    yield from _cast(step.call.parameters.get(parameter))
    for path, value in walk_leaves(step.output):
        if is_same_field(path, parameter) and "[" not in path:
            yield value
    yield from _pick_from_lists(step, parameter, messages, steps)
    for other in steps:
        if other.index != step.index and parameter in other.call.parameters:
            yield other.call.parameters[parameter]
    yield from (
        value for value in declared.get("enum", ()) if any(mentions(t, value, "string") for t in said)
    )
    yield from _read_said(said, parameter, declared["type"], step, messages)


def _cast(value: Json) -> Iterator[Json]:
    """The same value under another type."""
    if isinstance(value, str):
        numerals = find_numbers(value.lower())
        if len(numerals) == 1:
            number = numerals[0][0]
            yield int(number) if number == int(number) else number
        if value.casefold() in ("true", "yes", "false", "no"):
            yield value.casefold() in ("true", "yes")
    elif isinstance(value, list) and len(value) == 1:
        yield value[0]
    elif value is not None:
        yield [value]
        yield str(value)


def _pick_from_lists(
    step: Step, parameter: str, messages: Sequence[ConversationMessage], steps: Sequence[Step]
) -> Iterator[Json]:
    """Fields of that name in earlier outputs; of several in a list the one that all the rest speaks of."""
    texts = [message.content for message in messages if message.role != "tool"]
    own = {value for _, value in walk_leaves(step.output) if isinstance(value, str | int | float)}
    found: list[tuple[int, int, Json]] = []
    for earlier in steps[: step.index]:
        listed, held = list_members(earlier.output), _name_list(earlier)
        meant = find_meant(listed, earlier, step, messages)
        for member in listed or [earlier.output]:
            for path, value in walk_leaves(member):
                if is_same_field(path, parameter) or is_same_field(f"{held}.{path}", parameter):
                    weight = _weigh(member, value, own, texts) + MEANT * (member in meant)
                    found.append((weight, earlier.index, value))
    yield from (value for _, _, value in sorted(found, key=lambda hit: hit[:2], reverse=True))


def _name_list(step: Step) -> str:
    """What the list of an output is called."""
    keys = (
        [key for key, value in step.output.items() if isinstance(value, list)]
        if isinstance(step.output, dict)
        else []
    )
    return keys[0] if keys else ""


def _weigh(member: Json, value: Json, own: set[Json], texts: Sequence[str]) -> int:
    """How much of what stands beside a value is spoken of, or returned by the call itself."""
    leaves = [
        leaf for _, leaf in walk_leaves(member) if isinstance(leaf, str | int | float) and leaf != value
    ]
    spoken = [
        leaf for leaf in leaves if isinstance(leaf, str) and any(mentions(t, leaf, "string") for t in texts)
    ]
    return 2 * len(spoken) + sum(leaf in own for leaf in leaves if not isinstance(leaf, bool))


def _read_said(
    said: Sequence[str], parameter: str, type_name: str, step: Step, messages: Sequence[ConversationMessage]
) -> Iterator[Json]:
    """Numbers, or days, times, quotes and phrases in what the user said.

    First those that are spoken of after the call. Days and times come before phrases only for parameters
    that are called so.
    """
    after = _join_after(step, messages)
    if type_name in ("integer", "number"):
        yield from _put_spoken_first(_read_numbers(said), after)
    elif type_name == "string":
        moments = _put_spoken_first(_read_moments(said, messages), after)
        timed = any(word in parameter for word in ("date", "day", "time"))
        yield from moments if timed else []
        yield from _put_spoken_first([quote for text in said for quote in _QUOTED.findall(text)], after)
        yield from _list_phrases(said, after, named="name" in parameter)
        yield from [] if timed else moments


def _put_spoken_first(values: Sequence[Json], after: str) -> list[Json]:
    return sorted(values, key=lambda value: not mentions(after, value, type_of(value)))


def _read_numbers(said: Sequence[str]) -> list[Json]:
    """The numbers in some texts, the latest text first; days and times are none."""
    numbers = [n[0] for text in reversed(said) for n in find_numbers(find_days(text.lower(), None).rest)]
    return [int(number) if number == int(number) else number for number in numbers]


def _read_moments(said: Sequence[str], messages: Sequence[ConversationMessage]) -> list[str]:
    """Days and times of day in some texts, the latest text first, as calls write them."""
    calendars = [find_days(text.lower(), None) for text in reversed(said)]
    year = _guess_year(messages)
    days = [f"{day.year or year}-{day.month:02}-{day.day:02}" for c in calendars for day in c.days]
    return days + [moment.time.strftime("%H:%M") for c in calendars for moment in c.moments]


def _join_after(step: Step, messages: Sequence[ConversationMessage]) -> str:
    """What is said after a call, and what it returns."""
    words = [str(value) for _, value in walk_leaves(step.output)]
    return " ; ".join([*words, *(m.content for m in messages[step.asked_in :] if m.role == "assistant")])


def _list_phrases(said: Sequence[str], after: str, *, named: bool) -> list[str]:
    """Phrases of the user: spoken of later, after a word that leads to a detail, the longer the better.

    Where a name is looked for, first what is written like one.
    """
    heard, phrases = to_words(after), dict[str, tuple[int, int]]()
    for text in said:
        for clause in _CLAUSE.split(text):
            words = clause.split()
            for start in range(len(words)):
                for end in range(start + 1, min(start + MOST_WORDS, len(words)) + 1):
                    inner = words[start:end]
                    if {inner[0].lower(), inner[-1].lower()} & _LEADS_ON:
                        continue
                    led = start > 0 and words[start - 1].lower() in _LEADS_ON
                    weight = 2 * (to_words(" ".join(inner)) in heard) + led + (end == len(words))
                    weight += 3 * (named and len(inner) > 1 and all(word[0].isupper() for word in inner))
                    phrases[" ".join(inner)] = weight, len(inner)
    return sorted(phrases, key=lambda phrase: (*phrases[phrase], phrase), reverse=True)


def _guess_year(messages: Sequence[ConversationMessage]) -> str:
    """The year that outputs and calls speak of."""
    texts = [message.content for message in messages]
    texts += [str(call.parameters) for message in messages for call in message.tool_calls or ()]
    years = re.findall(r"\b(20\d\d)-\d\d-\d\d", " ".join(texts))
    return max(years, key=years.count, default="2026")
