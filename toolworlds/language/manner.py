"""A person's manner of writing values: `14 March`, `10:30 on 14 March`, `1,250 kg`, `in transit`."""

from dataclasses import dataclass
from datetime import date, datetime, time

from toolworlds.language.days import DayStyle, TimeStyle, parse_iso, write_day, write_time
from toolworlds.language.nouns import to_singular
from toolworlds.language.numbers import NUMBER_WORDS, SIGNS, MoneyStyle, write_money, write_number
from toolworlds.records.base import Json

_CURRENCIES = frozenset({*SIGNS, "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "INR", "SGD", "ZAR"})
_LETTERS_OF_A_SYMBOL = 3
"""Units with more letters are words (`cases`); symbols (`kg`, `TEU`) have no plural and follow digits."""
_SCALES = ("thousand", "million")
"""Units that go on from digits: `330 million EUR`."""
_WHOLE_CENTS_FROM = 100


@dataclass(frozen=True, slots=True)
class Manner:
    """How one person writes numbers, days and times."""

    money: MoneyStyle = "before"
    day: DayStyle = "day month"
    clock: TimeStyle = "24"
    time_first: bool = True
    """Whether a time stands before its day."""
    spells_small: bool = False
    """Whether small whole numbers are words."""

    def write(self, value: Json, unit: str | None, year: int) -> str:
        """A value of the world; text stays as it is, but for underscores. Days of `year` go without one."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return self.write_quantity(value, unit)
        moment = parse_iso(str(value))
        return self.write_moment(moment, year) if moment is not None else str(value).replace("_", " ")

    def write_quantity(self, value: float, unit: str | None) -> str:
        """A number with its unit."""
        digits = write_number(value, cents_from=_WHOLE_CENTS_FROM)
        if unit in _CURRENCIES:
            return write_money(digits, str(unit), self.money)
        if unit == "%":
            return f"{digits}%"
        symbol = unit is not None and (len(unit) <= _LETTERS_OF_A_SYMBOL or unit.startswith(_SCALES))
        spelled = digits if symbol else self.write_small(value) or digits
        if unit is None:
            return spelled
        return f"{spelled} {unit if symbol or abs(value) != 1 else to_singular(unit)}"

    def write_small(self, value: float) -> str | None:
        """`two` to `twelve`, if this person writes them so."""
        return NUMBER_WORDS[int(value)] if self.spells_small and value in range(2, 13) else None

    def write_moment(self, moment: date | time, year: int) -> str:
        """A day, a time of day, or a time with its day."""
        if isinstance(moment, time):
            return write_time(moment, self.clock)
        day = write_day(moment, self.day, year)
        if not isinstance(moment, datetime):
            return day
        at = write_time(moment.time(), self.clock)
        return f"{at} on {day}" if self.time_first else f"{day} at {at}"
