"""From templates with slots to what a user would type.

A template is text with `{slot}`s and choices: `[What|Which] does {title} [|really] say?`
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import TypeVar

import yaml

from records.base import Json
from records.episodes import Language, Split
from utils import stable_hash

T = TypeVar("T")

PHRASES = Path(__file__).parent / "phrases"
CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
VALIDATION_SHARE = 0.1
TYPO_SHARE = 0.03
DRESSED_SHARE = 0.72


@dataclass(frozen=True, slots=True)
class Template:
    """One wording of a plan's first user message."""

    id: str
    text: str


@lru_cache(maxsize=32)
def load_phrases(name: str) -> Json:
    """The wordings in `phrases/<name>.yml`."""
    return yaml.safe_load((PHRASES / f"{name}.yml").read_text(encoding="utf-8"))


def split_pool(items: list[T], key: str) -> dict[Split, list[T]]:
    """A tenth of the items, at least one of two, is for validation; which ones follows from their text."""
    ordered = sorted(items, key=lambda item: stable_hash("split", key, item))
    held_out = max(1, round(len(items) * VALIDATION_SHARE)) if len(items) > 1 else 0
    chosen = {id(item) for item in ordered[:held_out]}
    return {
        "validation": [item for item in items if id(item) in chosen],
        "train": [item for item in items if id(item) not in chosen],
    }


def list_slots(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def expand(text: str, rng: random.Random) -> str:
    """The text with one of each choice taken, innermost first."""
    while match := CHOICE.search(text):
        options = match[1].split("|")
        text = text[: match.start()] + rng.choice(options) + text[match.end() :]
    return text


def fill(text: str, slots: Mapping[str, Json], rng: random.Random) -> str:
    """Choices taken, then slots filled; a slot's own text is never read as a template."""
    return expand(text, rng).format_map(slots)


def phrase_request(text: str, slots: Mapping[str, Json], language: Language, rng: random.Random) -> str:
    """What the user types: the template in some register, now and then with a slip."""
    words = expand(text, rng)
    if rng.random() < TYPO_SHARE:
        words = _slip(words, rng)
    request = words.format_map(slots)
    if rng.random() < DRESSED_SHARE:
        request = _dress(request, language, rng)
    return " ".join(request.split()) if "\n" not in request else request


def _dress(request: str, language: Language, rng: random.Random) -> str:
    """Greets, gives a reason, thanks; or drops capitals and marks as one does in a hurry."""
    frames = load_phrases("registers")[language]
    people = {key: rng.choice(values) for key, values in sorted(frames["people"].items())}
    kind = rng.random()
    if kind < 0.12:
        return _hurry(request, language)
    opening = rng.choice(frames["openers"]) if kind < 0.58 else ""
    closing = rng.choice(frames["closers"]) if kind > 0.5 and "{" not in opening else ""
    if opening.endswith(", "):
        request = _lower_first(request, language)
    opener = fill(opening, people, rng)
    closer = fill(closing, people, rng).strip().replace(" .", ".")
    return " ".join(part for part in (_raise_first(opener.strip()), request, _raise_first(closer)) if part)


def _raise_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower_first(text: str, language: Language) -> str:
    first = text.split(" ", 1)[0].rstrip(",")
    common = first.lower() in load_phrases("registers")[language]["lowered"]
    return text[0].lower() + text[1:] if common else text


def _hurry(request: str, language: Language) -> str:
    request = request.removesuffix(".").removesuffix("?") if "\n" not in request else request
    return _lower_first(request, language)


def _slip(text: str, rng: random.Random) -> str:
    """Swaps two neighbouring letters within one longer word, never in a slot's name."""
    spots = list(re.finditer(r"(?<![{\w])[a-zäöü]{5,}(?![}\w])", text))
    if not spots:
        return text
    word = rng.choice(spots)
    at = rng.randrange(word.start() + 1, word.end() - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
