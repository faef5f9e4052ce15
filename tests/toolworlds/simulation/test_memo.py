import asyncio
import gc

import pytest

from toolworlds.errors import ItemError
from toolworlds.records.tools import Proposal
from toolworlds.simulation.memo import Memo


class Proposer:
    """Proposes the number of the call, or raises what it is told to."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> Proposal:
        self.calls += 1
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        return Proposal(status=200, reply=self.calls)


def test_a_key_is_asked_once() -> None:
    """The second recall answers from memory and says so."""

    async def play() -> None:
        memo, propose = Memo(), Proposer()
        assert await memo.recall("a", propose) == (Proposal(status=200, reply=1), False)
        assert await memo.recall("a", propose) == (Proposal(status=200, reply=1), True)
        assert propose.calls == 1

    asyncio.run(play())


def test_identical_calls_at_once_share_one_answer() -> None:
    """Of many who ask at the same time one proposes and the others wait."""

    async def play() -> None:
        memo, propose = Memo(), Proposer()
        answers = await asyncio.gather(*(memo.recall("a", propose) for _ in range(20)))
        assert propose.calls == 1
        assert sorted(known for _, known in answers) == [False] + [True] * 19

    asyncio.run(play())


def test_an_exception_reaches_all_who_wait_and_is_not_kept() -> None:
    """Who asks later is served anew."""

    async def play() -> None:
        memo, propose = Memo(), Proposer(ItemError("nothing usable"))
        both = await asyncio.gather(*(memo.recall("a", propose) for _ in range(2)), return_exceptions=True)
        assert [str(error) for error in both] == ["nothing usable"] * 2
        assert (await memo.recall("a", propose))[1] is False
        assert propose.calls == 2

    asyncio.run(play())


def test_a_cancelled_asker_leaves_nothing_behind() -> None:
    """After a cancellation the key is free again."""

    async def play() -> None:
        memo, propose = Memo(), Proposer()
        asking = asyncio.create_task(memo.recall("a", propose))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await memo.recall("a", propose))[1] is False

    asyncio.run(play())


def test_the_least_recently_used_answer_leaves_first() -> None:
    """The memo never holds more than its capacity."""

    async def play() -> None:
        memo, propose = Memo(capacity=2), Proposer()
        for key in ("a", "b", "a", "c"):
            await memo.recall(key, propose)
        known = {key: (await memo.recall(key, propose))[1] for key in ("a", "b")}
        assert known == {"a": True, "b": False}

    asyncio.run(play())


def test_who_gives_up_waiting_does_not_stop_the_others() -> None:
    """An answer is asked for on behalf of all: one cancelled asker leaves it to the rest."""

    async def play() -> None:
        memo, propose = Memo(), Proposer()
        first, second, third = (asyncio.create_task(memo.recall("a", propose)) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        answers = await asyncio.gather(first, second, third, return_exceptions=True)
        assert [type(answer) for answer in answers] == [tuple, asyncio.CancelledError, tuple]
        assert propose.calls == 1
        assert (await memo.recall("a", propose))[1] is True

    asyncio.run(play())


def test_who_waits_for_a_cancelled_answer_is_cancelled_too() -> None:
    """Nobody waits for what nobody asks any more."""

    async def play() -> None:
        memo, propose = Memo(), Proposer()
        asking, waiting = (asyncio.create_task(memo.recall("a", propose)) for _ in range(2))
        await asyncio.sleep(0)
        asking.cancel()
        ended = await asyncio.wait_for(asyncio.gather(asking, waiting, return_exceptions=True), 5)
        assert [type(answer) for answer in ended] == [asyncio.CancelledError] * 2

    asyncio.run(play())


def test_an_exception_that_nobody_waits_for_is_no_noise() -> None:
    """Who asked has had it; asyncio has nothing left to complain of."""
    complaints: list[object] = []

    async def play() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
        with pytest.raises(ItemError):
            await Memo().recall("a", Proposer(ItemError("nothing usable")))
        gc.collect()

    asyncio.run(play())
    assert complaints == []
