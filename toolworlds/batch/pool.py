"""The bounded pool: so many items alive at once, no barrier between them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def run_bounded(
    items: Iterable[T],
    tell_story: Callable[[T], Awaitable[None]],
    concurrency: int,
    stop: asyncio.Event | None = None,
) -> None:
    """Keeps `concurrency` items alive until the iterable ends or `stop` is set; running items are finished.

    Items are drawn only when a place is free, so memory does not grow with their number. The first
    exception ends the pool and is raised as itself, not wrapped in a group.
    """
    iterator = iter(items)

    async def drain() -> None:
        for item in iterator:
            if stop is not None and stop.is_set():
                return
            await tell_story(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(drain())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
