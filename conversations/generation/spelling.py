"""Values as people write them, and names of fields in plain words."""

import random
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from conversations.execution.fields import Field, find_kind
from conversations.generation.phrasing import load_phrases
from toolworlds.language.words import gather, join_words, split_name
from toolworlds.records.base import Json

_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905 - plainer
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_UNITS = {
    "temperature": "{}°C", "percent": "{}%", "wind": "{} km/h", "distance": "{} km", "weight": "{} kg",
    "grams": "{} g", "calories": "{} kcal", "hours": "{} hours", "days": "{} days", "weeks": "{} weeks",
    "nights": "{} nights", "area": "{} m²",
}  # fmt: skip
_IMPERIAL_UNITS = {"temperature": "{}°F", "wind": "{} mph"}
_DROPPED = frozenset(["id", "ids", "value", "string", "num", "number", "text", "uuid", "enum"])
_UNITS_IN_NAMES = gather("c f celsius fahrenheit kph kmh mph km kg kcal mb")
_INITIALS = re.compile("[bcdfghjklmnpqrstvwxz]{2,5}")
_ORDINALS = {"1": "first", "2": "second", "3": "third"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


@lru_cache(maxsize=16384)
def plain_name(name: str) -> str:
    """A field's or parameter's name in words: `shirtNumber` is a shirt, `sign1` the first sign."""
    if re.fullmatch(r"[A-Z]{2,5}", name):
        return name
    words = split_name(name)
    words = words[2:] if words[:2] == ("number", "of") and len(words) > 2 else words
    if len(words) == 2 and words[1] in ("max", "min", "avg"):
        words = words[::-1]
    kept = [word for word in words if word not in _DROPPED] or list(words)
    kept = kept[:-1] if len(kept) > 1 and kept[-1] in _UNITS_IN_NAMES else kept
    if words[-1:] == ("number",) and words != ("number",):
        kept.append("number")
    if numbered := re.fullmatch(r"([a-z]+)_?([123])", "_".join(kept)):
        kept = [numbered[1]] if numbered[1].endswith("s") else [_ORDINALS[numbered[2]], numbered[1]]
    spoken = load_phrases("actions")["spoken"]
    said = " ".join(
        spoken.get(word) or (word.upper() if _INITIALS.fullmatch(word) else word) for word in kept
    )
    return said.replace("IP address address", "IP address")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one person writes days, times and numbers."""

    year: int
    """The one that goes without saying."""
    days: Literal["14 March", "March 14", "March 14th"]
    twelve_hours: bool
    number_words: bool
    """Small numbers as words."""

    def spell(self, value: Json, field: Field) -> str:
        """A value of a field."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return join_words([self.spell(one, field) for one in value])
        if isinstance(value, str):
            shouted = find_kind(field) == "choice" and re.fullmatch("[A-Z]{4,}", value)
            return self.spell_text(value.lower() if shouted else value)
        if find_kind(field) == "money":
            return spell_money(value)
        if find_kind(field) == "year":
            return str(int(value))
        if self.number_words and isinstance(value, int) and 2 <= value <= 12:
            return _NUMBERS[value]
        return spell_number(value)

    def spell_text(self, value: str) -> str:
        """A text, a day, a time, a word of a closed set."""
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return self.spell_day(date.fromisoformat(value))
        if _MOMENT.match(value):
            moment = datetime.fromisoformat(value.rstrip("Z"))
            return f"{self.spell_day(moment.date())} at {self.spell_clock(moment.strftime('%H:%M'))}"
        if re.fullmatch(r"\d\d:\d\d", value):
            return self.spell_clock(value)
        if re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]+)+", value):
            value = value.lower()
        if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", value):
            return value.replace("_", " ")
        if re.fullmatch(r"[a-z0-9]+([A-Z][a-z]{2,})+", value):
            return plain_name(value)
        return value

    def spell_day(self, day: date) -> str:
        """A day; with its year where that is another one."""
        month, number, year = day.strftime("%B"), day.day, f"{day.year}"
        if self.days == "14 March":
            return f"{number} {month}" if day.year == self.year else f"{number} {month} {year}"
        ending = _ordinal(number) if self.days == "March 14th" else ""
        return f"{month} {number}{ending}" if day.year == self.year else f"{month} {number}{ending}, {year}"

    def spell_clock(self, time: str) -> str:
        """`18:30` or `6:30 pm`."""
        if not self.twelve_hours:
            return time
        hour, minute = int(time[:2]), time[3:5]
        return f"{(hour - 1) % 12 + 1}{'' if minute == '00' else f':{minute}'} {'am' if hour < 12 else 'pm'}"


def draw_spelling(rng: random.Random, year: int) -> Spelling:
    """One person's way of writing."""
    days: tuple[Literal["14 March", "March 14", "March 14th"], ...] = ("14 March", "March 14", "March 14th")
    return Spelling(year, rng.choice(days), rng.random() < 0.4, rng.random() < 0.4)


def _ordinal(number: int) -> str:
    return "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def spell_number(value: float) -> str:
    """`1,250`, `4.5`, `0.2982`."""
    if isinstance(value, float) and value != int(value):
        return f"{value:,.4f}".rstrip("0") if abs(value) < 10 else f"{value:,.2f}".rstrip("0")
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


def spell_measure(value: Json, kind: str, *, imperial: bool = False) -> str | None:
    """A number with its unit; None for kinds without one."""
    if isinstance(value, bool | str):
        return None
    if kind == "minutes":
        return spell_minutes(round(value))
    unit = (_IMPERIAL_UNITS.get(kind) if imperial else None) or _UNITS.get(kind)
    if unit is None:
        return None
    text = unit.format(spell_number(value))
    return text.removesuffix("s") if value == 1 else text
