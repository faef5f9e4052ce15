"""The agent of a rollout: what it sees and what becomes of its replies."""

import asyncio
from typing import Any

import pytest

from roles.task_solver import AgentStep, TaskSolver
from tests.roles.scenes import FACTS, FUNCTIONS, ITEM, ROW
from tests.roles.scripted import ScriptedModel
from toolworlds.records.completions import Completion
from toolworlds.records.tasks import PlainRow

TOOL_CALL = {"id": "c1", "type": "function", "function": {"name": "get_job", "arguments": "{}"}}
PLAIN = PlainRow(
    id="x", field="f", summary="Do it.", tools=[], gt_tool_calls=[], initial_state={}, final_state={}
)


def step(model: ScriptedModel, *, json_actions: bool = False) -> AgentStep:
    solver = TaskSolver(model, 7, json_actions=json_actions)
    messages = solver.open_episode(ROW, FUNCTIONS)
    return asyncio.run(solver.trajectory(f"{ITEM}.0/turn1", messages, FUNCTIONS, session="s", reference=ROW))


@pytest.mark.parametrize("json_actions", [False, True])
def test_the_agent_sees_rules_clock_and_fact_names_but_no_truth(json_actions: bool) -> None:
    """Neither values of facts nor anything of the world stands in the opening."""
    system, user = TaskSolver(ScriptedModel([""]), 7, json_actions=json_actions).open_episode(ROW, FUNCTIONS)
    assert user == {"role": "user", "content": ROW.summary}
    for shown in (ROW.policy, ROW.now, *(f"{fact.name}: {fact.type}" for fact in FACTS)):
        assert shown in system["content"]
    for hidden in ("129.8", "pt_1", "Luis", "Trek"):
        assert hidden not in system["content"]


def test_a_plain_row_has_no_rules_and_no_clock() -> None:
    """What the row does not have is not made up, nor left as a gap."""
    system = TaskSolver(ScriptedModel([""]), 7).open_episode(PLAIN, [])[0]["content"]
    assert "House rules" not in system
    assert "It is now" not in system
    assert '"answer" is {}' in system


def test_native_calls_and_thoughts_are_kept() -> None:
    """The message goes back to the model as it came: content, reasoning, tool calls."""
    reply = Completion(
        text="", finish_reason="tool_calls", model="m", tool_calls=(TOOL_CALL,), reasoning="Look it up."
    )
    model = ScriptedModel([reply])
    taken = step(model)
    assert taken.message == {
        "role": "assistant",
        "content": "",
        "reasoning": "Look it up.",
        "tool_calls": [TOOL_CALL],
    }
    assert taken.completion is reply
    (request,) = model.requests
    assert request.tools == tuple(FUNCTIONS)
    assert request.reply_schema is None
    assert request.request_id == f"{ITEM}.0/turn1/task_solver.trajectory/0"
    assert (request.session, request.reference) == ("s", ROW)
    assert request.sampling.seed is not None


def test_json_actions_ask_for_a_schema_instead_of_tools() -> None:
    """In the fallback the tools stand in the system text and the reply is one action."""
    model = ScriptedModel(['{"call": {"name": "get_job", "arguments": {"job_id": "jb_12"}}, "finish": null}'])
    taken = step(model, json_actions=True)
    (request,) = model.requests
    assert request.tools == ()
    assert request.reply_schema is not None
    assert '"name":"get_job"' in request.messages[0]["content"]
    call: dict[str, Any] = taken.message["tool_calls"][0]
    assert call["function"] == {"name": "get_job", "arguments": '{"job_id":"jb_12"}'}


def test_a_moment_is_asked_for_as_a_date_time() -> None:
    """A fact of type date whose value holds a time says so; its value stays hidden."""
    moments = [fact.model_copy(update={"type": "date", "value": "2026-05-13T09:30:00"}) for fact in FACTS]
    row = ROW.model_copy(update={"expected_answer": moments})
    system = TaskSolver(ScriptedModel([""]), 7).open_episode(row, FUNCTIONS)[0]["content"]
    assert f"{FACTS[0].name}: date-time" in system
    assert "09:30" not in system


def test_a_call_id_is_used_once_in_an_episode() -> None:
    """Where an engine repeats an id, the later call gets another one."""
    reply = Completion(text="", finish_reason="tool_calls", model="m", tool_calls=(TOOL_CALL,))
    solver = TaskSolver(ScriptedModel([reply]), 7)
    messages = solver.open_episode(ROW, FUNCTIONS)
    first = asyncio.run(solver.trajectory(f"{ITEM}.0/turn1", messages, FUNCTIONS)).message
    result = {"role": "tool", "tool_call_id": "c1", "content": "{}"}
    later = [*messages, first, result]
    second = asyncio.run(solver.trajectory(f"{ITEM}.0/turn2", later, FUNCTIONS)).message
    assert first["tool_calls"][0]["id"] == "c1"
    assert second["tool_calls"][0]["id"] != "c1"
