from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.language.days import find_days
from toolworlds.language.values import mentions

NOW = "2026-03-10T09:00:00"
CLOCK = datetime.fromisoformat(NOW)
DAYS = st.dates(date(2025, 4, 1), date(2027, 2, 1))


def nth(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    suffix = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def spellings(day: date) -> list[str]:
    """Ways of people to write a day with its year."""
    return [
        f"{day:%d %B %Y}",
        f"{day.day} {day:%b} {day.year}",
        f"{day:%B} {nth(day.day)}, {day.year}",
        f"the {nth(day.day)} of {day:%B} {day.year}",
        f"{day:%A}, {day.day} {day:%B} {day.year}",
        f"{day.day}.{day.month}.{day.year}",
        day.isoformat(),
    ]


@given(DAYS, DAYS, st.data())
def test_days_are_read_back(day: date, other: date, data: st.DataObject) -> None:
    """Every spelling names its day, and no other."""
    text = f"Please come by {data.draw(st.sampled_from(spellings(day)))}, thanks."
    assert mentions(text, day.isoformat(), "date", NOW)
    assert mentions(text, other.isoformat(), "date", NOW) == (day == other)


@given(DAYS, st.integers(0, 23), st.integers(0, 59), st.integers(1, 59), st.data())
def test_moments_are_read_back(day: date, hour: int, minute: int, later: int, data: st.DataObject) -> None:
    """A time belongs to the day that stands nearest; another time is not named."""
    moment = datetime.combine(day, time(hour, minute))
    half = "am" if hour < 12 else "pm"
    at = data.draw(st.sampled_from([f"{hour}:{minute:02}", f"{(hour + 11) % 12 + 1}.{minute:02} {half}"]))
    on = data.draw(st.sampled_from(spellings(day)))
    text = data.draw(st.sampled_from([f"on {on} at {at}", f"at {at} on {on}"]))
    assert mentions(text, moment.isoformat(), "date", NOW)
    assert not mentions(text, (moment + timedelta(minutes=later)).isoformat(), "date", NOW)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-03-10"),
        ("tomorrow", "2026-03-11"),
        ("the day after tomorrow", "2026-03-12"),
        ("by Friday", "2026-03-13"),
        ("next Friday", "2026-03-20"),
        ("last Friday", "2026-03-06"),
        ("on Tuesday", "2026-03-17"),
        ("in three days", "2026-03-13"),
        ("two weeks from now", "2026-03-24"),
        ("a week ago", "2026-03-03"),
        ("the 14th", "2026-03-14"),
        ("the 5th", "2026-04-05"),
        ("from 14 to 16 March", "2026-03-14"),
        ("March 14-16", "2026-03-16"),
        ("14/03/2026", "2026-03-14"),
        ("03/14/2026", "2026-03-14"),
        ("March 14", "2026-03-14"),
    ],
)
def test_days_by_the_clock(text: str, day: str) -> None:
    """Words such as `tomorrow` and days without a year are read against the clock."""
    assert mentions(text, day, "date", NOW)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/04/2026", "2026-03-04"),
        ("03/04/2026", "2026-04-03"),
        ("Saturday 21 March", "2026-03-14"),
        ("3 March 10 boxes", "2026-03-10"),
        ("14 March", "2029-03-14"),
        ("on 30 February 2026", "2026-03-02"),
    ],
)
def test_what_names_no_such_day(text: str, day: str) -> None:
    """Ambiguous days, weekdays beside a date, numbers beside a month and far years name nothing."""
    assert not mentions(text, day, "date", NOW)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("half past nine", time(9, 30)),
        ("quarter to two pm", time(13, 45)),
        ("9 o'clock", time(9)),
        ("noon", time(12)),
        ("12 am", time(0)),
        ("come at 9.", time(9)),
        ("2026-03-14T09:30:15", time(9, 30, 15)),
    ],
)
def test_times(text: str, at: time) -> None:
    """Times of day in words and figures."""
    assert [moment.time for moment in find_days(text.lower(), CLOCK).moments] == [at]


def test_a_time_alone_is_of_the_clocks_day() -> None:
    """`at 9:30` without a day is today; beside another day it is not."""
    assert mentions("at 9:30", "2026-03-10T09:30:00", "date", NOW)
    assert not mentions("at 9:30 on 14 March", "2026-03-10T09:30:00", "date", NOW)
    assert not mentions("14 March at 9:30", "2026-03-14T00:00:00", "date", NOW)
    assert mentions("14 March", "2026-03-14T00:00:00", "date", NOW)
    assert not mentions("at 9:30", "2026-03-11T09:30:00", "date", NOW)


def test_a_time_is_of_the_nearest_day() -> None:
    """Where a text names several."""
    text = "on 14 March at 9:30, and it must be back by the end of 20 April"
    assert mentions(text, "2026-03-14T09:30:00", "date", NOW)
    assert not mentions(text, "2026-04-20T09:30:00", "date", NOW)


@pytest.mark.parametrize("text", ["24:30", "9:60", "9:30:60", "13 pm"])
def test_what_no_clock_shows_is_no_time(text: str) -> None:
    """A day has 24 hours, an hour 60 minutes, a minute 60 seconds."""
    assert find_days(text, CLOCK).moments == []


def test_days_that_no_calendar_has_are_left_out() -> None:
    """Of two days that are said together the other one stays."""
    days = find_days("from 14 to 30 february 2026", CLOCK).days
    assert [(day.month, day.day) for day in days] == [(2, 14)]
