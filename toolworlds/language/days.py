"""Days and times as people write them, read and written: `14 March`, `March 14th`, `next Monday`, `9 am`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from toolworlds.language.numbers import NUMBER_WORDS, find_numbers, write_nth

_MONTH_NAMES = (
    "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep "
    "october|oct november|nov december|dec"
)
_WEEKDAY_NAMES = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS = {name: n for n, names in enumerate(_MONTH_NAMES.split(), start=1) for name in names.split("|")}
_WEEKDAYS = {name: n for n, name in enumerate(_WEEKDAY_NAMES.split("|"))}
_TAKEN = "~"
"""Stands for every character of what was read already, so that nothing is read twice."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day named in the text. Without a year it is any year's, or one within a year of the clock."""

    place: int
    year: int | None
    month: int
    day: int
    length: int = 0
    """Characters that name it."""

    def gap(self, place: int) -> int:
        """Characters between it and a place of the text."""
        return place - self.place - self.length if place > self.place else self.place - place

    def fits(self, value: date, clock: datetime | None) -> bool:
        """Whether `value` is the day that was named."""
        if (self.month, self.day) != (value.month, value.day):
            return False
        if self.year is not None:
            return self.year == value.year
        return clock is None or abs(value.toordinal() - clock.toordinal()) <= 366


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day named in the text, and the day it belongs to: the nearest one named."""

    time: time
    day: Day | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days and times that a text names, and the text without the numbers they were written with."""

    days: list[Day]
    moments: list[Moment]
    rest: str


def find_days(text: str, clock: datetime | None) -> Calendar:
    """Reads a text in lower case; `tomorrow`, `Friday` and `the 14th` are read only when a clock is given."""
    days: list[Day] = []
    for pattern in _CALENDAR_DAYS:
        text = _take(pattern, text, lambda match: days.extend(_read_calendar_day(match)))
    times: list[tuple[int, time]] = []
    for pattern in _TIMES:
        text = _take(pattern, text, lambda match: times.extend(_read_time(match)))
    times.extend((match.start(), time(int(match["hour"]))) for match in _BARE_HOUR.finditer(text))
    if clock is not None:
        days.extend(day for match in _IN_DAYS.finditer(text) for day in _read_distance(match, clock))
        days.extend(_read_relative(text, clock))
    moments = [Moment(at, _nearest(place, days)) for place, at in times]
    return Calendar(days, moments, text)


def _take(pattern: re.Pattern[str], text: str, read: Callable[[re.Match[str]], None]) -> str:
    def blot(match: re.Match[str]) -> str:
        read(match)
        return _TAKEN * len(match[0])

    return pattern.sub(blot, text)


def _nearest(place: int, days: list[Day]) -> Day | None:
    return min(days, key=lambda day: day.gap(place), default=None)


_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})\b\.?"
_NTH = r"(?P<{}>\d{{1,2}})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>(?:19|20)\d\d)\b)?"
_CALENDAR_DAYS = [
    re.compile(r"(?<![\w.-])(?P<year>\d{4})[-/](?P<month>\d{2})[-/](?P<day>\d{2})(?![\d/-])"),
    re.compile(r"(?<![\w/.-])(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?![\w/])"),
    re.compile(r"(?<![\w/.-])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})(?![\w/])"),
    re.compile(
        rf"(?<![\w.,-])(?:{_NTH.format('other')} ?(?:-|to|and|until|till|through) ?(?:the )?)?"
        rf"{_NTH.format('day')}(?: of)?[ -]{_MONTH}{_YEAR}"
    ),
    re.compile(
        rf"\b{_MONTH} (?:the )?{_NTH.format('day')}(?: ?- ?{_NTH.format('other')})?(?![\w:]|\.\d){_YEAR}"
    ),
]


def _read_calendar_day(match: re.Match[str]) -> Iterator[Day]:
    parts = match.groupdict()
    if "first" in parts:  # a day and a month in an order that only a number above 12 tells
        first, second = int(parts["first"]), int(parts["second"])
        if first <= 12 and second <= 12 and first != second:
            return
        parts |= {"day": max(first, second), "month": min(first, second)}
    month = _MONTHS.get(str(parts["month"])) or int(parts["month"])
    year = int(parts["year"]) if parts["year"] else None
    for day in (parts.get("other"), parts["day"]):
        if day is not None and _exists(year or 2024, month, int(day)):
            yield Day(match.start(), year, month, int(day), len(match[0]))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_HOURS = {name: n for n, name in enumerate(NUMBER_WORDS[:13]) if n}
_HOUR_NAMES = "|".join(_HOURS)
_HOUR = rf"(?P<hour>\d{{1,2}}|{_HOUR_NAMES})"
_HALF = r"(?P<half>[ap])\.?m\b\.?"
_TIMES = [
    re.compile(
        rf"(?:(?<=~t)|(?<![\w:.,]))(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::(?P<second>\d{{2}}))?(?!\d)"
        rf"(?: ?{_HALF})?"
    ),
    re.compile(rf"\b(?P<quarter>half past|quarter past|quarter to) {_HOUR}\b(?: ?{_HALF})?"),
    re.compile(rf"(?<![\w:.,]){_HOUR}(?:\.(?P<minute>\d{{2}}))? ?{_HALF}"),
    re.compile(rf"\b{_HOUR} o'clock\b(?: ?{_HALF})?"),
    re.compile(r"\b(?P<named>noon|midday|midnight)\b"),
]
_BARE_HOUR = re.compile(r"\bat (?P<hour>1?\d|2[0-3])(?=[,;!?)]? |[.!?]?$|\. )")
_QUARTERS = {"half past": 30, "quarter past": 15, "quarter to": -15}


