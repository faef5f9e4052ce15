r"""Templates of phrases, and the files that hold them.

    [Find|Look up] hotels< in {city}>< for {guests} guests>.

`{city}`          a place: what stands for it, which is never read as a template
`{City}` `{CITY}` the same with a capital at its start, or at the start of each of its words
`[a|b]`           a choice: one of its ways is taken; brackets without a bar are brackets
`< in {city}>`    an optional part: it stands if all of its places are known
`\[`              a mark behind a backslash is plain text

Parts may stand within each other. `are {count} rooms` is `is 1 room` where the count is 1, and a value that
ends in a mark swallows the full stop behind it.
"""

import random
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from toolworlds.language.nouns import to_singular
from toolworlds.language.words import raise_first
from toolworlds.records.base import Json

_TOKEN = re.compile(r"\\[][\\<>{}|]|\{[A-Za-z_][\w.]*\}|[^][\\<>{}|]+|.", re.DOTALL)
_MARKS = re.compile(r"[][\\<>{}|]")
_THINGS = re.compile(r"^ ((?:[a-z]+ )?)([a-z]+s)\b")
_ARE = re.compile(r"\bare $")


@dataclass(frozen=True, slots=True)
class _Place:
    name: str

    @property
    def key(self) -> str:
        """The name of the value, whatever capitals it is to have."""
        return self.name.lower() if self.name.isupper() else self.name[0].lower() + self.name[1:]

    def take(self, places: Mapping[str, object]) -> str:
        value = str(places[self.key])
        if self.name == self.key:
            return value
        return " ".join(map(raise_first, value.split())) if self.name.isupper() else raise_first(value)


@dataclass(frozen=True, slots=True)
class _Option:
    parts: "_Parts"

    def stands(self, known: Container[str]) -> bool:
        return all(key in known for key in _list_keys(self.parts, lambda option: False))


@dataclass(frozen=True, slots=True)
class _Alternatives:
    ways: "Sequence[_Parts]"


_Parts = Sequence[str | _Place | _Option | _Alternatives]


@cache
def read_phrases(path: Path) -> Json:
    """What a file of phrases holds."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@lru_cache(maxsize=65536)
def list_places(template: str, *, needed: bool = False) -> frozenset[str]:
    """The names of a template's places; `needed`: only those outside of optional parts."""
    return frozenset(_list_keys(_parse(template), lambda option: not needed))


@lru_cache(maxsize=65536)
def list_filled(template: str, known: frozenset[str]) -> frozenset[str]:
    """The places that are filled when these are known: those of optional parts only where they stand."""
    return frozenset(_list_keys(_parse(template), lambda option: option.stands(known)))


def fill(template: str, places: Mapping[str, object], rng: random.Random | None = None) -> str:
    """The template with its choices taken by the dice, if it has any, and its places filled."""
    parts = _resolve(_parse(template), places, rng)
    said = ""
    for number, part in enumerate(parts):
        if isinstance(part, str):
            said += part
            continue
        value, behind = part.take(places), parts[number + 1 : number + 2]
        if behind and isinstance(behind[0], str):
            parts[number + 1] = _agree(value, behind[0])
            if value == "1" and parts[number + 1] != behind[0]:
                said = _ARE.sub("is ", said)
        said += value
    return said


def choose(rng: random.Random, templates: Sequence[str], **places: object) -> str:
    """One of the templates, filled."""
    return fill(rng.choice(templates), places, rng)


def expand(template: str, rng: random.Random) -> str:
    """The template with its choices taken and its optional parts standing: one of places and plain text."""
    parts = _resolve(_parse(template), None, rng)
    return "".join(escape(part) if isinstance(part, str) else f"{{{part.name}}}" for part in parts)


def escape(text: str) -> str:
    """The text as a template of plain text."""
    return _MARKS.sub(r"\\\g<0>", text)


@lru_cache(maxsize=65536)
def _parse(template: str) -> _Parts:
    """Raises ValueError for an optional part without its beginning or end."""
    (parts,), _ = _read_ways(iter(_TOKEN.findall(template)), "")
    return parts


def _read_ways(
    tokens: Iterator[str], closing: str
) -> tuple[list[list[str | _Place | _Option | _Alternatives]], bool]:
    """What stands up to the closing mark, between bars if that is a bracket; and whether it was found."""
    ways: list[list[str | _Place | _Option | _Alternatives]] = [[]]
    for token in tokens:
        if token == closing:
            return ways, True
        if token == "[":
            inner, closed = _read_ways(tokens, "]")
            if closed and len(inner) > 1:
                ways[-1].append(_Alternatives(inner))
            else:
                plain = [part for way in inner for part in ("|", *way)][1:]
                ways[-1] += ["[", *plain, "]" if closed else ""]
        elif token == "<":
            (option,), closed = _read_ways(tokens, ">")
            if not closed:
                raise ValueError("a template has a < without its >")
            ways[-1].append(_Option(option))
        elif token == ">":
            raise ValueError("a template has a > without its <")
        elif token == "|" and closing == "]":
            ways.append([])
        elif len(token) > 2 and token[0] == "{":
            ways[-1].append(_Place(token[1:-1]))
        else:
            ways[-1].append(token[1:] if len(token) == 2 and token[0] == "\\" else token)
    return ways, not closing


def _list_keys(parts: _Parts, stands: Callable[[_Option], bool]) -> Iterator[str]:
    """The names of all places, those of optional parts only where they stand."""
    for part in parts:
        if isinstance(part, _Place):
            yield part.key
        elif isinstance(part, _Alternatives):
            for way in part.ways:
                yield from _list_keys(way, stands)
        elif isinstance(part, _Option) and stands(part):
            yield from _list_keys(part.parts, stands)


def _resolve(parts: _Parts, known: Container[str] | None, rng: random.Random | None) -> list[str | _Place]:
    """Places and the plain text between them; None knows all places. Inner choices are taken first."""
    resolved: list[str | _Place] = []
    for part in parts:
        if isinstance(part, _Alternatives):
            if rng is None:
                raise ValueError("a template with choices needs dice")
            resolved += rng.choice([_resolve(way, known, rng) for way in part.ways])
        elif isinstance(part, _Option):
            if known is None or part.stands(known):
                resolved += _resolve(part.parts, known, rng)
        else:
            resolved.append(part)
    return _join_texts(resolved)


def _join_texts(parts: Sequence[str | _Place]) -> list[str | _Place]:
    joined: list[str | _Place] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _agree(value: str, behind: str) -> str:
    """What stands behind a value: in the singular where that is 1, without a stop where it has a mark."""
    if value == "1":
        return _THINGS.sub(lambda found: f" {found[1]}{to_singular(found[2])}", behind, count=1)
    return behind[1:] if behind.startswith(".") and value[-1:] in (".", "!", "?") else behind
