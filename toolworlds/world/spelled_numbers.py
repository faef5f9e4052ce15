"""Numbers as people write them: `1,250`, `$3.5m`, `12%`, `1.25k`, `twenty-five`, `two hundred and ten`.

The text is read token by token, so `12` is not found inside `2012`, `12.5`, `112`, `inv-12` or `10-12`.
"""

import re

_DIGITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_WORDS = {word: value for value, word in enumerate(f"zero|{_DIGITS}|{_TEENS}".split("|"))}
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
