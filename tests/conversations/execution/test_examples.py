"""Values in the manner of an example."""

import random

from conversations.execution.examples import draw_near, draw_number_text, draw_share, draw_year
from conversations.execution.fields import Field

ROLLS = range(50)


def test_numbers_have_the_size_of_their_example() -> None:
    """A share of one stays one, an amount in a string keeps its decimals, what is no number is left alone."""
    assert all(0 < float(str(draw_near(0.87, random.Random(n)))) < 1 for n in ROLLS)
    drawn = [draw_number_text("12.31", random.Random(n)) for n in ROLLS]
    assert all(text and 7 < float(text) < 19 and text[-3] == "." for text in drawn) and len(set(drawn)) > 30
    assert str(draw_number_text("$23.99", random.Random(1))).startswith("$")
    assert draw_number_text("007", random.Random(1)) is None
    assert draw_number_text("7am", random.Random(1)) is None


def test_years_fit_what_they_are_of() -> None:
    """A season is of late, a birth year near the example's, a founding not to come."""
    for n in ROLLS:
        rng = random.Random(n)
        assert 2022 <= draw_year(Field("season", "number"), 2026, rng) <= 2026
        assert 1846 <= draw_year(Field("birthYear", "integer", example=1871), 2026, rng) <= 1886
        assert draw_year(Field("founded", "integer", example=2020), 2026, rng) <= 2026
        assert draw_year(Field("founded", "integer"), 2026, rng) < 2000


def test_shares_and_changes() -> None:
    """A confidence of 0.87 is no 87; a change of 1.08 % goes either way."""
    shares = [draw_share(Field("confidence", "number", example=0.87), random.Random(n)) for n in ROLLS]
    assert all(isinstance(share, float) and 0 < share < 1 for share in shares)
    changes = [draw_share(Field("changePercent", "number", example=1.08), random.Random(n)) for n in ROLLS]
    assert any(str(change).startswith("-") for change in changes) and len(set(changes)) > 30
    assert isinstance(draw_share(Field("humidity", "integer", example=61), random.Random(1)), int)
