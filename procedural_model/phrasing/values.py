"""Values as people write them: `14 March`, `10:30 on 14 March`, `1,250 kg`, `in transit`."""

import random
from datetime import date, datetime

from records.base import Json
from world.spelling import parse_iso

SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
CURRENCIES = frozenset({*SIGNS, "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "INR", "SGD", "ZAR"})


def speak(value: Json, unit: str | None, now: str, rng: random.Random) -> str:
    """A value of the world in a person's spelling; text stays as it is, but for underscores."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return speak_number(value, unit, rng)
    moment = parse_iso(str(value))
    if isinstance(moment, datetime):
        return speak_moment(moment, now, rng)
    if isinstance(moment, date):
        return speak_day(moment, now, rng)
    return str(value).replace("_", " ")


def speak_number(value: float, unit: str | None, rng: random.Random) -> str:
    """A quantity with its unit; small whole numbers sometimes as words."""
    digits = write_digits(value)
    if unit is None:
        return _perhaps_word(value, digits, rng)
    if unit in CURRENCIES:
        return _speak_money(digits, unit, rng)
    if unit == "%":
        return rng.choice((f"{digits}%", f"{digits} %", f"{digits} percent"))
    word = unit.removesuffix("s") if abs(value) == 1 and len(unit) > 3 else unit
    spelled = _perhaps_word(value, digits, rng) if len(unit) > 3 else digits
    return f"{spelled} {word}"


def write_digits(value: float) -> str:
    """`1,250` or `12.5`: thousands apart, no more decimals than there are."""
    if float(value).is_integer():
        return f"{int(value):,}"
    whole, _, decimals = f"{value:,.4f}".rstrip("0").partition(".")
    return f"{whole}.{decimals.ljust(2, '0') if len(decimals) == 1 and abs(value) >= 100 else decimals}"


def _perhaps_word(value: float, digits: str, rng: random.Random) -> str:
    small = float(value).is_integer() and 2 <= value <= 12
    return SMALL[int(value)] if small and rng.random() < 0.5 else digits


def _speak_money(digits: str, unit: str, rng: random.Random) -> str:
    if digits.startswith("-"):
        return f"minus {digits[1:]} {unit}"
    forms = [f"{unit} {digits}", f"{digits} {unit}"]
    if unit in SIGNS:
        forms += [f"{SIGNS[unit]}{digits}"] * 2
    return rng.choice(forms)


def speak_day(day: date, now: str, rng: random.Random) -> str:
    """`14 March`, `March 14`, `Saturday, 14 March`; the year where it is not the clock's."""
    month = f"{day:%B}"
    year = "" if str(day.year) == now[:4] else f" {day.year}"
    forms = [f"{day.day} {month}{year}", f"{day.day} {month}{year}", f"the {nth(day.day)} of {month}{year}"]
    forms.append(f"{month} {day.day}{',' if year else ''}{year}")
    if not year:
        forms.append(f"{day:%A}, {day.day} {month}")
    return rng.choice(forms)


def speak_moment(moment: datetime, now: str, rng: random.Random) -> str:
    """A time with its day, the time close enough to the day that nobody pairs it with another one."""
    at = speak_time(moment, rng)
    day = speak_day(moment.date(), now, rng)
    return rng.choice((f"{at} on {day}", f"{day} at {at}"))


def speak_time(moment: datetime, rng: random.Random) -> str:
    """`10:30`, `2:30 pm`, `half past ten`."""
    plain = f"{moment:%H:%M}"
    hour = (moment.hour + 11) % 12 + 1
    half = "am" if moment.hour < 12 else "pm"
    forms = [plain, plain, f"{hour}:{moment:%M} {half}"]
    if moment.minute == 0:
        forms.append(f"{hour} {half}")
    if moment.minute == 30 and 1 <= moment.hour <= 11:
        forms.append(f"half past {SMALL[hour]}")
    return rng.choice(forms)


def nth(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
