"""Values as people write them, and names of fields in plain words."""

import random
import re
from datetime import date, datetime
from functools import lru_cache

from records.base import Json
from tool_catalogue.executor_fields import Field, find_kind, split_name

_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905 - plainer
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_UNITS = {
    "temperature": "{}°C", "percent": "{}%", "wind": "{} km/h", "distance": "{} km", "weight": "{} kg",
    "grams": "{} g", "calories": "{} kcal", "hours": "{} hours", "days": "{} days", "weeks": "{} weeks",
    "nights": "{} nights", "area": "{} m²",
}  # fmt: skip
_DROPPED = frozenset(["id", "value", "string", "num", "number", "text"])


@lru_cache(maxsize=16384)
def plain_name(name: str) -> str:
    """A field's or parameter's name in words."""
    words = split_name(name)
    kept = [word for word in words if word not in _DROPPED] or list(words)
    return " ".join(kept)


def spell(value: Json, field: Field, rng: random.Random, year: int) -> str:
    """A value as a person writes it; `year` is the one that goes without saying."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return join_list([spell(one, field, rng, year) for one in value])
    if isinstance(value, str):
        return spell_text(value, rng, year)
    if find_kind(field) == "money":
        return spell_money(value)
    if isinstance(value, int) and 2 <= value <= 12 and rng.random() < 0.35:
        return _NUMBERS[value]
    return spell_number(value)


def join_list(words: list[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def spell_text(value: str, rng: random.Random, year: int) -> str:
    """A text, a day, a time, a word of a closed set."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return spell_day(date.fromisoformat(value), rng, year)
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value):
        moment = datetime.fromisoformat(value.rstrip("Z"))
        return f"{spell_day(moment.date(), rng, year)} at {spell_clock(moment.strftime('%H:%M'), rng)}"
    if re.fullmatch(r"\d\d:\d\d", value):
        return spell_clock(value, rng)
    if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", value):
        return value.replace("_", " ")
    return value


def spell_day(day: date, rng: random.Random, year: int) -> str:
    """`14 March`, `March 14`, `the 14th of March`; with its year where that is another one."""
    month, number = day.strftime("%B"), day.day
    text = rng.choice((f"{number} {month}", f"{month} {number}", f"{month} {number}{_ordinal(number)}"))
    if day.year == year and rng.random() < 0.85:
        return text
    return f"{text}, {day.year}" if text.startswith(month) else f"{text} {day.year}"


def _ordinal(number: int) -> str:
    return "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def spell_clock(time: str, rng: random.Random) -> str:
    """`18:30` or `6:30 pm`."""
    if rng.random() < 0.6:
        return time
    hour, minute = int(time[:2]), time[3:5]
    suffix = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}{'' if minute == '00' else f':{minute}'} {suffix}"


def spell_number(value: float) -> str:
    """`1,250`, `4.5`."""
    if isinstance(value, float) and value != int(value):
        return f"{value:,.2f}".rstrip("0") if abs(value) < 1 else f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{int(value):,}"


def spell_money(value: float, currency: str = "") -> str:
    """`$1,250`, `63.50 SEK`; a bare number without a currency."""
    text = f"{value:,.2f}" if value != int(value) else f"{int(value):,}"
    if currency in _SYMBOLS:
        return f"{_SYMBOLS[currency]}{text}"
    return f"{text} {currency}" if currency else text


def spell_minutes(value: int) -> str:
    """`2 h 45 min`."""
    hours, minutes = divmod(int(value), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def spell_measure(value: Json, kind: str) -> str | None:
    """A number with its unit; None for kinds without one."""
    if kind == "minutes" and isinstance(value, int | float):
        return spell_minutes(round(value))
    unit = _UNITS.get(kind)
    if unit is None or isinstance(value, bool | str):
        return None
    text = unit.format(spell_number(value))
    return text.removesuffix("s") if value == 1 and text.endswith("s") else text