def _read_time(match: re.Match[str]) -> Iterator[tuple[int, time]]:
    parts = match.groupdict()
    if parts.get("named"):
        yield match.start(), time(0 if parts["named"] == "midnight" else 12)
        return
    hour = _HOURS.get(parts["hour"]) or int(parts["hour"])
    if half := parts.get("half"):
        if hour > 12:
            return
        hour = hour % 12 + (12 if half == "p" else 0)
    minutes = 60 * hour + int(parts.get("minute") or 0) + _QUARTERS.get(parts.get("quarter") or "", 0)
    second = int(parts.get("second") or 0)
    if 0 <= minutes < 24 * 60 and int(parts.get("minute") or 0) < 60 and second < 60:
        yield match.start(), time(minutes // 60, minutes % 60, second)


_COUNT = r"(?P<count>\d{1,3}|an?|[a-z]+)"
_IN_DAYS = re.compile(
    rf"\bin {_COUNT} (?P<unit>day|week)s?\b|\b{_COUNT.replace('count', 'from')} (?P<from_unit>day|week)s? "
    rf"(?P<back>ago|from (?:now|today))\b"
)
_RELATIVE = re.compile(
    r"\b(?P<named>day after tomorrow|day before yesterday|today|tonight|this (?:morning|afternoon|evening)"
    r"|tomorrow|yesterday)\b"
    rf"|\b(?:(?P<which>next|last) )?(?P<weekday>{_WEEKDAY_NAMES})\b(?!,? (?:the )?~)"
    r"|\bthe (?P<nth>\d{1,2})(?:st|nd|rd|th)\b"
)
_NAMED_DAYS = {"day after tomorrow": 2, "tomorrow": 1, "yesterday": -1, "day before yesterday": -2}


def _on(place: int, value: date) -> Day:
    return Day(place, value.year, value.month, value.day)


def _read_distance(match: re.Match[str], clock: datetime) -> Iterator[Day]:
    count = match["count"] or match["from"]
    numbers = find_numbers(count)
    if count not in ("a", "an") and not numbers:
        return
    days = int(numbers[0][0]) if numbers else 1
    days *= 7 if "week" in (match["unit"], match["from_unit"]) else 1
    yield _on(match.start(), clock.date() + timedelta(-days if match["back"] == "ago" else days))


def _read_relative(text: str, clock: datetime) -> Iterator[Day]:
    """`Friday` is the first one after the clock's day; `next Friday` also that of the calendar week after."""
    today = clock.date()
    for match in _RELATIVE.finditer(text):
        if match["named"]:
            yield _on(match.start(), today + timedelta(_NAMED_DAYS.get(match["named"], 0)))
        elif match["weekday"]:
            ahead = (_WEEKDAYS[match["weekday"]] - today.weekday() - 1) % 7 + 1
            if match["which"] == "last":
                yield _on(match.start(), today + timedelta(ahead - 7 if ahead < 7 else -7))
                continue
            yield _on(match.start(), today + timedelta(ahead))
            if match["which"] == "next" and today.weekday() + ahead < 7:
                yield _on(match.start(), today + timedelta(ahead + 7))
        else:
            yield from _read_nth(match, today)


def _read_nth(match: re.Match[str], today: date) -> Iterator[Day]:
    """`the 14th` is the next such day, today included."""
    nth = int(match["nth"])
    later = today.replace(day=1) + timedelta(32)
    month = today if nth >= today.day else later
    if _exists(month.year, month.month, nth):
        yield Day(match.start(), month.year, month.month, nth)


@lru_cache(maxsize=4096)
def parse_iso(text: str) -> date | datetime | time | None:
    """The date, date-time or time of day that a world's value holds, zone dropped; None for other text."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?|\d\d:\d\d(:\d\d)?", text):
        return None
    try:
        if text[2] == ":":
            return time.fromisoformat(text)
        return (
            date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).replace(tzinfo=None)
        )
    except ValueError:
        return None


DayStyle = Literal["day month", "month day", "month nth", "nth of month", "weekday"]
TimeStyle = Literal["24", "12", "words"]
_GERMAN_MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"


def write_day(day: date, style: DayStyle = "day month", year: int | None = None) -> str:
    """`14 March`, `March 14`, `March 14th`, `the 14th of March`, `Saturday, 14 March`.

    The day's year stands behind it unless it is `year`, the one that goes without saying.
    """
    month, behind = f"{day:%B}", "" if day.year == year else f" {day.year}"
    match style:
        case "month day" | "month nth":
            number = write_nth(day.day) if style == "month nth" else str(day.day)
            return f"{month} {number}{',' if behind else ''}{behind}"
        case "nth of month":
            return f"the {write_nth(day.day)} of {month}{behind}"
        case "weekday" if not behind:
            return f"{day:%A}, {day.day} {month}"
    return f"{day.day} {month}{behind}"


def write_german_day(day: date) -> str:
    """`14. März 2026`."""
    return f"{day.day}. {_GERMAN_MONTHS.split()[day.month - 1]} {day.year}"


def write_time(moment: time, style: TimeStyle = "24") -> str:
    """`14:30`, `2:30 pm`, `half past ten`; seconds are left out."""
    hour, half = (moment.hour + 11) % 12 + 1, "am" if moment.hour < 12 else "pm"
    if style == "words" and moment.minute == 30 and 1 <= moment.hour <= 11:
        return f"half past {NUMBER_WORDS[hour]}"
    if style == "12":
        return f"{hour}:{moment:%M} {half}" if moment.minute else f"{hour} {half}"
    return f"{moment:%H:%M}"
