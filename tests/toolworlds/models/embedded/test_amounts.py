"""Amounts are round, within bounds, and never zero."""

import random

from hypothesis import given
from hypothesis import strategies as st

from toolworlds.models.embedded.amounts import draw_amounts, round_nicely

_NUMBERS = st.integers(min_value=-100_000, max_value=100_000).map(lambda cents: cents / 100)


@given(low=_NUMBERS, high=_NUMBERS, seed=st.integers(0, 99))
def test_amounts_lie_within_their_bounds(low: float, high: float, seed: int) -> None:
    """Whichever the bounds; none if nothing but zero lies between them."""
    low, high = min(low, high), max(low, high)
    amounts = draw_amounts(random.Random(seed), low, high, False)
    assert all(low <= amount <= high and amount != 0 for amount in amounts)


@given(value=_NUMBERS)
def test_round_amounts_bracket_the_value(value: float) -> None:
    """One below or equal, one above or equal, at most a third of it away."""
    below, above = round_nicely(value, False, up=False), round_nicely(value, False, up=True)
    assert below <= value <= above
    assert above - below <= max(abs(value) / 3, 0.011)


def test_amounts_are_round_for_their_size() -> None:
    """Hundreds of thousands, tens of hundreds."""
    assert {amount % 100 for amount in draw_amounts(random.Random(1), 0, 5000, True)} == {0}
    assert round_nicely(2730, True, up=False) == 2700
