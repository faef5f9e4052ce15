"""Small English: articles, plurals, lists of words, first letters."""

import re
from collections.abc import Sequence

VOWEL_SOUNDS = re.compile(r"(?i)(?!uni|use|eur|one)[aeiou]|(?-i:[FLMNRSX][A-Z0-9])|hour|honou?r")
ALWAYS_CAPITAL = re.compile(r"I\b|[A-Z]{2}|[A-Z]\d")

AFTER_HEAD = re.compile(
    r" (?:of|in|at|to|per|by|for|from|on|with|without|under|a|an|it)\b"
    r"| (?:\w+ed|taken|left|held|sold|ahead|due|given|spent|free)$"
)
"""What may follow the head of a noun phrase."""


def with_article(noun: str) -> str:
    """`a lot`, `an order`."""
    return f"{'an' if VOWEL_SOUNDS.match(noun) else 'a'} {noun}"


def make_singular(plural: str) -> str:
    """`case`, `copy`, `box`; a word that is singular already stays as it is."""
    if plural.endswith("ies"):
        return f"{plural.removesuffix('ies')}y"
    return plural.removesuffix("es" if plural.endswith(("xes", "ches", "shes", "sses")) else "s")


def join_words(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def capitalise(sentence: str) -> str:
    """The sentence with a capital at its start, the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def lower_first(sentence: str) -> str:
    """The sentence as it continues another one: `I` and abbreviations keep their capitals."""
    return sentence if ALWAYS_CAPITAL.match(sentence) else sentence[:1].lower() + sentence[1:]


def is_plural(phrase: str) -> bool:
    """Whether a phrase such as `open pick tasks` or `seats taken` looks like a plural: its head ends in s."""
    head = AFTER_HEAD.split(phrase)[0]
    return head.endswith("s") and not head.endswith(("ss", "us", "is"))
