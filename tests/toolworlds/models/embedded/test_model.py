"""The embedded model as a model: every role, the same bytes each time, plausible usage, clear refusals."""

import asyncio
import json
from pathlib import Path

import pytest

from conversations.players import PLAYERS
from roles.conversation_judge import ConversationJudge
from roles.conversation_repairer import ConversationRepairer
from roles.conversation_writer import ConversationWriter
from roles.env_generator import EnvGenerator
from roles.env_simulator import EnvSimulator
from roles.judge_simulator import JudgeSimulator
from roles.sample_writer import SampleWriter
from roles.task_evolver import TaskEvolver
from roles.task_judge import TaskJudge
from roles.task_solver import TaskSolver
from roles.task_summarizer import TaskSummarizer
from roles.tool_simulator import ToolSimulator
from roles.trajectory_judge import TrajectoryJudge
from tests.toolworlds.models.embedded.released import RELEASED, release_rows
from toolworlds.batch.dataset import load_rows
from toolworlds.errors import UserError
from toolworlds.models.embedded.model import ProceduralModel
from toolworlds.records.base import Json
from toolworlds.records.completions import ReplyError, Request
from toolworlds.records.tasks import Row

ROLES = (
    EnvGenerator, EnvSimulator, ToolSimulator, JudgeSimulator, TaskEvolver, TaskSolver, TaskJudge,
    TaskSummarizer, TrajectoryJudge, SampleWriter, ConversationJudge, ConversationRepairer,
    ConversationWriter,
)  # fmt: skip
UNPLAYED = {
    "tool_simulator.imagine",
    "task_solver.trajectory",
    "task_solver.action",
    "sample_writer.plan",
    "conversation_repairer.surgical",
    "conversation_repairer.rewrite",
}
"""Rollouts are the ladder's; worlds without state, free prompts and repairs need a language model."""


def complete(model: ProceduralModel, request: Request) -> str:
    return asyncio.run(model.complete(request)).text


def ask_subfields(number: int) -> Request:
    inputs = {"field": "Logistics", "count": 2}
    return Request(
        f"logistics/env_generator.subfields/{number}", "env_generator.subfields", (), inputs=inputs
    )


def test_every_part_of_every_role_is_played() -> None:
    """What the roles can ask is what the model can answer, with the named exceptions."""
    asked = {f"{role.name}.{part}" for role in ROLES for part in role.parts}
    assert set(ProceduralModel("procedural", 0, players=PLAYERS).roles) == asked - UNPLAYED


def test_a_reply_depends_on_seed_and_request_alone() -> None:
    """Neither other requests nor their order change it; another seed or id may."""
    one, other = ProceduralModel("procedural", 5), ProceduralModel("procedural", 5)
    first = [complete(one, ask_subfields(number)) for number in range(8)]
    second = [complete(other, ask_subfields(number)) for number in reversed(range(8))]
    assert first == second[::-1]
    assert len(set(first)) > 1
    assert first != [complete(ProceduralModel("procedural", 6), ask_subfields(number)) for number in range(8)]


def test_reasoning_stands_where_the_schema_asks_for_it() -> None:
    """It is the first field, or none."""
    schema: Json = {"properties": {"reasoning": {}, "problem": {}, "verdict": {}}}
    request = Request("t/task_judge.gen/0", "task_judge.gen", (), reply_schema=schema, reference=False)
    model = ProceduralModel("procedural", 0)
    assert list(json.loads(complete(model, request))) == ["reasoning", "problem", "verdict"]
    bare = Request("t/task_judge.gen/0", "task_judge.gen", (), reference=True)
    assert json.loads(complete(model, bare)) == {"problem": "", "verdict": "accept"}


def test_usage_is_counted() -> None:
    """Four characters are a token."""
    request = Request("t/task_judge.gen/0", "task_judge.gen", ({"role": "user", "content": "x" * 400},))
    completion = asyncio.run(ProceduralModel("procedural", 0).complete(request))
    assert completion.usage.prompt_tokens == 100
    assert completion.usage.completion_tokens == len(completion.text) // 4
    assert completion.finish_reason == "stop"


def test_what_it_cannot_play_is_an_item_error() -> None:
    """The message names the role and those it plays."""
    with pytest.raises(ReplyError, match=r"'tool_simulator.imagine'.*env_generator.subfields"):
        complete(ProceduralModel("procedural", 0), Request("i/r/0", "tool_simulator.imagine", ()))


def test_an_unknown_field_lists_the_known_ones() -> None:
    """It is the user's to mend."""
    request = Request(
        "x/env_generator.subfields/0", "env_generator.subfields", (), inputs={"field": "Alchemy", "count": 1}
    )
    with pytest.raises(UserError, match=r"no field 'Alchemy'.*Logistics"):
        complete(ProceduralModel("procedural", 0), request)


@pytest.mark.parametrize("name", ["procedural:wizard", "procedural:noisy", "procedural:noisy=2"])
def test_an_unknown_agent_lists_the_known_ones(name: str) -> None:
    """So does a skill that is no probability."""
    with pytest.raises(UserError, match="procedural:"):
        ProceduralModel(name, 0)


def test_planted_mistakes_are_kept_with_their_truth() -> None:
    """The list says what was said and what would have been right."""
    model = ProceduralModel("procedural", 0, {"wrong_verdict": 1.0})
    request = Request("t/task_judge.gen/0", "task_judge.gen", (), reference=True)
    assert json.loads(complete(model, request))["verdict"] == "reject"
    assert [json.loads(planted.truth.text)["verdict"] for planted in model.planted] == ["accept"]


def test_two_runs_release_the_same_bytes(released: Path, tmp_path: Path) -> None:
    """Through all stages, in any order of completion."""
    again = release_rows(tmp_path, *RELEASED, "--concurrency", "1")
    assert again.read_bytes() == released.read_bytes()
    assert all(isinstance(row, Row) and row.certificate.passed for row in load_rows(again))
