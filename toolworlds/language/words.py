"""Words: names of tools and fields taken apart, lists joined, first letters raised and lowered."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_KEEPS_ITS_CAPITAL = re.compile(r"I\b|[A-Z]{2}|[A-Z]\d")


def gather(words: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(words.split())


_NOT_ENDING_IN_ID = gather(
    "paid unpaid valid invalid grid android covid fluid hybrid solid avoid rapid liquid humid asteroid "
    "plaid druid steroid mermaid polaroid orchid timid vivid stupid squid raid braid acid"
)


@lru_cache(maxsize=65536)
def split_name(name: str) -> tuple[str, ...]:
    """Lower-case words of `snake_case`, `kebab-case`, `camelCase` and plain text; accents fall away."""
    words = _WORD.findall(_HUMPS.sub(" ", drop_accents(name)).lower())
    return tuple(part for word in words for part in _part_id(word))


def drop_accents(text: str) -> str:
    """`Málaga` as `Malaga`; letters of other scripts stay."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def _part_id(word: str) -> list[str]:
    """`hotelid` is `hotel id`."""
    if len(word) > 4 and word.endswith("id") and word not in _NOT_ENDING_IN_ID:
        return [word[:-2], "id"]
    return [word]


def join_words(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def raise_first(text: str) -> str:
    """With a capital at its start, the rest as it is."""
    return text[:1].upper() + text[1:]


def lower_first(text: str, names: Collection[str] = ()) -> str:
    """As it continues a sentence; `I`, abbreviations and first words that are `names` keep their capital."""
    first = text.split(" ", 1)[0].rstrip(",:")
    if first in names or _KEEPS_ITS_CAPITAL.match(text):
        return text
    return text[:1].lower() + text[1:]
