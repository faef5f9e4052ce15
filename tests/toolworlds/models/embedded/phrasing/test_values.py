"""Whatever a person writes is read back as the value that was meant."""

import random
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.models.embedded.phrasing.values import Manner, choose_manner, write_digits, write_nth
from toolworlds.world.spelling import mentions

NOW = "2026-03-10T09:00:00"
MANNERS = st.integers(0, 10_000).map(lambda seed: choose_manner(random.Random(seed)))
CLOSE_DAYS = st.dates(datetime(2025, 9, 1).date(), datetime(2026, 12, 31).date())


@given(
    MANNERS,
    st.integers(0, 2_000_000),
    st.sampled_from([None, "kg", "cases", "EUR", "CHF", "TEU", "%", "days"]),
)
def test_whole_numbers(manner: Manner, number: int, unit: str | None) -> None:
    """With and without units, as digits or words."""
    assert mentions(f"Use {manner.speak(number, unit, NOW)} now.", number, "integer", NOW)


@given(MANNERS, st.integers(1, 2_000_000), st.sampled_from([None, "t", "EUR", "million EUR", "hours"]))
def test_decimals(manner: Manner, cents: int, unit: str | None) -> None:
    """No cent is lost."""
    assert mentions(f"Use {manner.speak(cents / 100, unit, NOW)} now.", cents / 100, "number", NOW)


@given(MANNERS, CLOSE_DAYS)
def test_days(manner: Manner, day: object) -> None:
    """Also those of another year than the clock's."""
    assert mentions(f"Move it to {manner.speak(str(day), None, NOW)}, please.", str(day), "date", NOW)


@given(MANNERS, CLOSE_DAYS, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
def test_moments(manner: Manner, day: object, hour: int, minute: int) -> None:
    """A time is paired with its own day, whatever other day follows."""
    moment = f"{day}T{hour:02}:{minute:02}:00"
    text = f"Book it for {manner.speak(moment, None, NOW)}. The other one was before that."
    assert mentions(text, moment, "date", NOW)


@pytest.mark.parametrize(
    ("value", "digits"), [(1250, "1,250"), (12.5, "12.5"), (1250.5, "1,250.50"), (0.05, "0.05"), (7.0, "7")]
)
def test_digits(value: float, digits: str) -> None:
    """Thousands are set apart; amounts have whole cents."""
    assert write_digits(value) == digits


@pytest.mark.parametrize(
    ("number", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (13, "13th"), (22, "22nd")]
)
def test_ordinals(number: int, word: str) -> None:
    """Eleven to thirteen are irregular."""
    assert write_nth(number) == word


def test_words_lose_their_underscores() -> None:
    """Statuses are words."""
    assert Manner().speak("in_transit", None, NOW) == "in transit"
