"""Progress on stderr: a bar on a terminal, now and then a plain line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

SECONDS_BETWEEN_LINES = 10.0


def say(line: str) -> None:
    """One plain line on stdout, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def show_progress(noun: str, total: int) -> Iterator[Callable[[], None]]:
    """Yields what to call after each item."""
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(noun, total=total)
            yield lambda: bar.advance(task)
    else:
        yield _plain_lines(noun, total)


def _bar() -> "Progress":
    from rich.console import Console  # loaded for people only: batch jobs start without it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _plain_lines(noun: str, total: int) -> Callable[[], None]:
    ended, last = 0, time.monotonic()

    def advance() -> None:
        nonlocal ended, last
        ended += 1
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            sys.stderr.write(f"{noun}: {ended} of {total}\n")

    return advance
