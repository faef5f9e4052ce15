"""Values of replies become facts that a person would say."""

import pytest

from conversations.execution.fields import Field
from conversations.execution.shapes import Leaf
from conversations.generation.facts import word_fact
from toolworlds.catalogue.value_kinds import read_value_kind
from toolworlds.records.base import Json
from toolworlds.records.catalogues import ValueType


def word(name: str, type_: ValueType, value: Json, text: str) -> str:
    field = Field(name, type_, read_value_kind(name, type_))
    return word_fact(Leaf(name, field), value, text)


@pytest.mark.parametrize(
    ("name", "value", "fact"),
    [
        ("hasSpoilers", True, "with spoilers"),
        ("hasSpoilers", False, "no spoilers"),
        ("isReleased", True, "released"),
        ("is_eu", False, "not EU"),
        ("wheelchairAccessible", False, "not wheelchair accessible"),
        ("signatureRequired", False, "no signature required"),
        ("success", True, ""),
        ("is_active", True, ""),
    ],
)
def test_flags_are_words(name: str, value: bool, fact: str) -> None:
    """No flag is said as `is released: yes`; what a reply says anyway is not said at all."""
    assert word(name, "boolean", value, "yes") == fact


@pytest.mark.parametrize(
    ("name", "value", "fact"),
    [
        ("goals", 6, "6 goals"),
        ("goals", 1, "1 goal"),
        ("voteCount", 21903, "21903 votes"),
        ("numberOfExchanges", 41, "41 exchanges"),
        ("spotsLeft", 1, "1 spot left"),
        ("total", 7, "7 in total"),
        ("processed", 90, "90 processed"),
        ("shirtNumber", 8, "shirt number 8"),
        ("readyInMinutes", 45, "ready in 45"),
        ("duration", 45, "45"),
        ("year", 1871, "1871"),
    ],
)
def test_numbers_stand_with_what_they_count(name: str, value: int, fact: str) -> None:
    """`vote count 21,903` is 21,903 votes."""
    assert word(name, "integer", value, str(value)) == fact


@pytest.mark.parametrize(
    ("name", "value", "fact"),
    [
        ("birthDate", "4 March 1871", "born 4 March 1871"),
        ("releaseDate", "2 May", "released 2 May"),
        ("date", "2 May", "2 May"),
        ("address", "83 Old Park Road, Cape Town", "83 Old Park Road, Cape Town"),
        ("author", "Lena Moss", "by Lena Moss"),
        ("venue_status_text", "open", "venue status open"),
        ("tagline", "Nothing ever grows in silence.", 'tagline "Nothing ever grows in silence"'),
    ],
)
def test_texts_and_days(name: str, value: str, fact: str) -> None:
    """Days by what happened then, sentences in quotes."""
    assert word(name, "string", value, value) == fact
