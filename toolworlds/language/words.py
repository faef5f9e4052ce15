"""Words: names of tools and fields taken apart, lists joined, first letters raised and lowered."""

import re
import unicodedata
from collections.abc import Collection, Container, Sequence
from functools import lru_cache

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[^\W_]+(?:(?:(?<=\d)[.,:/](?=\d)|(?<=\d)[-_]|[-_](?=\d))[^\W_]+)*")
_DASHES = re.compile(r"[‐‑‒–—−]")
_HISSING = re.compile(r"(?:ss|x|zz|[cs]h|o)es$")
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


def straighten(text: str) -> str:
    """With plain hyphens for dashes of all kinds."""
    return _DASHES.sub("-", text)


@lru_cache(maxsize=4096)
def to_words(text: str) -> str:
    """The words without case, accents and punctuation, between spaces: `in_transit` is ` in transit `.

    A token with digits stays whole (`12.5`, `inv-2031`), so that no part of it is taken for a word.
    """
    plain = drop_accents(straighten(text)).casefold()
    return f" {' '.join(token.replace('_', '-') for token in _TOKEN.findall(plain))} "


def _part_id(word: str) -> list[str]:
    """`hotelid` is `hotel id`."""
    if len(word) > 4 and word.endswith("id") and word not in _NOT_ENDING_IN_ID:
        return [word[:-2], "id"]
    return [word]


def join_words(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def base_form(verb: str, known: Container[str] = ()) -> str:
    """`find` of `finds`, `search` of `searches`: the form that is known, else the likely one."""
    forms = [verb.removesuffix(ending) for ending in ("s", "es") if verb.endswith(ending)]
    forms += [f"{verb[:-3]}y"] if verb.endswith("ies") else []
    return next((form for form in forms if form in known), _guess_base(verb))


def _guess_base(verb: str) -> str:
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    if verb.endswith(("ss", "us", "is")):
        return verb
    return verb.removesuffix("es" if _HISSING.search(verb) else "s")


def raise_first(text: str) -> str:
    """With a capital at its start, the rest as it is."""
    return text[:1].upper() + text[1:]


def lower_first(text: str, names: Collection[str] = ()) -> str:
    """As it continues a sentence; `I`, abbreviations and first words that are `names` keep their capital."""
    first = text.split(" ", 1)[0].rstrip(",:")
    if first in names or _KEEPS_ITS_CAPITAL.match(text):
        return text
    return text[:1].lower() + text[1:]


def write_email(name: str, ending: str = "com") -> str:
    """An address made of a name, at a domain that is reserved for examples."""
    plain = drop_accents(name.replace("ø", "o").replace("ı", "i")).encode("ascii", "ignore").decode()
    return f"{re.sub('[^a-z0-9]+', '.', plain.lower()).strip('.')}@example.{ending}"
