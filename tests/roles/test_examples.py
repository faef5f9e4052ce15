"""The prompts' examples tell of one small world of desks, and they are true of it."""

import json
import re
from collections.abc import Iterator
from textwrap import dedent
from typing import TypeVar

import pytest
from pydantic import BaseModel

from env_generation.soundness import draft_state, draft_tool
from roles import tool_simulator
from roles.env_generator import Metadata, ToolDrafts, WorldDraft
from roles.replies import read_reply
from roles.task_evolver import TurnDraft
from roles.task_solver import SolverCall
from roles.templates import FOLDER, load_template
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion
from toolworlds.records.tools import Proposal, ToolCall, ToolReply, ToolSpec
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import Environment, check_environment
from toolworlds.world.gate import admit
from toolworlds.world.starlark import StarlarkWorker, make_twin
from toolworlds.world.transaction import commit

T = TypeVar("T", bound=BaseModel)

SEARCH = ToolSpec.model_validate(
    {
        "tool_name": "search_desks",
        "tool_description": "Finds desks, cheapest first.",
        "parameters": {
            "type": "object",
            "properties": {
                "max_rate": {"type": "number"},
                "page": {"type": "integer", "default": 1},
                "page_size": {"type": "integer", "default": 10},
            },
            "required": [],
            "additionalProperties": False,
        },
        "effect": "read",
        "footprint": {"reads": ["desks"], "writes": []},
    }
)
LOAN: dict[str, Json] = {"desk_id": "dk_01", "member": "Mara Lindqvist", "due": "2026-03-14"}


def read_example(name: str, reply_type: type[T]) -> T:
    system = load_template(name).system.render(reasoning=True, nonce="")
    (example,) = re.findall(r"<example>\n(.*?)\n</example>", system, re.DOTALL)
    return read_reply(Completion(text=example, finish_reason="stop", model="m"), reply_type)


@pytest.fixture(scope="module")
def env() -> Iterator[Environment]:
    world = read_example("env_generator.world", WorldDraft)
    metadata = read_example("env_generator.metadata", Metadata)
    (lend,) = read_example("env_generator.tools", ToolDrafts).tools
    source = (FOLDER / "partials" / "twin_interface.jinja").read_text()
    (twin,) = re.findall(r"\n\n(    def run.*?)\n\n", source, re.DOTALL)
    tools, twins = [draft_tool(lend, metadata), SEARCH], {"lend_desk": make_twin(dedent(twin))}
    with StarlarkWorker() as worker:
        assert check_environment(world.world_schema, draft_state(world), tools, twins, worker) == []
        yield Environment(world.world_schema, tools, twins, worker)


@pytest.fixture(scope="module")
def state() -> WorldState:
    return draft_state(read_example("env_generator.world", WorldDraft))


def carry_out(env: Environment, state: WorldState, name: str, arguments: dict[str, Json]) -> ToolReply:
    role = "env_simulator" if env.tools[name].effect == "write" else "tool_simulator"
    admitted = admit(env, ToolCall(name=name, arguments=arguments))
    assert isinstance(admitted, dict), admitted
    proposal = read_example(f"{role}.simulate", Proposal)
    return commit(env, state, env.tools[name], admitted, proposal, "model")[1]


def test_the_simulated_loan_is_what_the_twin_does(env: Environment, state: WorldState) -> None:
    """The write in references and the twin in Starlark make the same changes and the same reply."""
    simulated = carry_out(env, state, "lend_desk", LOAN)
    proposal = env.run_twin(state, "lend_desk", LOAN)
    exact = commit(env, state, env.tools["lend_desk"], LOAN, proposal, "twin")[1]
    assert (simulated.status, simulated.reply["seats_left"]) == (200, 0)
    assert simulated.reply == exact.reply
    assert json.dumps(simulated.to_json()["delta"]) == json.dumps(exact.to_json()["delta"])


def test_the_simulated_search_returns_what_the_test_call_pins(env: Environment, state: WorldState) -> None:
    """The pins of the example call are what the example search finds."""
    (call,) = read_example("tool_simulator.test_calls", tool_simulator.AuditCalls).calls
    reply = carry_out(env, state, "search_desks", call.arguments).reply
    assert [pin.value for pin in call.expected] == [reply["total"], reply["desks"][0]["name"]]


def test_the_turns_follow_one_another(env: Environment, state: WorldState) -> None:
    """The second turn lends the desk that the first one found; the solver's example is that call."""
    first = read_example("task_evolver.t0", TurnDraft)
    second = read_example("task_evolver.t1", TurnDraft)
    found = carry_out(env, state, "search_desks", first.call.arguments).reply
    assert second.call.arguments["desk_id"] == found["desks"][0]["id"]
    assert read_example("task_solver.gen", SolverCall).call == second.call
    lent = carry_out(env, state, "lend_desk", second.call.arguments).reply
    for turn, reply in ((first, found), (second, lent)):
        for fact in turn.facts:
            value = reply
            for step in fact.path:
                value = value[step]
            assert isinstance(value, str)
