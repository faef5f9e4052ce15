"""Whatever a person writes is read back as the value that was meant."""

from datetime import date, datetime, time
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.language.days import DayStyle, TimeStyle, write_day
from toolworlds.language.manner import Manner
from toolworlds.language.numbers import (
    MoneyStyle,
    write_minutes,
    write_money,
    write_nth,
    write_number,
    write_rounded,
)
from toolworlds.language.values import mentions

YEAR = 2026
NOW = "2026-03-10T09:00:00"
MANNERS = st.builds(
    Manner,
    money=st.sampled_from(get_args(MoneyStyle)),
    day=st.sampled_from(get_args(DayStyle)),
    clock=st.sampled_from(get_args(TimeStyle)),
    time_first=st.booleans(),
    spells_small=st.booleans(),
)
CLOSE_DAYS = st.dates(datetime(2025, 9, 1).date(), datetime(2026, 12, 31).date())


@given(
    MANNERS,
    st.integers(0, 2_000_000),
    st.sampled_from([None, "kg", "cases", "EUR", "CHF", "TEU", "%", "days"]),
)
def test_whole_numbers(manner: Manner, number: int, unit: str | None) -> None:
    """With and without units, as digits or words."""
    assert mentions(f"Use {manner.write(number, unit, YEAR)} now.", number, "integer", NOW)


@given(MANNERS, st.integers(1, 2_000_000), st.sampled_from([None, "t", "EUR", "million EUR", "hours"]))
def test_decimals(manner: Manner, cents: int, unit: str | None) -> None:
    """No cent is lost."""
    assert mentions(f"Use {manner.write(cents / 100, unit, YEAR)} now.", cents / 100, "number", NOW)


@given(MANNERS, CLOSE_DAYS)
def test_days(manner: Manner, day: object) -> None:
    """Also those of another year than the clock's."""
    assert mentions(f"Move it to {manner.write(str(day), None, YEAR)}, please.", str(day), "date", NOW)


@given(MANNERS, CLOSE_DAYS, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
def test_moments(manner: Manner, day: object, hour: int, minute: int) -> None:
    """A time is paired with its own day, whatever other day follows."""
    moment = f"{day}T{hour:02}:{minute:02}:00"
    text = f"Book it for {manner.write(moment, None, YEAR)}. The other one was before that."
    assert mentions(text, moment, "date", NOW)


@given(MANNERS, st.integers(0, 23), st.sampled_from([0, 5, 30, 59]))
def test_times_of_day(manner: Manner, hour: int, minute: int) -> None:
    """A time without a day is that time on any day."""
    at = time(hour, minute).isoformat("minutes")
    assert mentions(f"Let us meet at {manner.write(at, None, YEAR)}.", at, "date", NOW)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(get_args(DayStyle)))
def test_days_with_their_year(day: date, style: DayStyle) -> None:
    """Without a clock no year goes without saying."""
    assert mentions(f"It was on {write_day(day, style)}.", day.isoformat(), "date")


@given(
    st.decimals(-100_000, 100_000, places=2).map(float),
    st.sampled_from(["USD", "GBP", "SEK"]),
    st.sampled_from(get_args(MoneyStyle)),
)
def test_money(value: float, currency: str, style: MoneyStyle) -> None:
    """Wherever the currency stands, the amount is the same."""
    digits = write_number(value, decimals=2, cents_from=0)
    assert mentions(f"It costs {write_money(digits, currency, style)}.", value, "number")


@given(st.decimals(-9, 100_000, places=4).map(float))
def test_rounded_numbers_state_what_they_round(value: float) -> None:
    """A number that is told to the cent is still the number that is meant."""
    assert mentions(f"The value is {write_rounded(value)}.", value, "number")


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (165, "2 h 45 min")]
)
def test_minutes(minutes: int, said: str) -> None:
    """Hours from sixty minutes on."""
    assert write_minutes(minutes) == said


@pytest.mark.parametrize(
    ("value", "digits"), [(1250, "1,250"), (12.5, "12.5"), (1250.5, "1,250.50"), (0.05, "0.05"), (7.0, "7")]
)
def test_digits(value: float, digits: str) -> None:
    """Thousands are set apart; amounts have whole cents."""
    assert write_number(value, cents_from=100) == digits


@pytest.mark.parametrize(
    ("number", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (13, "13th"), (22, "22nd")]
)
def test_ordinals(number: int, word: str) -> None:
    """Eleven to thirteen are irregular."""
    assert write_nth(number) == word


def test_words_lose_their_underscores() -> None:
    """Statuses are words."""
    assert Manner().write("in_transit", None, YEAR) == "in transit"
