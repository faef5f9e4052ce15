"""What simulating models already answered, so that the same call on the same footprint is asked once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from toolworlds.records.tools import Proposal


class Memo:
    """Accepted proposals by key, in memory; the least recently used leaves first.

    `name` begins the request ids of what is asked for it: a memo of another name asks afresh.
    """

    def __init__(self, name: str = "memo", capacity: int = 10_000) -> None:
        self.name = name
        self._capacity = capacity
        self._answers: OrderedDict[str, asyncio.Future[Proposal]] = OrderedDict()

    async def recall(self, key: str, propose: Callable[[], Awaitable[Proposal]]) -> tuple[Proposal, bool]:
        """The proposal kept under `key` and True, or a fresh one and False.

        Who asks for a key that is being proposed waits for that answer, or gets its exception; an
        exception is never kept.
        """
        known = self._answers.get(key)
        if known is not None:
            self._answers.move_to_end(key)
            return await asyncio.shield(known), True
        return await self._propose(key, propose), False

    async def _propose(self, key: str, propose: Callable[[], Awaitable[Proposal]]) -> Proposal:
        answer: asyncio.Future[Proposal] = asyncio.get_running_loop().create_future()
        self._answers[key] = answer
        try:
            answer.set_result(await propose())
        except asyncio.CancelledError:
            self._answers.pop(key, None)
            answer.cancel()
            raise
        except BaseException as error:
            self._answers.pop(key, None)
            answer.set_exception(error)
            answer.exception()  # marks it as seen: there may be no one else waiting
            raise
        if len(self._answers) > self._capacity:
            self._answers.popitem(last=False)
        return answer.result()
