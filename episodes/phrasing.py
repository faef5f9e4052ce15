"""From the templates of `phrases/*.yml` to what a user would type."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolworlds.language.phrases import expand, fill, read_phrases
from toolworlds.language.words import lower_first, raise_first
from toolworlds.records.base import Json
from toolworlds.records.episodes import Language

PHRASES = Path(__file__).parent / "phrases"
TYPO_SHARE = 0.03
DRESSED_SHARE = 0.72
KINDS_TEXT = """
policy guideline guide manual handbook report sheet process procedure
plan list overview profile checklist catalogue agreement contract memo summary specification
standard template register regulation faq readme changelog roadmap
"""
KINDS = frozenset(KINDS_TEXT.split())
"""Last words of titles that an English sentence puts an article before."""


@dataclass(frozen=True, slots=True)
class Template:
    """One wording of a plan's first user message."""

    id: str
    text: str


def load_phrases(name: str) -> Json:
    """The wordings in `phrases/<name>.yml`."""
    return read_phrases(PHRASES / f"{name}.yml")


def phrase_request(
    text: str,
    slots: Mapping[str, Json],
    language: Language,
    rng: random.Random,
    dressed: float = DRESSED_SHARE,
) -> str:
    """What the user types: the template in some register, now and then with a slip; slots stay as is."""
    words = expand(text, rng)
    if rng.random() < TYPO_SHARE:
        words = _slip(words, rng)
    if rng.random() < dressed:
        words = _dress(words, language, rng)
    words = re.sub(r" (?=[?!.,])", "", " ".join(words.split()))
    return fill(_fit_articles(words, slots) if language == "en" else words, slots)


def name_document(title: str, language: Language) -> str:
    """A title within a sentence: `the Leave Policy`, `"VPN Setup"`, `„Urlaubsregelung“`."""
    if language == "de":
        return f"„{title}“"
    return f"the {title}" if title.rsplit(" ", 1)[-1].lower() in KINDS else f'"{title}"'


def _fit_articles(words: str, slots: Mapping[str, Json]) -> str:
    """Quotes the titles, and leaves the names and codes bare, that bear no article."""
    if "title" in slots and not name_document(str(slots["title"]), "en").startswith("the "):
        words = re.sub(r"\b[Tt]he \{title\}", '"{title}"', words)
    if "term" in slots and not str(slots["term"])[:1].islower():
        words = re.sub(r"\b[Tt]he \{term\}", "{term}", words)
    return words


def _dress(words: str, language: Language, rng: random.Random) -> str:
    """Greets, gives a reason, thanks; or drops capitals and marks as one does in a hurry."""
    frames = load_phrases("registers")[language]
    people = {key: rng.choice(values) for key, values in sorted(frames["people"].items())}
    kind = rng.random()
    if kind < 0.12:
        return lower_first(words.removesuffix(".").removesuffix("?"), frames["capital"])
    openers = frames["openers"] + (frames["askers"] if words.endswith("?") else [])
    named = "{name" in words  # who already speaks of a person names no second one around it
    opening = rng.choice(_list_frames(openers, named)) if kind < 0.58 else ""
    closing = rng.choice(_list_frames(frames["closers"], named)) if kind > 0.5 and "{" not in opening else ""
    if opening.endswith(", "):
        words = lower_first(words, frames["capital"])
    opener = fill(opening, people, rng)
    closer = fill(closing, people, rng).strip().replace(" .", ".")
    return " ".join(part for part in (raise_first(opener.strip()), words, raise_first(closer)) if part)


def _list_frames(frames: list[str], named: bool) -> list[str]:
    return [frame for frame in frames if not (named and "{" in frame)]


def _slip(text: str, rng: random.Random) -> str:
    """Swaps two neighbouring letters within one longer word, never in a slot's name."""
    spots = list(re.finditer(r"(?<![{\w])[a-zäöü]{5,}(?![}\w])", text))
    if not spots:
        return text
    word = rng.choice(spots)
    at = rng.randrange(word.start() + 1, word.end() - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
