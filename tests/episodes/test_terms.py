"""Search terms: what somebody would look up."""

import pytest

from episodes.indexing.store import Document
from episodes.terms import find_terms


def list_terms(text: str, language: str, count: int = 1) -> list[str]:
    return find_terms(Document("id", "T", "t.md", "markdown", language, text), lambda word: count)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The reference barometer is sent away. The room is kept dry.", ["reference barometer"]),
        ("Low voltage is reported as code E22. The pack LP-7 is new.", ["E22", "LP-7"]),
        ("It was led by Maren Tideswell in spring.", ["Maren Tideswell"]),
        ("The second building is closed. Each quarter, the author merges.", []),
        ("Nobody knows the matter. The child is ill.", []),
    ],
)
def test_english_terms(text: str, terms: list[str]) -> None:
    """Phrases, codes and names; no everyday words, no short ones."""
    assert list_terms(text, "en") == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Der Schaumlöscher hängt im Flur.", ["Schaumlöscher"]),
        ("Die Farbe des Gehäuses ist gelb. Am Dienstag ist frei.", []),
        ("Unterspannung wird als Code E23 gemeldet.", ["E23"]),
    ],
)
def test_german_terms(text: str, terms: list[str]) -> None:
    """Compounds in a form that stands alone, no genitives, no weekdays."""
    assert list_terms(text, "de") == terms


def test_what_stands_everywhere_is_no_term() -> None:
    """A term must tell few places from the rest."""
    assert list_terms("The reference barometer is sent away.", "en", count=9) == []
