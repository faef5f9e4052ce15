"""Replies by readers who saw only the prompt: the good ones work, the bad ones are refused with a reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from env_generation.soundness import check_tool, check_world, draft_tool, pick_sound_tools
from roles import tool_simulator
from roles.env_generator import Metadata, SequenceDrafts, ToolDrafts, WorldDraft
from roles.replies import UnusableReply, read_reply
from roles.task_evolver import TurnDraft
from roles.task_solver import SolverCall
from tests.roles.scenes import GOLDEN, RESERVED, SCENES, SEARCHED, SPEC, STATE, TOOLS, WORLD, draft_tool_of
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion
from toolworlds.records.tools import Proposal, ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit
from toolworlds.world.starlark import StarlarkWorker, make_twin
from toolworlds.world.transaction import commit
from utils import read_json

REPLIES = GOLDEN / "replies"
GOOD = sorted(REPLIES.glob("*/good*.json"))
BAD = sorted(REPLIES.glob("*/bad*.txt"))
T = TypeVar("T", bound=BaseModel)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read_as(path: Path, text: str) -> BaseModel:
    reply_type = SCENES[path.parent.name][0]
    assert reply_type is not None
    return read_reply(Completion(text=text, finish_reason="stop", model="reader"), reply_type)


def read_good(name: str, reply_type: type[T]) -> T:
    path = REPLIES / name / "good.json"
    reply = read_as(path, path.read_text())
    assert isinstance(reply, reply_type)
    return reply


@pytest.fixture(scope="module")
def env() -> Iterator[Environment]:
    with StarlarkWorker() as worker:
        yield Environment(SPEC.world_schema, SPEC.tools, {}, worker)


def carry_out(
    env: Environment, name: str, arguments: dict[str, Json], proposal: Proposal
) -> tuple[WorldState, ToolReply]:
    admitted = admit(env, ToolCall(name=name, arguments=arguments))
    assert isinstance(admitted, dict), admitted
    return commit(env, STATE, TOOLS[name], admitted, proposal, "model")


@pytest.mark.parametrize("path", GOOD, ids=name_of)
def test_good_replies_are_read(path: Path) -> None:
    """A reply that a careful reader wrote is used as it is."""
    assert read_as(path, path.read_text()).model_fields_set


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_bad_replies_are_refused_with_a_reason(path: Path) -> None:
    """The first line of each file says which reason the model is given."""
    expected, text = path.read_text().split("\n", 1)
    with pytest.raises(UnusableReply) as refusal:
        read_as(path, text)
    assert expected.removeprefix("refused: ") in str(refusal.value)


def test_every_prompt_has_been_answered() -> None:
    """Each prompt that asks for JSON was played at least once."""
    assert {path.parent.name for path in GOOD} == {n for n, (reply_type, _) in SCENES.items() if reply_type}


def test_the_world_is_sound(env: Environment) -> None:
    """What the world prompt led to passes every check of an environment."""
    world = read_good("env_generator.world", WorldDraft)
    assert check_world(world, env.worker) == []
    assert all(len(entities) >= 8 for entities in world.collections.values())


def test_the_tools_are_sound(env: Environment) -> None:
    """What the tools prompt led to is refused in no part."""
    drafts = read_good("env_generator.tools", ToolDrafts).tools
    assert pick_sound_tools(WORLD, drafts, env.worker) == (drafts, [])


def test_the_documentation_is_sound_and_its_twin_runs(env: Environment) -> None:
    """The twin written after the interface's description does what the recorded call did."""
    metadata = read_good("env_generator.metadata", Metadata)
    assert metadata.twin is not None
    tool = draft_tool(draft_tool_of("reserve_part"), metadata)
    assert check_tool(WORLD, tool, metadata.twin, env.worker) == []
    twinned = Environment(SPEC.world_schema, [tool], {"reserve_part": make_twin(metadata.twin)}, env.worker)
    arguments = RESERVED.call.arguments
    proposal = twinned.run_twin(STATE, "reserve_part", arguments)
    assert commit(twinned, STATE, tool, arguments, proposal, "twin")[1].reply == RESERVED.recorded.reply


def test_the_chains_name_known_tools() -> None:
    """Chains consist of the tools that the prompt listed, in the lengths it asked for."""
    chains = [chain.tools for chain in read_good("env_generator.sequences", SequenceDrafts).sequences]
    assert len(chains) == 6
    assert all(set(chain) <= TOOLS.keys() and 2 <= len(chain) <= 4 for chain in chains)


def test_the_simulated_write_commits(env: Environment) -> None:
    """The delta written in references becomes the booking that the tool's rules demand."""
    arguments = {"customer_id": "cu_01", "bike": "Kalkhoff Endeavour", "hours": 2.5, "due": "2026-05-13"}
    proposal = read_good("env_simulator.simulate", Proposal)
    after, reply = carry_out(env, "book_job", arguments, proposal)
    assert reply.status == 200
    booked = next(job for job in after.collections["jobs"] if job["id"] == reply.reply["job_id"])
    assert booked == {
        "id": reply.reply["job_id"],
        **arguments,
        "price": 112.5,
        "status": "booked",
        "note": None,
    }
    assert reply.reply["price"] == 112.5


@pytest.mark.parametrize("case", read_json(GOLDEN / "simulated_calls.json"), ids=lambda case: case["tool"])
def test_simulated_calls_resolve_to_what_the_rules_demand(env: Environment, case: dict[str, Json]) -> None:
    """Ten calls answered by a reader of the simulators' prompts: writes, refusals, a lookup, a page."""
    proposal = Proposal.model_validate(case["proposal"])
    reply = carry_out(env, case["tool"], case["arguments"], proposal)[1]
    assert (reply.status, reply.reply) == (case["status"], case["reply"])


def test_the_simulated_search_returns_what_the_test_calls_pin(env: Environment) -> None:
    """One reader's search, in references, gives for another's calls what that one worked out by hand."""
    proposal = read_good("tool_simulator.simulate", Proposal)
    for call in read_good("tool_simulator.test_calls", tool_simulator.AuditCalls).calls:
        reply = carry_out(env, "search_parts", call.arguments, proposal)[1].reply
        assert call.expected
        for pin in call.expected:
            value = reply
            for step in pin.path:
                value = value[step]
            assert value == pin.value


@pytest.mark.parametrize(
    ("name", "recorded"), [("task_evolver.t0", SEARCHED.recorded), ("task_evolver.t1", RESERVED.recorded)]
)
def test_the_turns_can_be_carried_out(env: Environment, name: str, recorded: ToolReply) -> None:
    """The evolver's calls pass the gate, and its facts stand where it says."""
    draft = read_good(name, TurnDraft)
    assert isinstance(admit(env, draft.call), dict)
    for fact in draft.facts:
        value = recorded.reply
        for step in fact.path:
            value = value[step]
        assert isinstance(value, int | float)


def test_the_solver_finds_the_call() -> None:
    """From the request alone a reader made the call that the turn records."""
    assert read_good("task_solver.gen", SolverCall).call == RESERVED.call
