"""Many turns as one request: a greeting, what leads from one piece of work to the next, a sign-off."""

import random
from collections.abc import Callable, Mapping, Sequence

from toolworlds.language.words import lower_first
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.styles import WritingStyle
from toolworlds.records.base import Json

NUMBERED = 0.12
"""How often the pieces of work are numbered."""
PARAGRAPHS = 0.25
"""How often each piece of work is a paragraph of its own."""


def merge_requests(requests: Sequence[str], style: WritingStyle, rng: random.Random) -> str:
    """One request that asks for all of these, in order."""
    register = style.register
    greeting, signoff = rng.choice(register["greetings"]), rng.choice(register["signoffs"])
    lay_out = rng.choices(LAYOUTS, (NUMBERED, PARAGRAPHS, 1 - NUMBERED - PARAGRAPHS))[0]
    body = lay_out(requests, register, rng) if len(requests) > 1 else requests[0]
    gap = "\n\n" if "\n" in body else " "
    if greeting.endswith((",", ":")) and gap == " ":
        body = lower_first(body)
    return gap.join(part for part in (greeting, body, signoff) if part)


def _number(requests: Sequence[str], register: Mapping[str, Json], rng: random.Random) -> str:
    intro = rng.choice(load_phrases("summaries")["intros"])
    sign = rng.choice(("{}.", "{})", "-"))
    lines = [f"{sign.format(place)} {request}" for place, request in enumerate(requests, start=1)]
    return "\n".join([intro, *lines])


def _separate(requests: Sequence[str], register: Mapping[str, Json], rng: random.Random) -> str:
    return "\n\n".join(_link(requests, register, rng))


def _string_together(requests: Sequence[str], register: Mapping[str, Json], rng: random.Random) -> str:
    return " ".join(_link(requests, register, rng))


def _link(requests: Sequence[str], register: Mapping[str, Json], rng: random.Random) -> list[str]:
    """The requests, each but the first with what leads to it, and no link twice in a row."""
    linked, used = [requests[0]], ""
    for place, request in enumerate(requests[1:], start=2):
        links = register["last"] if place == len(requests) and len(requests) > 2 else register["links"]
        used = rng.choice([link for link in links if link != used])
        linked.append(f"{used} {lower_first(request)}")
    return linked


LAYOUTS: tuple[Callable[[Sequence[str], Mapping[str, Json], random.Random], str], ...] = (
    _number,
    _separate,
    _string_together,
)
