"""The bounded re-ask."""

import asyncio
from typing import ClassVar

import pytest

from roles.base import Role
from roles.task_solver import SolverCall
from tests.roles.scripted import ScriptedModel
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ReplyError, Sampling

INPUTS: dict[str, Json] = {"policy": "", "tools": [], "now": "", "turns": [], "request": "Book it."}
CALL = '{"call": {"name": "book", "arguments": {}}}'
OTHER = '{"call": {"name": "other", "arguments": {}}}'


class Solver(Role):
    """The smallest role there is."""

    name: ClassVar[str] = "task_solver"
    parts: ClassVar[tuple[str, ...]] = ("gen",)
    sampling: ClassVar[Sampling] = Sampling(max_tokens=100)


def refuse_other(reply: SolverCall) -> list[str]:
    return [] if reply.call.name == "book" else [f"call.name is {reply.call.name!r}; call 'book'"]


def ask(model: ScriptedModel, max_asks: int = 3, seed: int = 7) -> SolverCall:
    role = Solver(model, seed, max_asks=max_asks)
    return asyncio.run(role.ask("gen", "t1/turn1", INPUTS, SolverCall, refuse_other, reference="truth"))


def cut_off(text: str) -> Completion:
    return Completion(text=text, finish_reason="length", model="scripted")


def test_a_good_reply_costs_one_call() -> None:
    """The request carries stable id, role, inputs, schema and the stand-in's reference."""
    model = ScriptedModel([CALL])
    assert ask(model).call.name == "book"
    (request,) = model.requests
    assert request.request_id == "t1/turn1/task_solver.gen/0"
    assert (request.role, request.attempt, request.reference) == ("task_solver.gen", 0, "truth")
    assert request.inputs == INPUTS
    assert [message["role"] for message in request.messages] == ["system", "user"]
    assert request.reply_schema is not None


def test_reasons_come_back_with_the_refused_reply() -> None:
    """The second ask holds the first reply and what was wrong with it; prompt and prefix stay the same."""
    model = ScriptedModel(["nonsense", OTHER, CALL])
    assert ask(model).call.name == "book"
    first, second, third = model.requests
    assert [r.request_id[-1] for r in model.requests] == ["0", "1", "2"]
    assert [r.attempt for r in model.requests] == [0, 1, 2]
    assert second.messages[:2] == third.messages[:2] == first.messages
    assert [m["content"] for m in second.messages if m["role"] == "assistant"] == ["nonsense"]
    assert "not a JSON object" in second.messages[-1]["content"]
    assert len(third.messages) == 4
    assert "call.name is 'other'; call 'book'" in third.messages[-1]["content"]


def test_asking_is_bounded() -> None:
    """After the last ask the error names the call and the reasons and keeps the raw reply."""
    model = ScriptedModel([OTHER])
    with pytest.raises(
        ReplyError, match=r"t1/turn1/task_solver\.gen .* in 2 asks: .* call 'book'"
    ) as failure:
        ask(model, max_asks=2)
    assert len(model.requests) == 2
    assert failure.value.raw == OTHER


def test_a_cut_reply_is_asked_again_with_twice_the_room_once() -> None:
    """Truncation doubles the limit, not again and again, and the half reply is not repeated in full."""
    model = ScriptedModel([cut_off("x" * 5000), cut_off("x" * 5000), CALL])
    assert ask(model).call.name == "book"
    assert [r.sampling.max_tokens for r in model.requests] == [100, 200, 200]
    assert len(model.requests[1].messages[2]["content"]) < 300


def test_sampling_seeds_follow_run_seed_and_request() -> None:
    """Same run, same seeds; another attempt or another run, other ones."""
    seeds = []
    for seed in (7, 7, 8):
        model = ScriptedModel([OTHER, CALL])
        ask(model, seed=seed)
        seeds.append([request.sampling.seed for request in model.requests])
    assert seeds[0] == seeds[1]
    assert len({*seeds[0], *seeds[2]}) == 4


@pytest.mark.parametrize(
    ("description", "asks"),
    [
        ({}, True),
        ({"reasoning_channel": True}, False),
        ({"reasoning_channel": False, "roles": {"task_solver": {"reasoning_channel": True}}}, False),
        (
            {
                "roles": {
                    "task_solver": {"reasoning_channel": True},
                    "task_solver.gen": {"reasoning_channel": False},
                }
            },
            True,
        ),
        ({"reasoning_channel": True, "roles": {"task_judge": {"reasoning_channel": False}}}, False),
    ],
)
def test_the_routed_model_decides_about_reasoning(description: dict[str, Json], asks: bool) -> None:
    """What counts is the model that this role and part are sent to."""
    assert Solver(ScriptedModel([CALL], description), 7).asks_reasoning("gen") is asks


def test_prompts_are_named_with_version_and_hash() -> None:
    """What provenance keeps of a role's prompts."""
    (name, prompt), *others = Solver(ScriptedModel([CALL]), 7).prompts().items()
    assert (name, others, set(prompt)) == ("task_solver.gen", [], {"version", "sha256"})
