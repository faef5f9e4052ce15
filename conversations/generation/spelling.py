"""Values as people write them, and names of fields in plain words."""

import random
import re
from dataclasses import dataclass
from functools import lru_cache

from conversations.execution.fields import Field
from conversations.generation.phrasing import load_phrases
from toolworlds.language.days import DayStyle, parse_iso
from toolworlds.language.manner import Manner
from toolworlds.language.numbers import (
    ORDINALS,
    SIGNS,
    write_minutes,
    write_money,
    write_number,
    write_rounded,
)
from toolworlds.language.words import gather, join_words, split_name
from toolworlds.records.base import Json

_UNITS = {
    "temperature": "{}°C", "percent": "{}%", "wind": "{} km/h", "distance": "{} km", "weight": "{} kg",
    "grams": "{} g", "calories": "{} kcal", "hours": "{} hours", "days": "{} days", "weeks": "{} weeks",
    "nights": "{} nights", "area": "{} m²",
}  # fmt: skip
_IMPERIAL_UNITS = {"temperature": "{}°F", "wind": "{} mph"}
_DROPPED = frozenset(["id", "ids", "value", "string", "num", "number", "text", "uuid", "enum"])
_UNITS_IN_NAMES = gather("c f celsius fahrenheit kph kmh mph km kg kcal mb")
_INITIALS = re.compile("[bcdfghjklmnpqrstvwxz]{2,5}")


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
        kept = [numbered[1]] if numbered[1].endswith("s") else [ORDINALS[int(numbered[2]) - 1], numbered[1]]
    spoken = load_phrases("actions")["spoken"]
    said = " ".join(
        spoken.get(word) or (word.upper() if _INITIALS.fullmatch(word) else word) for word in kept
    )
    return said.replace("IP address address", "IP address")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one person writes the values of fields."""

    year: int
    """The one that goes without saying."""
    manner: Manner

    def spell(self, value: Json, field: Field) -> str:
        """A value of a field."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return join_words([self.spell(one, field) for one in value])
        if isinstance(value, str):
            shouted = field.kind == "choice" and re.fullmatch("[A-Z]{4,}", value)
            return self.spell_text(value.lower() if shouted else value)
        if field.kind == "money":
            return spell_money(value)
        if field.kind == "year":
            return str(int(value))
        return (isinstance(value, int) and self.manner.write_small(value)) or write_rounded(value)

    def spell_text(self, value: str) -> str:
        """A text, a day, a time, a word of a closed set."""
        if moment := parse_iso(value):
            return self.manner.write_moment(moment, self.year)
        if re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]+)+", value):
            value = value.lower()
        if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", value):
            return value.replace("_", " ")
        if re.fullmatch(r"[a-z0-9]+([A-Z][a-z]{2,})+", value):
            return plain_name(value)
        return value


def draw_spelling(rng: random.Random, year: int) -> Spelling:
    """One person's way of writing."""
    days: tuple[DayStyle, ...] = ("day month", "month day", "month nth")
    return Spelling(
        year,
        Manner(
            day=rng.choice(days),
            clock="12" if rng.random() < 0.4 else "24",
            time_first=False,
            spells_small=rng.random() < 0.4,
        ),
    )


def spell_money(value: float, currency: str = "") -> str:
    """`$1,250`, `63.50 SEK`; a bare number without a currency."""
    digits = write_number(value, decimals=2, cents_from=0)
    return write_money(digits, currency, "sign" if currency in SIGNS else "after").rstrip()


def spell_measure(value: Json, kind: str, *, imperial: bool = False) -> str | None:
    """A number with its unit; None for kinds without one."""
    if isinstance(value, bool | str):
        return None
    if kind == "minutes":
        return write_minutes(round(value))
    unit = (_IMPERIAL_UNITS.get(kind) if imperial else None) or _UNITS.get(kind)
    if unit is None:
        return None
    text = unit.format(write_rounded(value))
    return text.removesuffix("s") if value == 1 else text
