"""Many turns as one request: a greeting, what leads from one piece of work to the next, a sign-off."""

import random
from collections.abc import Mapping, Sequence

from toolworlds.language.words import lower_first
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.styles import WritingStyle
from toolworlds.records.base import Json

LAYOUTS = {"numbered": 0.12, "paragraphs": 0.25, "sentences": 0.63}
"""How the pieces of work are laid out, and how often."""


def merge_requests(requests: Sequence[str], style: WritingStyle, rng: random.Random) -> str:
    """One request that asks for all of these, in order."""
    register = style.register
    greeting, signoff = rng.choice(register["greetings"]), rng.choice(register["signoffs"])
    layout = rng.choices(list(LAYOUTS), list(LAYOUTS.values()))[0]
    if len(requests) == 1:
        body = requests[0]
    elif layout == "numbered":
        body = _number(requests, rng)
    else:
        body = ("\n\n" if layout == "paragraphs" else " ").join(_link(requests, register, rng))
    gap = "\n\n" if "\n" in body else " "
    if greeting.endswith((",", ":")) and gap == " ":
        body = lower_first(body)
    return gap.join(part for part in (greeting, body, signoff) if part)


def _number(requests: Sequence[str], rng: random.Random) -> str:
    intro = rng.choice(load_phrases("summaries")["intros"])
    sign = rng.choice(("{}.", "{})", "-"))
    return "\n".join([intro, *(f"{sign.format(n)} {request}" for n, request in enumerate(requests, start=1))])


def _link(requests: Sequence[str], register: Mapping[str, Json], rng: random.Random) -> list[str]:
    """The requests, each but the first with what leads to it, and no link twice in a row."""
    linked, used = [requests[0]], ""
    for place, request in enumerate(requests[1:], start=2):
        links = register["last"] if place == len(requests) and len(requests) > 2 else register["links"]
        used = rng.choice([link for link in links if link != used])
        linked.append(f"{used} {lower_first(request)}")
    return linked
