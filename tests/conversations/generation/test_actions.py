"""From descriptions of endpoints to what a user says."""

import random

import pytest

from conversations.execution.fields import describe_parameter
from conversations.generation.actions import find_part, word_action
from conversations.generation.references import Reference
from conversations.generation.scenario import Slot
from tests.conversations.generation.corpus import build_travel_catalogue
from tests.toolworlds.catalogue.test_spans import build
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
    trip = ("origin_city", "destination", "departure_date", "recipient_name")
    assert name_parts(build(*trip)) == ["origin", "destination", "date", "recipient"]
    assert name_parts(build("check_in", "check_out")) == ["start", "end"]
    assert name_parts(build("max_price", "min_rating", type_="NUMBER")) == ["max", "min_rated"]


def name_parts(endpoint: Endpoint) -> list[str]:
    return [find_part(Slot(endpoint, p, describe_parameter(p))) for p in endpoint.parameters]
