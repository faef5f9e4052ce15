"""What the evolver sees of a plan."""

import asyncio

from roles.task_evolver import TaskEvolver
from tests.roles.scenes import ITEM, SEARCHED, SEQUENCE, SPEC, STATE, TURNS
from tests.roles.scripted import ScriptedModel
from toolworlds.records.completions import Request
from toolworlds.records.tasks import NextTurn, Turn

DRAFT = '{"additions": {}, "request": "Hm?", "call": {"name": "get_job", "arguments": {}}, "facts": []}'


def ask(turns: list[Turn]) -> Request:
    model = ScriptedModel([DRAFT])
    asyncio.run(TaskEvolver(model, 7).write_turn(ITEM, NextTurn(SPEC, SEQUENCE, STATE, tuple(turns))))
    return model.requests[0]


def test_the_turn_calls_the_next_tool_of_the_plan() -> None:
    """One turn in, the second tool is due and the third comes later."""
    inputs = ask([SEARCHED]).inputs
    assert (inputs["tool_name"], inputs["later"]) == ("reserve_part", ["get_job"])
    inputs = ask(TURNS).inputs
    assert (inputs["tool_name"], inputs["later"]) == ("get_job", [])


def test_fact_names_are_not_offered_twice() -> None:
    """Names of earlier facts are listed as taken; their values are not marked out."""
    assert "not to be used again: unit_price, job_price" in ask(TURNS).messages[1]["content"]


def test_only_the_tools_of_the_plan_are_shown() -> None:
    """The evolver need not read documentation that no turn uses."""
    assert [tool["name"] for tool in ask([SEARCHED]).inputs["tools"]] == SEQUENCE.tools
