"""Stretches of time within the logs: which ones are asked about, and which one is held out for validation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from toolworlds.records.episodes import Split
from utils import stable_hash

LENGTHS = (1, 2, 3, 4, 6, 12, 24, 48)
"""Hours."""
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From a time on, up to another one; ISO times, to the minute."""

    start: str
    end: str


@lru_cache(maxsize=4)
def list_windows(first: str, last: str) -> list[TimeWindow]:
    """Whole hours, half days and days between the first and the last event, at most some hundreds."""
    begin, end = _read_hour(first).replace(hour=0), _read_hour(last) + timedelta(hours=2)
    days = min((end - begin).days + 1, MOST_DAYS)
    starts = (
        (begin + timedelta(hours=start), length)
        for length in LENGTHS
        for start in range(0, days * 24 - length + 1, max(1, length // 2))
    )
    return [
        TimeWindow(_write(at), _write(at + timedelta(hours=length)))
        for at, length in starts
        if at + timedelta(hours=length) <= end
    ]


def hold_out(first: str, last: str) -> TimeWindow:
    """One stretch of the logs: a tenth of their whole days, or of their hours where they span few days."""
    begin, end = _read_hour(first), _read_hour(last) + timedelta(hours=1)
    hours = int((end - begin).total_seconds()) // 3600
    if hours < 2:
        return TimeWindow(_write(begin), _write(begin))
    unit = 1
    if hours >= 96:
        begin, unit = begin.replace(hour=0), 24
    length = max(1, hours // unit // 10) * unit
    start = begin + timedelta(hours=stable_hash("split", "logs", first) % (hours // length) * length)
    return TimeWindow(_write(start), _write(start + timedelta(hours=length)))


def split_moment(held: TimeWindow, time: str) -> Split:
    """The split of what happens at this time."""
    return "validation" if held.start <= time < held.end else "train"


def split_window(held: TimeWindow, window: TimeWindow) -> Split | None:
    """The split of a window; None where it reaches into both."""
    if held.start <= window.start and window.end <= held.end:
        return "validation"
    return "train" if window.end <= held.start or window.start >= held.end else None


def _read_hour(time: str) -> datetime:
    return datetime.fromisoformat(f"{time[:13]}:00:00" if len(time) > 10 else f"{time[:10]}T00:00:00")


def _write(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
