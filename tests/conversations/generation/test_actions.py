"""From descriptions of endpoints to what a user says."""

import random

import pytest

from conversations.generation.actions import find_part, word_action
from conversations.generation.references import Reference
from tests.conversations.generation.corpus import build_travel_catalogue
from toolworlds.records.catalogues import Endpoint


def test_a_generic_place_gives_way_to_the_value() -> None:
    """`hotels in a city` loses its city: somebody who looks for hotels names one."""
    search: Endpoint = next(
        e for e in build_travel_catalogue().registry.endpoints if e.name == "search_hotels"
    )
    rng = random.Random(1)
    assert "city" not in word_action(search, {"city"}, rng)
    assert "city" not in word_action(search, set(), rng)
    optional = [p.model_copy(update={"required": False}) for p in search.parameters]
    assert "in a city" in word_action(search.model_copy(update={"parameters": optional}), set(), rng)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("cancel a booking", "cancel that booking"),
        ("get the booking of the user", "get that booking of the user"),
        ("look up the weather", "look up the weather for it"),
        ("cancel a booking fee", "cancel a booking fee for it"),
    ],
)
def test_references_take_the_place_of_their_noun(action: str, expected: str) -> None:
    """Only where the noun stands by itself."""
    assert Reference("it", "booking").work_in(action) == expected


def test_parts_of_a_request() -> None:
    """Names and kinds tell what a value is for."""
    assert find_part("origin_city", "city") == "origin"
    assert find_part("destination", "city") == "destination"
    assert find_part("check_out", "date", spans=True) == "end"
    assert find_part("departure_date", "date") == "date"
    assert find_part("recipient_name", "person") == "recipient"
    assert find_part("max_price", "money") == "max"
    assert find_part("min_rating", "rating") == "min_rated"
