"""Kinds of values: what a city, a price or a date is told by."""

import pytest

from toolworlds.catalogue.value_kinds import read_value_kind
from toolworlds.records.base import Json
from toolworlds.records.catalogues import ValueType


@pytest.mark.parametrize(
    ("name", "type_", "example", "kind"),
    [
        ("emails", "array", None, "email"),
        ("ip", "string", None, "ip"),
        ("sign2", "string", None, "zodiac"),
        ("season", "number", None, "year"),
        ("keywords", "string", None, "query"),
        ("deathDate", "string", None, "past_date"),
        ("voteAverage", "number", 7.4, "rating"),
        ("bodyPart", "string", None, "other"),
        ("body", "string", None, "text"),
        ("adults1", "number", None, "people"),
        ("lang", "string", "en", "language_code"),
        ("lang", "string", None, "language"),
        ("country", "string", "PT", "country_code"),
        ("country", "string", "Portugal", "country"),
    ],
)
def test_kinds_of_names(name: str, type_: ValueType, example: Json, kind: str) -> None:
    """Plurals are of the kind of their singular; two letters where a word might stand are a code."""
    assert read_value_kind(name, type_, example=example) == kind
