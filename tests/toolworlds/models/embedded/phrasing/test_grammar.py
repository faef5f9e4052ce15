"""Small English."""

import pytest

from toolworlds.models.embedded.phrasing.grammar import (
    is_plural,
    join_words,
    lower_first,
    make_singular,
    with_article,
)


@pytest.mark.parametrize(
    ("noun", "phrase"),
    [
        ("lot", "a lot"),
        ("order", "an order"),
        ("unit", "a unit"),
        ("hour", "an hour"),
        ("MRI slot", "an MRI slot"),
        ("used car", "a used car"),
    ],
)
def test_articles_go_by_sound(noun: str, phrase: str) -> None:
    """`a unit`, `an hour`."""
    assert with_article(noun) == phrase


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_end_with_and(words: list[str], text: str) -> None:
    """Commas between, `and` before the last."""
    assert join_words(words) == text


@pytest.mark.parametrize(
    ("sentence", "continued"),
    [
        ("Find it.", "find it."),
        ("I need it.", "I need it."),
        ("I'd like it.", "I'd like it."),
        ("EUR 5 is due.", "EUR 5 is due."),
    ],
)
def test_sentences_that_go_on_another(sentence: str, continued: str) -> None:
    """`I` and abbreviations keep their capitals."""
    assert lower_first(sentence) == continued


@pytest.mark.parametrize(
    ("phrase", "plural"),
    [
        ("open pick tasks", True),
        ("date of the last count", False),
        ("address", False),
        ("status", False),
        ("hours of work", True),
        ("kilos in stock", True),
        ("seats taken", True),
        ("tours ahead", True),
        ("gross weight", False),
        ("day it was raised", False),
        ("price per kilo", False),
    ],
)
def test_plurals(phrase: str, plural: bool) -> None:
    """What counts is the noun before `of`."""
    assert is_plural(phrase) is plural


@pytest.mark.parametrize(
    ("plural", "one"), [("cases", "case"), ("copies", "copy"), ("boxes", "box"), ("batches", "batch")]
)
def test_one_of_many(plural: str, one: str) -> None:
    """Endings in `ies` and after hissing sounds are their own."""
    assert make_singular(plural) == one
