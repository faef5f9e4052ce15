"""One value of a reply as a fact in words: `rated 4.5`, `6 goals`, `born 4 March 1871`, `not available`."""

import re

from conversations.execution.shapes import Leaf
from conversations.generation.spelling import plain_name
from toolworlds.language.nouns import to_plural, to_singular
from toolworlds.language.words import gather, split_name
from toolworlds.records.base import Json

_BARE = frozenset(["condition", "cuisine", "genre", "address", "city", "category", "message"])
"""Kinds that are said without their name."""
_WHEN = {
    "birth": "born", "born": "born", "death": "died", "release": "released", "released": "released",
    "publish": "published", "publication": "published", "published": "published", "creation": "created",
    "created": "created", "update": "updated", "updated": "updated", "expiry": "expires",
    "expiration": "expires", "check in": "check-in on", "check out": "check-out on",
}  # fmt: skip
"""What days are called by the first words of their names."""
_MOMENTS = gather(
    "departure arrival start end pickup dropoff opening closing delivery return due kickoff boarding ex order"
)
"""What needs no `time` or `date` behind it."""
_LEFT = gather("left available remaining needed")
_LENGTHS = gather("duration runtime total travel estimated length time")
_MAKERS = frozenset(["author", "director", "artist", "composer", "writer", "by"])
_SAID_ANYWAY = gather(
    "success ok status done completed confirmed cancelled canceled deleted removed updated created active "
    "error found"
)
_SENTENCE = 4
"""Words from which on a text is quoted."""


def word_fact(leaf: Leaf, value: Json, text: str) -> str:
    """The fact, of the value as it is spelled; empty where it is not worth its words."""
    name = plain_name(leaf.name)
    if isinstance(value, bool):
        return _word_flag(leaf.name, value)
    if leaf.kind == "money":
        return _word_money(name, text)
    if leaf.kind == "rating":
        return f"{text} stars" if leaf.name == "stars" else f"rated {text}"
    if leaf.kind in ("moment", "date", "time", "past_date"):
        return _word_day(name, text)
    if leaf.kind == "minutes":
        words = [word for word in name.split() if word not in ("minutes", "minute", "min", "mins")]
        return text if not words or set(words) <= _LENGTHS else f"{' '.join(words)} {text}"
    if leaf.kind in ("address", "city") or (leaf.kind in _BARE and len(text.split()) < _SENTENCE):
        return text
    if isinstance(value, int):
        return _word_number(leaf, name, text)
    return _word_text(leaf, name, text)


def _word_text(leaf: Leaf, name: str, text: str) -> str:
    told = text.rstrip(".")
    length = len(text.split())
    if length > 1 and (leaf.kind in ("text", "message") or (leaf.kind in _BARE and length >= _SENTENCE)):
        return f'"{told}"'
    if length >= _SENTENCE and any(word[0].islower() for word in text.split()):
        return f'{name} "{told}"'
    words = name.split()
    if leaf.kind == "person" and words[0] in _MAKERS:
        return f"by {text}"
    if len(words) > 1 and words[-1] in ("name", "names"):
        name = " ".join(words[:-1])
    return text if not set(split_name(leaf.name)).isdisjoint(text.split()) else f"{name} {told}"


def _word_flag(name: str, value: bool) -> str:
    """`has_spoilers` as `with spoilers`, `isReleased` as `released`; what a reply says anyway is left out."""
    words = list(split_name(name))
    if set(words) & _SAID_ANYWAY and len(words) <= 2:
        return ""
    verb = words[0] if len(words) > 1 and words[0] in ("is", "has", "was", "are", "can") else ""
    said = plain_name("_".join(words[1:] if verb else words))
    if verb == "has":
        return f"with {said}" if value else f"no {said}"
    if verb == "can":
        return f"can {said}" if value else f"cannot {said}"
    if value:
        return said
    several = len(words) - bool(verb) > 1 and words[-1].endswith("ed")
    return f"no {said}" if several or words[-1] in ("found", "proxy", "tor", "vpn") else f"not {said}"


def _word_day(name: str, text: str) -> str:
    if name in ("date", "time", "date and time", "day", "current date"):
        return text
    for words, said in _WHEN.items():
        if name == words or name.startswith(f"{words} "):
            return f"{said} {text}"
    short = name.removesuffix(" at").removesuffix(" time").removesuffix(" date")
    if name.endswith(" at"):
        return f"{short} {text}"
    return f"{short if set(short.split()) & _MOMENTS else name} {text}"


def _word_number(leaf: Leaf, name: str, text: str) -> str:
    """`6 goals`, `21,903 votes`, `shirt number 12`."""
    words = name.split()
    if not words:
        return text
    if words == ["total"]:
        return f"{text} in total"
    if leaf.kind == "year":
        return text if words == ["year"] else f"{' '.join(words)} {text}"
    if len(words) > 1 and words[-1] in ("count", "total"):
        words = [*words[:-2], to_plural(words[-2])]
    elif split_name(leaf.name)[:2] == ("number", "of") or to_singular(words[-1]) != words[-1]:
        pass
    elif (len(words) == 1 and words[0].endswith("ed")) or words[-1] in _LEFT:
        one = [to_singular(words[0]), *words[1:]] if text in ("1", "one") else words
        return f"{text} {' '.join(one)}"
    else:
        return f"{name} {text}"
    if text in ("1", "one"):
        words[-1] = to_singular(words[-1])
    return f"{text} {' '.join(words)}"


def _word_money(name: str, text: str) -> str:
    words = [word for word in name.split() if word not in ("price", "amount", "cost", "usd", "eur")]
    if not words:
        return text if re.search(r"[^\d.,]", text) else f"{name} {text}"
    if words[0] == "per":
        return f"{text} {' '.join(words)}"
    return f"{text} in total" if words == ["total"] else f"{' '.join(words)} {text}"
