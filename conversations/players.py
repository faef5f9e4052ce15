"""The roles of conversations as the embedded model plays them, by rules: a judge, and a writer of drafts.

The judge is given no truth: it reads the messages and tools that the prompt shows. It does not repair.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from conversations.cards import Card, read_messages
from conversations.interfaces import find_misfits, list_choices
from conversations.speech import (
    Remark,
    find_internal_names,
    find_repetitions,
    find_unheard_codes,
    find_untold_results,
)
from conversations.steps import ConversationStep, read_steps, trace_arguments
from roles.conversation_judge import DIMENSIONS, Dimension
from toolworlds.language.numbers import ORDINALS
from toolworlds.language.values import mentions
from toolworlds.models.embedded.model import Player
from toolworlds.records.base import Json
from toolworlds.records.completions import Request
from toolworlds.records.conversations import ConversationMessage

FindingKind = Literal[
    "no_calls", "unknown_tool", "argument", "contradicted", "wrong_pick", "untold", "unanswered",
    "failure_untold", "unheard_code", "repetition", "internal_name",
]  # fmt: skip
TASK: frozenset[FindingKind] = frozenset({"untold", "unanswered", "failure_untold", "unheard_code"})
WORDING: frozenset[FindingKind] = frozenset({"repetition", "internal_name"})

Schemas = Mapping[str, Mapping[str, Json]]
"""tool -> schema of its parameters"""
Member = dict[str, Json]
"""A thing in a list that a call returned."""

SERIOUS = 2.0
"""The score that one finding leaves."""
EACH_FURTHER = 0.5

_REGRET = re.compile(
    r"sorry|afraid|unfortunate|unable|could ?n.t|could not|can ?not|can.t|no longer|already|fail|did ?n.t"
    r"|did not|not (?:found|available|possible|answer)|error|problem|trouble|try|without success|regret"
    r"|unavailable",
    re.IGNORECASE,
)


_THINGS = "one|result|hit|option|entry|match"
_ORDINAL = re.compile(rf"\b({'|'.join(ORDINALS)}|last) (?:{_THINGS})\b(?! (?:in|of|on|at)\b)", re.IGNORECASE)
"""`the first one in the day` is no place in a list."""
_CHEAPEST = re.compile(r"\b(?:cheapest|least expensive|lowest[- ]priced?|lowest price)\b", re.IGNORECASE)
_BEST = re.compile(
    r"\b(?:(?:best|top|highest)[- ]rated|rated (?:best|highest)|(?:best|highest) rating)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: FindingKind
    message: int
    what: str
    step: int | None = None
    """Of a flaw in a call: which call."""
    parameter: str | None = None

    @property
    def lowers(self) -> Dimension:
        """The score that it lowers."""
        if self.kind in TASK:
            return "task_completion"
        return "naturalness" if self.kind in WORDING else "tool_correctness"


def play_judge(request: Request, rng: random.Random) -> dict[str, Json]:
    """Plays conversation_judge: scores with the flaws that lower them."""
    found = find_flaws(read_messages(request.inputs["messages"]), request.inputs["tools"])
    problems = [{"message": flaw.message, "lowers": flaw.lowers, "problem": flaw.what} for flaw in found]
    reasoning = (
        f"I checked calls, results and wording; {len(found)} problems." if found else "Everything fits."
    )
    return {"reasoning": reasoning, "problems": problems, **score_flaws(found)}


def score_flaws(found: Sequence[Finding]) -> dict[str, float]:
    """5 without a flaw, 2 with one, half a point less for each further one, 1 at least."""
    counts = Counter(flaw.lowers for flaw in found)
    return {
        dimension: max(1.0, SERIOUS - EACH_FURTHER * (counts[dimension] - 1)) if counts[dimension] else 5.0
        for dimension in DIMENSIONS
    }


def play_word(request: Request, rng: random.Random) -> dict[str, Json]:
    """Plays conversation_writer: every message that says something, word for word as drafted."""
    said = [m for m in request.inputs["messages"] if m["role"] != "tool" and m["content"].strip()]
    return {"reasoning": "", "texts": [{"message": m["message"], "text": m["content"]} for m in said]}


PLAYERS: Mapping[str, Player] = {
    "conversation_judge.judge": play_judge,
    "conversation_writer.word": play_word,
}


def find_flaws(messages: Sequence[ConversationMessage], tools: Sequence[Card]) -> list[Finding]:
    """Everything that the rules find; a call has at most one flaw a parameter."""
    steps, schemas = read_steps(messages), {card["name"]: card["parameters"] for card in tools}
    if not steps:
        return [Finding("no_calls", 0, "no tool is called")]
    faults = [
        *_check_calls(steps, schemas),
        *_check_sources(messages, schemas),
        *_check_picks(messages, steps),
    ]
    remarks: dict[FindingKind, list[Remark]] = {
        "untold": find_untold_results(messages),
        "unheard_code": find_unheard_codes(messages),
        "repetition": find_repetitions(messages),
        "internal_name": find_internal_names(messages),
    }
    return [
        *{(flaw.step, flaw.parameter): flaw for flaw in reversed(faults)}.values(),
        *_check_answers(messages, steps),
        *(Finding(kind, one.message, one.what) for kind, found in remarks.items() for one in found),
    ]


def _check_calls(steps: Sequence[ConversationStep], schemas: Schemas) -> Iterator[Finding]:
    """Calls that do not fit the documentation, and arguments that their own output contradicts."""
    for step in steps:
        for fault in find_misfits(step.call.name, step.call.parameters, schemas):
            kind: FindingKind = "unknown_tool" if fault.parameter is None else "argument"
            yield Finding(kind, step.asked_in, fault.message, step.index, fault.parameter)
        for name, value in step.call.parameters.items():
            echo = step.output.get(name) if isinstance(step.output, dict) else None
            if _contradicts(echo, value):
                what = f"{name} is {value!r}, but the output speaks of {echo!r}"
                yield Finding("contradicted", step.asked_in, what, step.index, name)


def _contradicts(echo: Json, value: Json) -> bool:
    if not (isinstance(echo, str) and isinstance(value, str)):
        return False
    here, there = echo.casefold(), value.casefold()
    return here not in there and there not in here


def _check_sources(messages: Sequence[ConversationMessage], schemas: Schemas) -> Iterator[Finding]:
    for argument in trace_arguments(messages, list_choices(schemas)):
        if argument.source.kind == "nobody":
            what = f"nobody said {argument.path} = {argument.value!r} and no earlier output holds it"
            yield Finding("argument", argument.step.asked_in, what, argument.step.index, argument.parameter)


def _check_picks(
    messages: Sequence[ConversationMessage], steps: Sequence[ConversationStep]
) -> Iterator[Finding]:
    """An id taken from a list although the user pointed at another of its members, and not at this one."""
    for step in steps:
        for parameter, value in step.call.parameters.items():
            for earlier in steps[: step.index]:
                members = list_members(earlier.output)
                picked = [member for member in members if isinstance(value, str) and value in member.values()]
                meant = find_meant(members, earlier, step, messages) if picked else []
                if meant and not any(member in meant for member in picked):
                    what = f"{parameter} is {value!r}, but the user means {name_of(meant[0]) or meant[0]!r}"
                    yield Finding("wrong_pick", step.asked_in, what, step.index, parameter)


def find_meant(
    members: Sequence[Member],
    earlier: ConversationStep,
    step: ConversationStep,
    messages: Sequence[ConversationMessage],
) -> list[Member]:
    """The members of an earlier output's list that the user means in a later call; [] where nothing says so.

    Those named since the list was there; else those that the last request points at.
    """
    since = [m.content for m in messages[earlier.answered_in or 0 : step.asked_in] if m.role == "user"]
    names = [(member, name_of(member)) for member in members]
    named = [m for m, name in names if name and any(mentions(text, name, "string") for text in since)]
    if named:
        return named
    requests = [message.content for message in messages[: step.asked_in] if message.role == "user"]
    return find_pointed(requests[-1], members) or [] if requests else []


def list_members(output: Json) -> list[Member]:
    """The objects in the lists of an output."""
    if isinstance(output, list):
        return [member for member in output if isinstance(member, dict)]
    if isinstance(output, dict):
        return [
            member for value in output.values() if isinstance(value, list) for member in list_members(value)
        ]
    return []


def name_of(member: Member) -> str | None:
    """What people call an object: its name or title."""
    found = (value for key, value in member.items() if key.endswith(("name", "title")))
    return next((value for value in found if isinstance(value, str) and len(value) > 2), None)


def _check_answers(
    messages: Sequence[ConversationMessage], steps: Sequence[ConversationStep]
) -> Iterator[Finding]:
    """The last word, and failures that nobody mends or tells."""
    last = messages[-1]
    if last.role != "assistant" or last.tool_calls:
        yield Finding("unanswered", len(messages) - 1, "the user gets no answer")
    for step in steps:
        mended = any(not later.failed and later.call.name == step.call.name for later in steps[step.index :])
        told = any(_REGRET.search(m.content) for m in messages[step.asked_in + 1 :] if m.role == "assistant")
        if step.failed and not mended and not told:
            yield Finding("failure_untold", step.asked_in, f"{step.call.name} fails, and nobody says so")


def find_pointed(text: str, members: Sequence[Member]) -> list[Member] | None:
    """The members of a list that a text points at; None where it points at none, or in more than one way."""
    found = [
        *(_take_place(match.lower(), members) for match in dict.fromkeys(_ORDINAL.findall(text))),
        *(_take_extreme(members, "price", least=True) for _ in _CHEAPEST.findall(text)[:1]),
        *(_take_extreme(members, "rating", least=False) for _ in _BEST.findall(text)[:1]),
    ]
    return found[0] if len(found) == 1 and found[0] else None


def _take_place(ordinal: str, members: Sequence[Member]) -> list[Member]:
    place = len(members) - 1 if ordinal == "last" else ORDINALS.index(ordinal)
    return [members[place]] if place < len(members) else []


def _take_extreme(members: Sequence[Member], word: str, *, least: bool) -> list[Member]:
    """All members with the least or greatest number in the one field of that name; [] where one has none."""
    keys = {key for member in members for key, value in member.items() if word in key and is_number(value)}
    if len(keys) != 1:
        return []
    (key,) = keys
    numbers: list[float] = [member[key] for member in members if is_number(member.get(key))]
    if len(numbers) < len(members):
        return []
    extreme = min(numbers) if least else max(numbers)
    return [member for member in members if member[key] == extreme]


def is_number(value: Json) -> bool:
    """Whether a value is a number, truth values left out."""
    return isinstance(value, int | float) and not isinstance(value, bool)
