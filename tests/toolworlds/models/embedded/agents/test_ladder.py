"""The ladder: each rung does as well as its name says."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.toolworlds.models.embedded.released import roll_out
from toolworlds.batch.dataset import load_rows
from toolworlds.models.embedded.model import ProceduralModel
from toolworlds.records.completions import Request
from toolworlds.records.tasks import Row


@pytest.fixture(scope="module")
def row(released: Path) -> Row:
    return next(row for row in load_rows(released) if isinstance(row, Row) and row.expected_answer)


def ask(row: Row, *messages: dict[str, str], schema: bool = False) -> Request:
    return Request(
        f"{row.id}.0/turn/task_solver.trajectory/0",
        "task_solver.trajectory",
        ({"role": "user", "content": row.summary}, *messages),
        reply_schema={"properties": {}} if schema else None,
        reference=row,
        session=f"{row.id}.0",
    )


def test_the_oracle_solves_all_and_doing_nothing_solves_none(released: Path, tmp_path: Path) -> None:
    """The two ends of the ladder."""
    oracle, noop = (roll_out(released, agent, tmp_path / agent) for agent in ("oracle", "noop"))
    assert oracle["solved"] == oracle["rollouts"] > 5
    assert noop["solved"] == 0


def test_a_noisy_agent_stands_between(released: Path, tmp_path: Path) -> None:
    """With three to five steps a task, four of five right steps solve about half."""
    noisy = roll_out(released, "noisy=0.8", tmp_path)
    assert 0 < noisy["solved"] < noisy["rollouts"]


@pytest.mark.parametrize("agent", ["greedy", "random"])
def test_guessing_does_not_solve_tasks_of_several_steps(agent: str, released: Path, tmp_path: Path) -> None:
    """A certified row is not solved by luck."""
    assert roll_out(released, agent, tmp_path)["solved"] == 0


def test_skill_one_and_zero_are_the_oracle_and_its_opposite(row: Row) -> None:
    """A noisy agent that never errs makes the oracle's calls; one that always errs makes others."""
    said = [
        asyncio.run(ProceduralModel(f"procedural:{a}", 0).complete(ask(row)))
        for a in ("oracle", "noisy=1", "noisy=0")
    ]
    assert said[0].tool_calls == said[1].tool_calls
    assert said[0].tool_calls != said[2].tool_calls


def test_json_actions_are_the_same_calls(row: Row) -> None:
    """Without native tool calls the agent writes its call, and reads results that the user brings."""
    model = ProceduralModel("procedural:oracle", 0)
    native = asyncio.run(model.complete(ask(row))).tool_calls[0]["function"]
    action = json.loads(asyncio.run(model.complete(ask(row, schema=True))).text)
    assert action["call"] == {"name": native["name"], "arguments": json.loads(native["arguments"])}
    results = [
        {"role": "user", "content": f"Result of call_1: {json.dumps(c.reply)}"} for c in row.recorded_calls
    ]
    end = json.loads(asyncio.run(model.complete(ask(row, *results, schema=True))).text)
    assert end["call"] is None
    assert end["finish"]["answer"] == {fact.name: fact.value for fact in row.expected_answer}


def test_an_agent_reports_what_it_read(row: Row) -> None:
    """Facts are taken from the replies of this rollout, not from the ground truth's."""
    fact = row.expected_answer[0]
    replies = [{"role": "tool", "content": json.dumps(c.reply)} for c in row.recorded_calls]
    replies[fact.call] = {"role": "tool", "content": json.dumps({"error": "it rains"})}
    end = asyncio.run(ProceduralModel("procedural", 0).complete(ask(row, *replies))).text
    assert fact.name not in json.loads(end.partition("\n")[2])["answer"]
