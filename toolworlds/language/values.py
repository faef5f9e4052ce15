"""Values in a person's spelling: whether a text mentions one, and whether an answer states the same one."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from toolworlds.language.days import Calendar, find_days, parse_iso
from toolworlds.language.numbers import Numeral, find_numbers
from toolworlds.language.words import straighten, to_words
from toolworlds.records.base import Json
from toolworlds.records.tasks import FactType

_YES = frozenset({"yes", "true"})
_NO = frozenset({"no", "not", "false", "none", "nothing", "never", "cannot", "without"})
_HALF_A_CENT = 0.005 + 1e-9
_LARGEST = 1e300
"""Beyond it integers no longer mix with floats."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says."""

    words: str
    numerals: list[Numeral]
    calendar: Calendar
    clock: datetime | None


def mentions(text: str, value: Json, fact_type: FactType, now: str | None = None) -> bool:
    """Whether `text` holds `value` in some spelling of a person; of a list or object all members.

    `now` (ISO 8601) gives `tomorrow` and `Friday` their meaning. None and empty lists are mentioned by a
    word such as `none`.
    """
    if isinstance(value, dict):
        value = list(value.values())
    if value is None or value == []:
        return says(text, False)
    if isinstance(value, list):
        return all(mentions(text, member, type_of(member), now) for member in value)
    return _holds(_read(text, now), value, fact_type)


def says(text: str, value: bool) -> bool:
    """Whether the text holds a word for yes, or for no; it may hold both."""
    return _says(to_words(text), value)


def same_value(expected: Json, given: Json, fact_type: FactType) -> bool:
    """Whether an answer's value is the expected one: numbers within a rounding, text up to case and marks,
    dates in any spelling, lists as multisets."""
    if isinstance(expected, list):
        return isinstance(given, list) and _same_members(expected, given)
    if isinstance(expected, dict):
        return isinstance(given, dict) and _same_fields(expected, given)
    if expected is None or given is None or isinstance(given, list | dict):
        return expected is None and given is None
    if isinstance(expected, bool):
        return _truth(given) is expected
    if (number := _number_of(expected, fact_type)) is not None:
        return _is_number(given, number, fact_type)
    moment = parse_iso(expected) if isinstance(expected, str) else None
    if moment is not None and isinstance(given, str):
        instants = [_read_instant(text) for text in (str(expected), given)]
        return instants[0] == instants[1] if all(instants) else _is_moment(given, moment)
    return _plain(expected) == _plain(given)


def _read_instant(text: str) -> datetime | None:
    """A date-time with its zone; None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def type_of(value: Json) -> FactType:
    """The type of a bare value, for arguments and members of lists."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, list | dict):
        return "list"
    return "date" if isinstance(value, str) and parse_iso(value) is not None else "string"


@lru_cache(maxsize=256)
def _read(text: str, now: str | None) -> Reading:
    clock = datetime.fromisoformat(now) if now else None
    plain = straighten(unicodedata.normalize("NFKC", text)).lower().replace("’", "'")
    calendar = find_days(re.sub(r"\s", " ", plain), clock)
    return Reading(to_words(text), find_numbers(calendar.rest), calendar, clock)


def _holds(reading: Reading, value: Json, fact_type: FactType) -> bool:
    if isinstance(value, bool):
        return _says(reading.words, value) and not _says(reading.words, not value)
    if (number := _number_of(value, fact_type)) is not None:
        return any(_close(number, read, fact_type) for numeral in reading.numerals for read in numeral)
    words = to_words(str(value))
    if words.strip() and words in reading.words:
        return True
    moment = parse_iso(str(value))
    return moment is not None and _names(reading, moment)


def _says(words: str, value: bool) -> bool:
    return not (_YES if value else _NO).isdisjoint(words.split())


def _names(reading: Reading, moment: date | datetime | time) -> bool:
    """Whether the text names this day, or this time on its day; a day alone stands for its midnight."""
    days, moments = reading.calendar.days, reading.calendar.moments
    if isinstance(moment, time):
        return any(named.time == moment for named in moments)
    named_days = [day for day in days if day.fits(moment, reading.clock)]
    if not isinstance(moment, datetime):
        return bool(named_days)
    today = reading.clock is not None and not days and moment.date() == reading.clock.date()
    if any(m.time == moment.time() and (m.day in named_days or (today and m.day is None)) for m in moments):
        return True
    timed = [m.day for m in moments]
    return moment.time() == time() and any(day not in timed for day in named_days)


def _number_of(value: Json, fact_type: FactType) -> float | None:
    """The number that a value is, also when the world keeps it as text (`12.50`) under a numeric type."""
    if isinstance(value, int | float):
        return float(value)
    if fact_type not in ("number", "integer") or not isinstance(value, str):
        return None
    numerals = find_numbers(value.lower())
    return numerals[0][0] if len(numerals) == 1 else None


def _close(expected: float, given: float, fact_type: FactType) -> bool:
    """Equal within 1e-6 relative, half a cent at most; from 10 up also when rounded to its cents."""
    if fact_type == "integer" or not math.isfinite(given):
        return expected == given
    difference = abs(expected - given)
    if difference <= min(1e-6 * abs(expected), _HALF_A_CENT):
        return True
    return abs(expected) >= 10 and given == round(given, 2) and difference <= _HALF_A_CENT


def _is_number(given: Json, expected: float, fact_type: FactType) -> bool:
    if isinstance(given, bool):
        return False
    if isinstance(given, int | float):
        return abs(given) < _LARGEST and _close(expected, given, fact_type)
    numerals = _read(str(given), None).numerals
    return len(numerals) == 1 and any(_close(expected, read, fact_type) for read in numerals[0])


def _is_moment(given: str, expected: date | datetime | time) -> bool:
    """A date-time given for a date states the date; several days in one answer state none."""
    stated = parse_iso(given.strip())
    if stated is None:
        reading = _read(given, None)
        return len({(day.month, day.day) for day in reading.calendar.days}) <= 1 and _names(reading, expected)
    if isinstance(stated, datetime) and not isinstance(expected, datetime):
        return expected in (stated.date(), stated.time())
    return _as_datetime(stated) == _as_datetime(expected)


def _as_datetime(moment: date | datetime | time) -> datetime | time:
    if isinstance(moment, datetime | time):
        return moment
    return datetime.combine(moment, time())


def _truth(given: Json) -> bool | None:
    word = _plain(given)
    return True if word in _YES else False if word in ("no", "false") else None


def _plain(value: Json) -> str:
    text = str(value)
    return to_words(text).strip() or text.strip().casefold()


def _same_members(expected: Sequence[Json], given: Sequence[Json]) -> bool:
    if len(expected) != len(given):
        return False
    left = list(given)
    for member in expected:
        match = next((i for i, other in enumerate(left) if same_value(member, other, type_of(member))), None)
        if match is None:
            return False
        del left[match]
    return True


def _same_fields(expected: dict[str, Json], given: dict[str, Json]) -> bool:
    return expected.keys() == given.keys() and all(
        same_value(value, given[name], type_of(value)) for name, value in expected.items()
    )
