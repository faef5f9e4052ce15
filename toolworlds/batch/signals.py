"""Interrupts: the first one lets running items finish, the second one stops them."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def drain_on_signals() -> Iterator[asyncio.Event]:
    """Yields the event that the first SIGINT or SIGTERM sets; the second one cancels the current task.

    Not by `loop.add_signal_handler`: the loop would notice only after a story that does not wait. That may
    be the last one, and whatever runs stages one by one would go on to the next.
    """
    loop, stop, task = asyncio.get_running_loop(), asyncio.Event(), asyncio.current_task()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and task is not None:
            loop.call_soon_threadsafe(task.cancel)
        else:
            stop.set()
            sys.stderr.write("interrupted: finishing what is running; once more to stop at once\n")

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
