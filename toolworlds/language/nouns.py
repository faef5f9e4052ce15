"""Nouns: singular and plural, `a` or `an`, and whether two nouns are forms of one.

A noun may be a phrase (`lot of beans`) or a part of a name (`stock_lot`): the word that changes is its head,
the last one before `of` and the like.
"""

import re
from functools import cache, lru_cache

from pluralizer import Pluralizer

_PAIRS = """
    datum data, medium media, medium mediums, basis bases, base bases, axe axes, ax axes, axis axes,
    leave leaves, leaf leaves, stave staves, staff staves, staff staff, index indices, index indexes,
    schema schemata, schema schemas, formula formulae, formula formulas, antenna antennae, antenna antennas,
    larva larvae,
    corpus corpuses, corpus corpora, focus foci, focus focuses, virus viri, virus viruses, octopus octopi,
    octopus octopuses, spectrum spectra, quantum quanta, gymnasium gymnasia, criterion criterias,
    criterion criteria, die dice, die dies, cache caches, selfie selfies, hoodie hoodies, veto vetoes,
    bias biases, lens lenses, waltz waltzes, excuse excuses, guru gurus, bus buses, process processes,
    poi pois, api apis, kpi kpis, cpu cpus, gpu gpus
"""
"""What the library lacks or has in a rarer form. Of two pairs that share a word the later one is meant."""
_SAME = """
    data metadata media species means crossroads physics mathematics maths economics electronics logistics
    ethics gymnastics robotics genetics texas always perhaps besides this his
"""
"""Words that have one form, and words that are no nouns but end like plurals."""
_ONLY_PLURAL = "goods pants trousers sunglasses viscera premises police"
_PLURAL_ENDINGS = (
    (re.compile(r"ies$"), ("y", "ie")),
    (re.compile(r"ves$"), ("f", "fe", "ve")),
    (re.compile(r"(?<=[sxzo])es$|(?<=[cs]h)es$"), ("", "e")),
    (re.compile(r"(?<=s)es$"), ("is",)),
    (re.compile(r"(?<!s)s$"), ("",)),
)
"""Endings of plurals, and what may stand in their place in the singular."""

_PREPOSITIONS = "of|in|at|to|per|by|for|from|on|with|without|under|a|an|it"
_AFTER_HEAD = re.compile(
    rf"(?i) (?:{_PREPOSITIONS})\b"
    r"| (?:\w{2,}[^e\W]ed|used|taken|left|held|sold|given|spent|free|similar|available|close|open|due"
    rf"|ahead|nearby|inside|online|aboard)(?=$| (?:{_PREPOSITIONS})\b)"
)
"""What may follow the head of a noun phrase."""

_VOWEL_SOUND = re.compile(
    r"(?!one(?!r)|once|eu|ewe|u(?:k|ga|r[aeiou]|uid|rl|i?d?\b|sb|fo\b|biq|nanim|t[eio]|s[aeu]|ni(?!n|m|de|ss|r)))[aeiou]"
    r"|hour|honou?r|honest|heir|8|1[18](?!\d)"
)
"""How a word in lower case starts that is spoken with a vowel: `hour` and `18`, not `user` or `one`."""
_LETTERS = "aefhilmnorsx"
"""Letters whose names start with a vowel."""
_READ_AS_WORDS = frozenset({"NASA", "NATO", "LAN", "RAM", "ROM", "SIM", "NAS", "SKU"})
_INITIALS = re.compile(r"[A-Z]{2,}s?")


def to_singular(noun: str) -> str:
    """The most likely singular: `movie`, `series`, `analysis`; a singular stays as it is."""
    before, head, after = _split(noun)
    return before + _to_singular(head) + after


def to_plural(noun: str) -> str:
    """`cities`, `addresses`, `people`; a plural, and nothing, stays as it is."""
    before, head, after = _split(noun)
    return before + _to_plural(head) + after


def readings(noun: str) -> frozenset[str]:
    """What a noun may be in the singular, itself among them: `bases` is `bases`, `base` or `basis`."""
    before, head, after = _split(noun.lower())
    return frozenset(before + word + after for word in _read_word(head))


def same_noun(one: str, other: str) -> bool:
    """Whether any reading of one noun is a reading of the other: `movies`, `movie` and `movy`."""
    return not readings(one).isdisjoint(readings(other))


def is_plural(phrase: str) -> bool:
    """Whether the head of a noun phrase is a plural: `open pick tasks`, `seats taken`, `people`."""
    _, last, _ = _split(phrase)
    return _to_singular(last) != last or last in _ONLY_PLURAL.split()


def with_article(noun: str) -> str:
    """`a lot`, `an order`, `an hour`, `a user`, `an MRI`, `an 8 kg box`."""
    return f"{'an' if starts_with_vowel(noun) else 'a'} {noun}"


def starts_with_vowel(words: str) -> bool:
    """Whether the first sound is a vowel."""
    word = re.match(r"[^\W_]*", words)
    first = word[0] if word else ""
    if _is_read_by_letters(first):
        return first[0].lower() in _LETTERS
    return _VOWEL_SOUND.match(words.lower()) is not None


def _is_read_by_letters(word: str) -> bool:
    """`SMS`, `html`, `X`, `F4`, `LED`; neither `NASA` nor `HOTEL`."""
    if not word or word[0].isdigit() or word in _READ_AS_WORDS:
        return False
    pronounceable = re.match(r"[^aeiouy\d]?[aeiouy]|s[^\d]*[aeiouy]", word.lower())
    short = len(word) == 1 or (word.isupper() and len(word) <= 3)
    return short or not re.search("[aeiouy]", word.lower()) or (word.isupper() and not pronounceable)


def _split(noun: str) -> tuple[str, str, str]:
    """What stands before the word that changes, this word, and what follows it."""
    follows = _AFTER_HEAD.search(noun)
    end = follows.start() if follows else len(noun)
    start = max(noun.rfind(mark, 0, end) for mark in " _-") + 1
    return noun[:start], noun[start:end], noun[end:]


@lru_cache(maxsize=65536)
def _to_singular(word: str) -> str:
    if _INITIALS.fullmatch(word):  # `URL`, `URLs`
        return word.removesuffix("s")
    if len(word) <= 3 and word.endswith("s"):  # `gas`, `bus`, `dns`
        return word
    return _rules().singular(word)


@lru_cache(maxsize=65536)
def _to_plural(word: str) -> str:
    if not word or _to_singular(word) != word:
        return word
    return f"{word}s" if _INITIALS.fullmatch(word) else _rules().plural(word)


@lru_cache(maxsize=65536)
def _read_word(word: str) -> frozenset[str]:
    paired = [one for one, many in _list_pairs() if many == word]
    stems = [
        ending.sub(replacement, word)
        for ending, replacements in _PLURAL_ENDINGS
        if len(word) > 3 and ending.search(word)
        for replacement in replacements
    ]
    return frozenset([word, _to_singular(word), *paired, *stems])


@cache
def _rules() -> Pluralizer:
    rules = Pluralizer()  # type: ignore[no-untyped-call] # the library annotates all but this
    for one, many in [*_list_pairs(), *((word, word) for word in f"{_SAME} {_ONLY_PLURAL}".split())]:
        rules.add_irregular_rule(one, many)
    return rules


@cache
def _list_pairs() -> list[tuple[str, str]]:
    return [(one, many) for one, many in map(str.split, _PAIRS.split(","))]
