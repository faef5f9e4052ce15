"""How many calls one server gets at once: additive increase, multiplicative decrease."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

DECREASE = 0.75
SUCCESSES_PER_STEP = 25
OVERSHOOT = 1.1
CEILING_LASTS_S = 60.0
SAID_FROM_S = 10.0
LONGEST_PAUSE_S = 60.0
"""A server that asks for a longer one is asked again after this."""

log = logging.getLogger(__name__)


class Limiter:
    """Admits calls in order of arrival, at most `limit` at once.

    A refusal cuts the limit to three quarters, once per burst: refusals of calls that were sent before the
    cut belong to it. Each 25 successes raise the limit by one, at first no further than a tenth above where
    the last refusal came; a minute without refusal lifts that ceiling, so that a server which was full or
    away for a while is used again in full. After a refusal nobody is admitted for `pause_s`, or for as long
    as the server asks.
    """

    def __init__(self, most: int, pause_s: float) -> None:
        self.limit = most
        self.load = 0
        """Calls that wait or run."""
        self._most = most
        self._pause_s = pause_s
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._successes = 0
        self._ceiling = float(most)
        self._cut_at = float("-inf")
        self._opens_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[float]:
        """One call's place; yields the moment at which it was granted."""
        self.load += 1
        try:
            await self._enter()
            try:
                yield time.monotonic()
            finally:
                self._running -= 1
                self._admit()
        finally:
            self.load -= 1

    async def _enter(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # granted and cancelled in the same moment
                self._running -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        wait = self._opens_at - time.monotonic()
        if wait > 0:
            self._wake_in(wait)
            return
        while self._waiting and self._running < self.limit:
            place = self._waiting.popleft()
            if not place.done():
                self._running += 1
                place.set_result(None)

    def _wake_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._admit)

    def succeed(self) -> None:
        """Counts a served call."""
        self._successes += 1
        if self._successes % SUCCESSES_PER_STEP:
            return
        held = time.monotonic() - self._cut_at < CEILING_LASTS_S
        if self.limit < min(self._most, self._ceiling if held else self._most):
            self.limit += 1
            self._admit()

    def refuse(self, sent_at: float, retry_after: float | None) -> None:
        """Counts a refusal of the call that was granted its place at `sent_at`."""
        now = time.monotonic()
        pause = self._pause_s if retry_after is None else min(retry_after, LONGEST_PAUSE_S)
        if retry_after is not None and pause >= SAID_FROM_S and self._opens_at <= now:
            log.warning("the server asks to wait %.0f s; nothing is sent for %.0f s", retry_after, pause)
        self._opens_at = max(self._opens_at, now + pause)
        self._successes = 0
        if sent_at >= self._cut_at:
            self._ceiling = self.limit * OVERSHOOT
            self.limit = max(1, int(self.limit * DECREASE))
            self._cut_at = now
