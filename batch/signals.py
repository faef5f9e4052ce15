"""Interrupts: the first one lets running items finish, the second one stops them."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def drain_on_signals() -> Iterator[asyncio.Event]:
    """Yields the event that the first SIGINT or SIGTERM sets; the second one cancels the current task."""
    loop, stop, task = asyncio.get_running_loop(), asyncio.Event(), asyncio.current_task()

    def interrupt() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        else:
            stop.set()
            sys.stderr.write("interrupted: finishing what is running; once more to stop at once\n")

    for number in SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        yield stop
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
