"""Merged requests keep what was asked, in order, in any layout."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.styles import choose_style
from toolworlds.models.embedded.phrasing.summaries import merge_requests

REQUESTS = [
    "Find lot L1-B.",
    "I need to move 40 cases from it.",
    "EUR 5 is due: pay it.",
    "Cancel order SO-1.",
]


@given(st.integers(0, 5000), st.integers(1, 4))
def test_nothing_is_lost_and_the_order_stays(seed: int, count: int) -> None:
    """Every request stands in the text, up to its first letter."""
    rng = random.Random(seed)
    text = merge_requests(REQUESTS[:count], choose_style(rng), rng)
    places = [text.find(request[1:]) for request in REQUESTS[:count]]
    assert -1 not in places
    assert places == sorted(places)
    assert "EUR 5" in text or count < 3


@pytest.mark.parametrize("name", list(load_phrases("registers")))
def test_links_read_on(name: str) -> None:
    """A link ends in a comma, a colon, or nothing, and begins like a sentence."""
    register = load_phrases("registers")[name]
    for link in (*register["links"], *register["last"]):
        assert link[0].isupper()
        assert link[-1] in ",:" or link[-1].isalpha()
