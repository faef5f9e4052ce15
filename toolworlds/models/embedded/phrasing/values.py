"""Values as people write them: `14 March`, `10:30 on 14 March`, `1,250 kg`, `in transit`."""

import random
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from toolworlds.language.nouns import to_singular
from toolworlds.records.base import Json
from toolworlds.world.spelling import parse_iso

SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
CURRENCIES = frozenset({*SIGNS, "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "INR", "SGD", "ZAR"})
LETTERS_OF_A_WORD = 3
"""Units with no more letters are symbols (`kg`, `TEU`): they have no plural and follow digits."""


SCALES = ("thousand", "million")
"""Units that go on from digits: `330 million EUR`."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one person writes numbers, days and times."""

    money: Literal["before", "after", "sign"] = "before"
    day: Literal["day month", "month day", "nth of month", "weekday"] = "day month"
    time: Literal["24", "12", "words"] = "24"
    time_first: bool = True
    spells_small: bool = False
    """Whether small whole numbers are words."""

    def speak(self, value: Json, unit: str | None, now: str) -> str:
        """A value of the world; text stays as it is, but for underscores."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return self.speak_number(value, unit)
        moment = parse_iso(str(value))
        if isinstance(moment, datetime):
            return self.speak_moment(moment, now)
        return self.speak_day(moment, now) if isinstance(moment, date) else str(value).replace("_", " ")

    def speak_number(self, value: float, unit: str | None) -> str:
        """A quantity with its unit."""
        digits = write_digits(value)
        if unit in CURRENCIES:
            return self._speak_money(digits, unit or "")
        if unit == "%":
            return f"{digits}%"
        symbol = unit is not None and (len(unit) <= LETTERS_OF_A_WORD or unit.startswith(SCALES))
        small = self.spells_small and not symbol and value in range(2, 13)
        spelled = SMALL[int(value)] if small else digits
        if unit is None:
            return spelled
        return f"{spelled} {unit if symbol or abs(value) != 1 else to_singular(unit)}"

    def speak_day(self, day: date, now: str) -> str:
        """`14 March`, `March 14`, `Saturday, 14 March`; the year where it is not the clock's."""
        month, year = f"{day:%B}", "" if str(day.year) == now[:4] else f" {day.year}"
        match self.day:
            case "month day":
                return f"{month} {day.day}{',' if year else ''}{year}"
            case "nth of month":
                return f"the {write_nth(day.day)} of {month}{year}"
            case "weekday" if not year:
                return f"{day:%A}, {day.day} {month}"
        return f"{day.day} {month}{year}"

    def speak_moment(self, moment: datetime, now: str) -> str:
        """A time with its day."""
        at, day = self.speak_time(moment), self.speak_day(moment.date(), now)
        return f"{at} on {day}" if self.time_first else f"{day} at {at}"

    def speak_time(self, moment: datetime) -> str:
        """`10:30`, `2:30 pm`, `half past ten`."""
        hour, half = (moment.hour + 11) % 12 + 1, "am" if moment.hour < 12 else "pm"
        if self.time == "words" and moment.minute == 30 and 1 <= moment.hour <= 11:
            return f"half past {SMALL[hour]}"
        if self.time == "12":
            return f"{hour}:{moment:%M} {half}" if moment.minute else f"{hour} {half}"
        return f"{moment:%H:%M}"

    def _speak_money(self, digits: str, unit: str) -> str:
        if self.money == "sign" and unit in SIGNS:
            return f"{SIGNS[unit]}{digits}"
        return f"{digits} {unit}" if self.money == "after" else f"{unit} {digits}"


def choose_manner(rng: random.Random) -> Manner:
    """One person's manner."""
    return Manner(
        money=rng.choice(("before", "after", "sign")),
        day=rng.choice(("day month", "day month", "month day", "nth of month", "weekday")),
        time=rng.choice(("24", "24", "12", "words")),
        time_first=rng.random() < 0.5,
        spells_small=rng.random() < 0.4,
    )


def write_digits(value: float) -> str:
    """`1,250` or `12.5`: thousands apart, no more decimals than there are, but whole cents from 100 on."""
    if float(value).is_integer():
        return f"{int(value):,}"
    whole, _, decimals = f"{value:,.4f}".rstrip("0").partition(".")
    return f"{whole}.{decimals.ljust(2, '0') if abs(value) >= 100 else decimals}"


def write_nth(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
