"""Phrases with places, read from `phrases/*.yml`, and how their places are filled.

    (find|look up) hotels[ in {city}][ for {guests}]

One of `(a|b)` is taken; a part in brackets stands only if all its places can be filled; what is counted
stands in the singular behind a 1.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import yaml

from toolworlds.language.nouns import to_singular
from toolworlds.records.base import Json

FOLDER = Path(__file__).parent / "phrases"
_CHOICE = re.compile(r"\(([^()\[\]]*\|[^()\[\]]*)\)")
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_PLACE = re.compile(r"\{(\w+)\}")
_COUNTED = re.compile(r"(\bare )?\{(\w+)\} ((?:[a-z]+ )?)([a-z]+s)\b")
_PLACE_AND_STOP = re.compile(r"\{(\w+)\}(\.?)")


@cache
def load_phrases(name: str) -> Json:
    """What one file of phrases holds."""
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CBaseLoader)


@lru_cache(maxsize=65536)
def list_places(template: str, *, needed: bool = False) -> frozenset[str]:
    """The names of a template's places; `needed`: only those outside of brackets."""
    return frozenset(_PLACE.findall(_OPTION.sub("", template) if needed else template))


@lru_cache(maxsize=65536)
def list_filled(template: str, known: frozenset[str]) -> frozenset[str]:
    """The places that are filled when these are known: outside of brackets, and in brackets that stand."""
    options = (frozenset(_PLACE.findall(option)) for option in _OPTION.findall(template))
    return list_places(template, needed=True).union(*(names for names in options if names <= known))


@dataclass(slots=True)
class Voice:
    """One speaker, who does not say the same phrase twice while there are others."""

    rng: random.Random
    _used: set[str] = field(default_factory=set)

    def choose(self, templates: Sequence[str]) -> str:
        """One of the templates, a new one if there is any."""
        chosen = self.rng.choice([t for t in templates if t not in self._used] or templates)
        if chosen:
            self._used.add(chosen)
        return chosen

    def say(self, templates: Sequence[str], **places: str) -> str:
        """One of the templates whose needed places are known, filled; nothing if there is none."""
        fitting = [t for t in templates if list_places(t, needed=True) <= places.keys()]
        return fill(self.choose(fitting), places, self.rng) if fitting else ""


def fill(template: str, places: Mapping[str, str], rng: random.Random) -> str:
    """The template with its choices taken and its places filled; a value is never read as a template."""
    text = template
    while option := _OPTION.search(text):
        stands = all(name in places for name in _PLACE.findall(option[1]))
        text = text[: option.start()] + (option[1] if stands else "") + text[option.end() :]
    while choice := _CHOICE.search(text):
        text = text[: choice.start()] + rng.choice(choice[1].split("|")) + text[choice.end() :]
    text = _COUNTED.sub(lambda m: _count_one(m) if places[m[2]] == "1" else m[0], text)
    return _PLACE_AND_STOP.sub(lambda place: _join_stop(places[place[1]], place[2]), text)


def _count_one(counted: re.Match[str]) -> str:
    """`are {count} free rooms` of a single one."""
    return f"{'is ' if counted[1] else ''}{{{counted[2]}}} {counted[3]}{to_singular(counted[4])}"


def _join_stop(value: str, stop: str) -> str:
    """A value and the stop behind it, unless the value has a mark of its own."""
    return value if value[-1:] in (".", "!", "?") else value + stop
