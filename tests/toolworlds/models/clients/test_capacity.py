import asyncio
import logging
import time

import pytest

from toolworlds.models.clients.capacity import LONGEST_PAUSE_S, SUCCESSES_PER_STEP, Limiter


def test_never_more_than_the_limit_at_once_and_all_get_through() -> None:
    """Forty calls through four places."""

    async def scene() -> list[int]:
        limiter, running, seen = Limiter(4, 0.0), 0, []

        async def call() -> None:
            nonlocal running
            async with limiter.place():
                running += 1
                seen.append(running)
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(call() for _ in range(40)))
        assert limiter.load == 0
        return seen

    seen = asyncio.run(scene())
    assert (len(seen), max(seen)) == (40, 4)


def test_a_burst_of_refusals_cuts_once() -> None:
    """Calls sent before the cut belong to its burst; a later refusal cuts again."""
    limiter = Limiter(100, 0.0)
    sent = time.monotonic()
    for _ in range(30):
        limiter.refuse(sent, None)
    assert limiter.limit == 75
    limiter.refuse(time.monotonic(), None)
    assert limiter.limit == 56


def test_the_limit_never_falls_below_one() -> None:
    """A server that refuses for ever is still asked, one call at a time."""
    limiter = Limiter(3, 0.0)
    for _ in range(10):
        limiter.refuse(time.monotonic(), None)
    assert limiter.limit == 1


def test_successes_raise_the_limit_to_a_tenth_above_the_last_refusal() -> None:
    """One more for each 25 successes, no further than the ceiling while that holds."""
    limiter = Limiter(100, 0.0)
    for _ in range(3):
        limiter.refuse(time.monotonic(), None)
    assert limiter.limit == 42
    for _ in range(SUCCESSES_PER_STEP):
        limiter.succeed()
    assert limiter.limit == 43
    for _ in range(100 * SUCCESSES_PER_STEP):
        limiter.succeed()
    assert limiter.limit == 62  # the last refusal came at 56


def test_nobody_is_admitted_during_a_pause() -> None:
    """The server's own wish counts before the pause of ours."""

    async def scene(pause_s: float, retry_after: float | None) -> float:
        limiter = Limiter(2, pause_s)
        limiter.refuse(time.monotonic(), retry_after)
        begun = time.monotonic()
        async with limiter.place():
            return time.monotonic() - begun

    assert asyncio.run(scene(0.05, None)) >= 0.05
    assert asyncio.run(scene(60.0, 0.0)) < 1.0


def test_a_cancelled_waiter_leaves_no_place_taken() -> None:
    """Interrupting a call that waits for its place frees it for the next."""

    async def scene() -> None:
        limiter = Limiter(1, 0.0)

        async def hold(seconds: float) -> None:
            async with limiter.place():
                await asyncio.sleep(seconds)

        first = asyncio.create_task(hold(0.02))
        waiting = asyncio.create_task(hold(60))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(first, waiting, return_exceptions=True)
        await asyncio.wait_for(hold(0), 1)
        assert limiter.load == 0

    asyncio.run(scene())


def test_a_wish_for_a_long_pause_is_capped_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """An hour becomes a minute, whoever of a burst is told."""
    limiter = Limiter(10, 0.0)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            limiter.refuse(time.monotonic(), 3600.0)
    assert limiter._opens_at - time.monotonic() <= LONGEST_PAUSE_S
    assert [record.getMessage() for record in caplog.records] == [
        "the server asks to wait 3600 s; nothing is sent for 60 s"
    ]
