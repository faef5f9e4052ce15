"""Numbers as people write them, written and read: `1,250`, `$3.5m`, `12%`, `1.25k`, `twenty-five`, `22nd`.

A text is read token by token, so `12` is not found inside `2012`, `12.5`, `112`, `inv-12` or `10-12`.
"""

import math
import re
from typing import Literal

_DIGITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
NUMBER_WORDS = tuple(f"zero|{_DIGITS}|{_TEENS}".split("|"))
"""The numbers from zero to nineteen."""
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
"""Currencies that are written with a sign before the digits."""
MoneyStyle = Literal["before", "after", "sign"]
"""Where a currency stands: `EUR 5`, `5 EUR`, `€5`."""
_WORDS = {word: value for value, word in enumerate(NUMBER_WORDS)}
_WORDS |= {word: 10 * value for value, word in enumerate(_TENS.split("|"), start=2)}
_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "k": 1_000,
    "thousand": 1_000,
    "mn": 1_000_000,
    "million": 1_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
}

_UNITS_OF_MONEY = ("thousand", "million", "billion")
"""Scales in which worlds keep amounts: `330 million EUR` is 330 where the field counts millions."""

_SMALL = rf"(?:(?:{_TENS})(?:[- ](?:{_DIGITS}))?|{_TEENS}|{_DIGITS}|zero)"
_GROUP = rf"(?:(?:{_SMALL}|an?) hundred(?:(?: and)? {_SMALL})?|{_SMALL})"
_SPELLED = re.compile(
    rf"(?<![^\W_]-)\b(?P<sign>minus )?(?:half a dozen|(?:{_SMALL}|a) dozen"
    rf"|(?:{_GROUP}|an?) (?:thousand|million|billion)(?:,?(?: and)? {_GROUP})?|{_GROUP})\b"
)
_PRONOUN_ONE = re.compile(
    r"\b(?:the|this|that|which|each|every|any|no|another|either) one\b"
    r"|\bone\b(?= (?:of|that|which|who|is|was|for|in|on|at|with|and|or|to)\b|[^\w -]|$)"
)
_NUMERAL = re.compile(
    r"(?<![\w.,:/-])(?P<sign>-|minus |deduct )?(?P<money>[$€£¥]|(?<!\w)(?:usd|eur|gbp) ?)?-?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![.,:/]?\d|-\d|-[^\W_]\b)"
    r"(?: ?(?P<percent>%|percent\b|per cent\b)| ?(?P<scale>k|mn|bn|hundred|thousand|million|billion|dozen)\b"
    r"|(?P<m>m\b)|(?:st|nd|rd|th|kg|g|mg|km|cm|mm|h|hrs?|mins?|s|l|ml|t|kwh?|mwh?|mb|gb|tb|x|usd|eur|gbp)\b"
    r"|(?![^\W_]))"
)

Numeral = tuple[float, ...]
"""One written number with its possible values: `12%` is 12 or 0.12, `3 million` may count millions."""


def find_numbers(text: str) -> list[Numeral]:
    """The numbers that a text (lower case, days and times taken out) holds, numerals first."""
    numerals = [_read_numeral(match) for match in _NUMERAL.finditer(text)]
    spelled = _SPELLED.finditer(_PRONOUN_ONE.sub("", text))
    return numerals + [((-1 if match["sign"] else 1) * _read_spelled(match[0]),) for match in spelled]


def _read_numeral(match: re.Match[str]) -> Numeral:
    number = float(match["digits"].replace(",", ""))
    if match["sign"] or "-" in match[0]:
        number = -number
    if match["percent"]:
        return number, number / 100
    if match["m"] and match["money"]:
        return (number * 1_000_000,)
    if match["scale"] in _UNITS_OF_MONEY:
        return number * _SCALES[match["scale"]], number
    return (number * _SCALES[match["scale"]],) if match["scale"] else (number,)


def _read_spelled(phrase: str) -> float:
    if phrase.endswith("half a dozen"):
        return 6
    total = current = 0
    for word in re.findall(r"[a-z]+", phrase):
        if word in _WORDS:
            current += _WORDS[word]
        elif word in ("hundred", "dozen"):
            current = max(current, 1) * _SCALES[word]
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
    return total + current


def write_number(value: float, *, decimals: int = 4, cents_from: float = math.inf) -> str:
    """`1,250` or `12.5`: thousands apart, no more decimals than there are; whole cents from some size on."""
    whole, _, rest = f"{value:,.{decimals}f}".partition(".")
    rest = rest.rstrip("0")
    if rest and abs(value) >= cents_from:
        rest = rest.ljust(2, "0")
    return f"{whole}.{rest}" if rest else whole


def write_rounded(value: float) -> str:
    """A number that is told, not passed on: four decimals below 10, two from 10 on."""
    return write_number(value, decimals=4 if abs(value) < 10 else 2)


def write_money(digits: str, currency: str, style: MoneyStyle) -> str:
    """An amount with its currency; where a sign is wanted and there is none, its code stands before it."""
    if style == "sign" and currency in SIGNS:
        return f"{SIGNS[currency]}{digits}"
    return f"{digits} {currency}" if style == "after" else f"{currency} {digits}"


def write_nth(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def write_minutes(minutes: int) -> str:
    """`45 min`, `1 h`, `2 h 45 min`."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)
