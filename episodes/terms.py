"""Search terms of a document: compounds, phrases of two words, names and codes, not everyday words."""

import re
from collections.abc import Callable, Iterator

from episodes.indexing.store import Document
from episodes.language import content_words
from episodes.sentences import split_sentences

PHRASE = re.compile(
    r"\b(?:[Tt]he|[Aa]n?|of|per|[Ee]ach|[Ee]very) "
    r"((?:[a-z][a-z-]{3,} )?[a-z][a-z-]{4,})"
    r"(?=[.,;:)]| (?:is|are|and|or|of|was|were|may|must|has|have|can|will)\b)"
)
NAME = re.compile(r"(?<=[a-z,] )([A-Z][a-z]{2,} [A-Z][a-z]{2,})\b(?! [A-Z])")
NOUN = re.compile(
    r"\b(?i:der|die|das|den|dem|ein|eine|einen|einem|einer|jede[mnrs]?|am|im|zum|zur|vom|beim|und|oder|für|ohne"
    r"|über|unter|pro|je|als|mit|wegen|durch) ([A-ZÄÖÜ][a-zäöüß]{7,})\b"
)
CODE = re.compile(r"(?<![\w-])([A-Z]{1,5}-?\d{1,5}[A-Z]?)(?![\w-])")
PLAIN_TEXT = """
other last least next first second third fourth fifth sixth equal same whole full only single written
each every following previous own early late half building buildings capacity comparison arrival
department departments connection installation number numbers question questions problem problems
company kilometre kilometres percent minutes month months quarter quarters morning evening afternoon
author authors someone nobody anything everything something nothing person persons people colleague colleagues
customer customers centimetres millimetres degrees correctness eight nine seven three five
Stunden Minuten Sekunden Monate Monaten Kilogramm Zentimeter Millimeter Kilometer Prozent September
November Dezember Dienstag Mittwoch Donnerstag Samstag Personen Menschen Arbeitstage Arbeitstagen
Kolleginnen Kollegen Deutschland Ergebnisse Änderung Änderungen Maßnahmen Unternehmen Beispiel
Zustimmung Abwesenheit Gespräch Gespräche Richtlinie Verbrauch Mitternacht Vergleich Bestellung
Bestellungen Belegschaft Mitarbeiter Mitarbeiterin Monatsende Wochenende Wochentag Kalendertag
"""
PLAIN = frozenset(PLAIN_TEXT.lower().split())
"""Words that nobody looks up."""
RARE = 3
"""A term's last word stands in at most so many chunks of the workspace."""
SHORTEST = 8
"""Of a term of one word."""


def find_terms(document: Document, count: Callable[[str], int]) -> list[str]:
    """Terms in the order of the text; `count` tells how many chunks of the workspace hold a word."""
    found = dict.fromkeys(_match(document))
    return [words for words in found if _is_telling(words) and count(content_words(words)[-1]) <= RARE]


def _match(document: Document) -> Iterator[str]:
    patterns = (NOUN, CODE) if document.language == "de" else (PHRASE, NAME, CODE)
    for sentence in split_sentences(document.text):
        text = " ".join(sentence.text.split())
        for pattern in patterns:
            yield from pattern.findall(text)


def _is_telling(words: str) -> bool:
    parts = words.split()
    if not content_words(words) or any(part.lower() in PLAIN for part in parts):
        return False
    return len(parts) > 1 or len(words) >= SHORTEST or CODE.fullmatch(words) is not None
