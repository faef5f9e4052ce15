import asyncio

import pytest

from toolworlds.batch.ledger import CountingModel
from toolworlds.errors import UserError
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ProviderError, Request, Usage


class Clerk:
    """A small model: answers, or is out, as its list says."""

    name = "clerk"

    def __init__(self, answers: list[bool]) -> None:
        self.answers = answers
        self.closed = False

    async def complete(self, request: Request) -> Completion:
        if self.answers.pop(0):
            return Completion("ok", "stop", "clerk", usage=Usage(100, 10, 60), retries=2)
        raise ProviderError("nobody there")

    async def aclose(self) -> None:
        self.closed = True

    def describe(self) -> dict[str, Json]:
        return {"name": "clerk"}


def test_calls_are_counted_by_role() -> None:
    """Tokens, cached tokens, re-asks, retries and unserved calls each have their own count."""
    model = CountingModel("clerk", lambda: Clerk([True, True, True, False]))

    async def talk() -> None:
        await model.complete(Request("i/0", "judge.eval", ()))
        await model.complete(Request("i/1", "judge.eval", (), attempt=1))
        await model.complete(Request("i/3", "judge.eval", ()))
        with pytest.raises(ProviderError):
            await model.complete(Request("i/2", "judge.gen", ()))

    asyncio.run(talk())
    taken = model.ledger.take()
    assert list(taken) == ["judge.eval", "judge.gen"]
    assert taken["judge.eval"]["seconds"] > 0
    seen = {k: v for k, v in taken["judge.eval"].items() if k != "seconds"}
    assert seen == {
        "calls": 3,
        "reasks": 1,
        "unserved": 0,
        "retries": 6,
        "prompt_tokens": 300,
        "cached_tokens": 180,
        "completion_tokens": 30,
    }
    assert taken["judge.gen"]["unserved"] == 1
    assert model.ledger.take() == {}


def test_what_the_user_must_mend_is_no_call() -> None:
    """A request that was refused before anybody was asked is not counted, so that a run may begin anew."""

    class Unknowing(Clerk):
        async def complete(self, request: Request) -> Completion:
            raise UserError("no such field")

    model = CountingModel("clerk", lambda: Unknowing([]))
    with pytest.raises(UserError):
        asyncio.run(model.complete(Request("i/0", "judge.eval", ())))
    assert model.ledger.roles == {}


def test_the_model_behind_is_opened_once_and_only_when_asked() -> None:
    """A run that owes nothing opens nothing."""
    opened: list[Clerk] = []

    def open_clerk() -> Clerk:
        opened.append(Clerk([True, True]))
        return opened[-1]

    idle = CountingModel("clerk", open_clerk)
    asyncio.run(idle.aclose())
    assert opened == []
    busy = CountingModel("clerk", open_clerk)

    async def talk() -> None:
        await asyncio.gather(*(busy.complete(Request(f"i/{n}", "r.p", ())) for n in range(2)))
        await busy.aclose()

    asyncio.run(talk())
    assert len(opened) == 1
    assert opened[0].closed
