import asyncio

import pytest

from llm import open_models
from toolworlds.batch.options import StageParser, add_common_flags, read_options
from toolworlds.batch.provenance import trace_origin
from toolworlds.errors import UserError
from toolworlds.records.completions import Request


def test_models_are_looked_for_at_the_first_request() -> None:
    """A dead server is no trouble to a run that asks nobody, and one line to any other."""
    parser = StageParser("some.run", "")
    add_common_flags(parser)
    options = read_options(parser.parse_args(["--role-model", "task_judge=m@http://127.0.0.1:1"]))

    async def ask() -> None:
        async with open_models(options) as model:
            assert model.name == "procedural"
            await model.complete(Request("i/0", "task_judge.gen", ()))

    with pytest.raises(UserError, match=r"cannot reach http://127.0.0.1:1"):
        asyncio.run(ask())


def test_provenance_holds_models_seed_and_prompts_in_order() -> None:
    """The order of roles does not show."""
    parser = StageParser("some.run", "")
    add_common_flags(parser)
    options = read_options(parser.parse_args([]))

    async def trace() -> None:
        async with open_models(options) as model:
            one, other = {"b.x": {"version": 1}}, {"a.y": {"version": 2}}
            traced = trace_origin(model, 3, one, other)
            assert traced == trace_origin(model, 3, other, one)
            assert (list(traced), list(traced["prompts"])) == (["model", "seed", "prompts"], ["a.y", "b.x"])

    asyncio.run(trace())
