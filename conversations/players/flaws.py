"""What is wrong in a conversation, found by rules that read it: calls, results, wording."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from conversations.grounding.cards import Card
from conversations.grounding.interfaces import find_call_faults, list_choices
from conversations.grounding.sources import trace_arguments
from conversations.grounding.speech import (
    Remark,
    find_internal_names,
    find_repetitions,
    find_unheard_codes,
    find_untold_results,
)
from conversations.grounding.steps import Step, read_steps
from conversations.players.pointing import find_pointed
from toolworlds.language.values import mentions
from toolworlds.records.base import Json
from toolworlds.records.conversations import ConversationMessage

FlawKind = Literal[
    "no_calls",
    "unknown_tool",
    "argument",
    "contradicted",
    "wrong_pick",
    "untold",
    "unanswered",
    "failure_untold",
    "unheard_code",
    "repetition",
    "internal_name",
]

LOWERS = {
    "no_calls": "tool_correctness",
    "unknown_tool": "tool_correctness",
    "argument": "tool_correctness",
    "contradicted": "tool_correctness",
    "wrong_pick": "tool_correctness",
    "untold": "task_completion",
    "unanswered": "task_completion",
    "failure_untold": "task_completion",
    "unheard_code": "task_completion",
    "repetition": "naturalness",
    "internal_name": "naturalness",
}

_REGRET = re.compile(
    r"sorry|afraid|unfortunate|unable|could ?n.t|could not|can ?not|can.t|no longer|already|fail|did ?n.t"
    r"|did not|not (?:found|available|possible|answer)|error|problem|trouble|try|without success|regret"
    r"|unavailable",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong."""

    kind: FlawKind
    message: int
    what: str
    step: int | None = None
    """Of a flaw in a call: which call."""
    parameter: str | None = None

    @property
    def lowers(self) -> str:
        """The score that it lowers."""
        return LOWERS[self.kind]


def find_flaws(messages: Sequence[ConversationMessage], tools: Sequence[Card]) -> list[Flaw]:
    """Everything that the rules find; a call has at most one flaw a parameter."""
    steps = read_steps(messages)
    if not steps:
        return [Flaw("no_calls", 0, "no tool is called")]
    faults = [*_check_calls(steps, tools), *_check_sources(messages, tools), *_check_picks(messages, steps)]
    return [
        *{(flaw.step, flaw.parameter): flaw for flaw in reversed(faults)}.values(),
        *_check_answers(messages, steps),
        *_report("untold", find_untold_results(messages)),
        *_report("unheard_code", find_unheard_codes(messages)),
        *_report("repetition", find_repetitions(messages)),
        *_report("internal_name", find_internal_names(messages)),
    ]


def _report(kind: FlawKind, remarks: Sequence[Remark]) -> list[Flaw]:
    return [Flaw(kind, remark.message, remark.what) for remark in remarks]


def _check_calls(steps: Sequence[Step], tools: Sequence[Card]) -> Iterator[Flaw]:
    """Calls that do not fit the documentation, and arguments that their own output contradicts."""
    schemas = {card["name"]: card["parameters"] for card in tools}
    for step in steps:
        for fault in find_call_faults(step.call.name, step.call.parameters, schemas):
            kind: FlawKind = "unknown_tool" if fault.parameter is None else "argument"
            yield Flaw(kind, step.asked_in, fault.message, step.index, fault.parameter)
        for name, value in step.call.parameters.items():
            echo = step.output.get(name) if isinstance(step.output, dict) else None
            if _contradicts(echo, value):
                what = f"{name} is {value!r}, but the output speaks of {echo!r}"
                yield Flaw("contradicted", step.asked_in, what, step.index, name)


def _contradicts(echo: Json, value: Json) -> bool:
    if not (isinstance(echo, str) and isinstance(value, str)):
        return False
    here, there = echo.casefold(), value.casefold()
    return here not in there and there not in here


def _check_sources(messages: Sequence[ConversationMessage], tools: Sequence[Card]) -> Iterator[Flaw]:
    schemas = {card["name"]: card["parameters"] for card in tools}
    places = {step.index: step.asked_in for step in read_steps(messages)}
    for argument in trace_arguments(messages, list_choices(schemas)):
        if argument.source.kind == "nobody":
            what = f"nobody said {argument.path} = {argument.value!r} and no earlier output holds it"
            yield Flaw("argument", places[argument.step], what, argument.step, argument.parameter)


def _check_picks(messages: Sequence[ConversationMessage], steps: Sequence[Step]) -> Iterator[Flaw]:
    """An id taken from a list although the user pointed at another of its members, and not at this one."""
    for step in steps:
        for parameter, value in step.call.parameters.items():
            for earlier in steps[: step.index]:
                members = list_members(earlier.output)
                picked = [member for member in members if isinstance(value, str) and value in member.values()]
                meant = find_meant(members, earlier, step, messages) if picked else []
                if meant and not any(member in meant for member in picked):
                    what = f"{parameter} is {value!r}, but the user means {name_of(meant[0]) or meant[0]!r}"
                    yield Flaw("wrong_pick", step.asked_in, what, step.index, parameter)


def find_meant(
    members: Sequence[dict[str, Json]], earlier: Step, step: Step, messages: Sequence[ConversationMessage]
) -> list[dict[str, Json]]:
    """The members of an earlier output's list that the user means in a later call; [] where nothing says so.

    Those named since the list was there; else those that the last request points at.
    """
    since = messages[earlier.answered_in or 0 : step.asked_in]
    named = [m for m in members if _is_named(m, [text.content for text in since if text.role == "user"])]
    if named:
        return named
    requests = [message.content for message in messages[: step.asked_in] if message.role == "user"]
    return find_pointed(requests[-1], members) or [] if requests else []


def list_members(output: Json) -> list[dict[str, Json]]:
    """The objects in the lists of an output."""
    if isinstance(output, list):
        return [member for member in output if isinstance(member, dict)]
    if isinstance(output, dict):
        return [
            member for value in output.values() if isinstance(value, list) for member in list_members(value)
        ]
    return []


def name_of(member: dict[str, Json]) -> str | None:
    """What people call an object: its name or title."""
    found = (value for key, value in member.items() if key.endswith(("name", "title")))
    return next((value for value in found if isinstance(value, str) and len(value) > 2), None)


def _is_named(member: dict[str, Json], texts: Sequence[str]) -> bool:
    name = name_of(member)
    return name is not None and any(mentions(text, name, "string") for text in texts)


def _check_answers(messages: Sequence[ConversationMessage], steps: Sequence[Step]) -> Iterator[Flaw]:
    """The last word, and failures that nobody mends or tells."""
    last = messages[-1]
    if last.role != "assistant" or last.tool_calls:
        yield Flaw("unanswered", len(messages) - 1, "the user gets no answer")
    for step in steps:
        mended = any(not later.failed and later.call.name == step.call.name for later in steps[step.index :])
        told = any(_REGRET.search(m.content) for m in messages[step.asked_in + 1 :] if m.role == "assistant")
        if step.failed and not mended and not told:
            yield Flaw("failure_untold", step.asked_in, f"{step.call.name} fails, and nobody says so")
