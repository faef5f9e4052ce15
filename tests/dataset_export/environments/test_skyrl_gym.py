"""Rows through SkyRL-Gym's own package and registry."""

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dataset_export.formats.skyrl import to_skyrl
from dataset_export.sources.rows import read_prompt
from tests.dataset_export.library import FINAL, LEND, PAY, PAY_MORE, make_bare_row, make_row, write_line
from tests.dataset_export.test_model_answers import simulate
from tests.stub_server import Behaviour, StubServer
from toolworlds.records.tasks import Row
from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import read_results, read_system, write_message
from utils import UserError

skyrl_gym = pytest.importorskip("skyrl_gym", reason="needs the extra `skyrl`")
from dataset_export.environments.skyrl_gym import register_environment  # noqa: E402 - only with SkyRL-Gym

pytestmark = pytest.mark.slow


def make_env(row: Row, max_turns: int | None = None) -> Any:
    register_environment()
    register_environment()
    extras = {"reward_spec": {"method": "rule", "ground_truth": write_line(row)}, "max_turns": max_turns}
    return skyrl_gym.make("MCPToolEnv", env_config={}, extras=extras)


def call(*calls: dict[str, Any]) -> str:
    return write_message("I go on.", [ToolCall(**one) for one in calls], "Hm.")


def play(env: Any, messages: list[str]) -> dict[str, Any]:
    """The last step's output."""
    prompt = [{"role": "user", "content": "Please."}]
    assert env.init(prompt) == (prompt, {})
    for message in messages:
        output: dict[str, Any] = env.step(message)
    return output


def test_the_oracle_earns_one() -> None:
    """Its calls are answered between tags, its last message ends the episode."""
    env = make_env(make_row())
    env.init([])
    for given, recorded in zip(make_row().gt_calls, make_row().recorded_calls, strict=True):
        output = env.step(call(given.to_json()))
        assert (output["reward"], output["done"]) == (0.0, False)
        (message,) = output["observations"]
        assert message["role"] == "user"
        assert [(r.name, r.content) for r in read_results(message["content"])] == [
            (given.name, recorded.reply)
        ]
    end = env.step(FINAL)
    assert (end["observations"], end["reward"], end["done"]) == ([], 1.0, True)
    assert end["metadata"]["components"] == {"state": True, "answer": True, "extra_writes": 0}
    assert env.get_metrics() == {"turns": 5, "valid": True, "solved": True, "answered_by_code": 1.0}


def test_doing_nothing_earns_nothing() -> None:
    """A valid episode with a reward of 0."""
    end = play(make_env(make_row()), [""])
    assert (end["reward"], end["done"], end["metadata"]["valid"]) == (0.0, True, True)


def test_an_exported_sample_teaches_what_the_environment_reads() -> None:
    """Its prompt shows the row's tools and the tags; calls to these tools, so written, are carried out."""
    sample = to_skyrl(read_prompt(write_line(make_row()).encode(), "a line"))
    register_environment()
    prompt, env_class = sample.pop("prompt"), sample.pop("env_class")
    env = skyrl_gym.make(env_class, env_config={}, extras={**sample, "max_turns": 24})
    (system, _), _ = env.init(prompt)
    _, tools = read_system(system["content"])
    assert [tool["function"]["parameters"] for tool in tools] == [
        tool.parameters for tool in make_row().tools
    ]
    example = re.search(r"<tool_call>.*?</tool_call>", system["content"], re.DOTALL)
    assert example is not None
    taught = json.dumps({"name": "search_desks", "arguments": {"max_rate": 4}})
    for given in make_row().gt_calls:
        env.step(example.group().replace(taught, json.dumps(given.to_json())))
    assert env.step(FINAL)["reward"] == 1.0


def test_several_calls_stand_in_one_message() -> None:
    """They are carried out and answered in their order."""
    env = make_env(make_row())
    output = play(env, [call(LEND, PAY)])
    assert [r.name for r in read_results(output["observations"][0]["content"])] == ["lend_book", "pay_fees"]
    assert env.step(FINAL)["reward"] == 1.0


def test_a_call_that_makes_no_sense_is_told_and_costs_nothing() -> None:
    """Broken JSON, an unknown tool, wrong arguments: the agent reads why and goes on."""
    env = make_env(make_row())
    broken = "<tool_call>{broken</tool_call>" + call(
        {"name": "fly", "arguments": {}}, PAY | {"arguments": {}}
    )
    output = play(env, [broken])
    errors = [r.content["error"] for r in read_results(output["observations"][0]["content"])]
    assert "no JSON object" in errors[0]
    assert errors[1] == "there is no tool 'fly'"
    assert "invalid arguments" in errors[2]
    env.step(call(LEND, PAY))
    assert env.step(FINAL)["reward"] == 1.0


def test_an_episode_ends_at_the_turn_limit() -> None:
    """Unsolved, even if the last call finished the work; a last message at the limit still counts."""
    assert play(make_env(make_row(), 1), [call(LEND, PAY)])["reward"] == 0.0
    assert play(make_env(make_row(), 2), [call(LEND, PAY), FINAL])["reward"] == 1.0


def test_an_invalid_episode_has_no_number_for_a_reward() -> None:
    """NaN, never 0; metadata and metrics say that it must be masked."""
    env = make_env(make_bare_row())
    end = play(env, [call(PAY_MORE)])
    assert (math.isnan(end["reward"]), end["done"]) == (True, True)
    assert end["metadata"]["reasons"] == ["pay_fees has no twin, and this call of it was not recorded"]
    assert env.get_metrics()["valid"] is False


def test_a_model_may_answer_instead() -> None:
    """Named where the environment is made or registered; code still judges the end."""
    with StubServer(Behaviour(answer=simulate)) as stub:
        register_environment()
        extras = {"reward_spec": {"ground_truth": write_line(make_bare_row())}}
        env = skyrl_gym.make("MCPToolEnv", extras=extras, simulator=f"stub@{stub.url}")
        rest = PAY | {"arguments": {"member_id": "mb_01", "amount": 1.5}}
        assert play(env, [call(PAY_MORE, rest, LEND), FINAL])["reward"] == 1.0
        assert env.get_metrics()["answered_by_code"] == pytest.approx(1 / 3)


def test_a_sample_without_a_row_is_refused() -> None:
    """In one line, when the environment is made."""
    register_environment()
    with pytest.raises(UserError, match=r"no reward_spec\.ground_truth"):
        skyrl_gym.make("MCPToolEnv", extras={})
    with pytest.raises(UserError, match="has no certificate"):
        skyrl_gym.make("MCPToolEnv", extras={"reward_spec": {"ground_truth": json.dumps({"task": "x"})}})


def test_fifty_episodes_sixteen_at_once() -> None:
    """In threads, as SkyRL plays them: oracles earn 1, those who do nothing 0."""
    oracle = [*(call(given.to_json()) for given in make_row().gt_calls), FINAL]

    def run(number: int) -> float:
        return float(play(make_env(make_row()), [""] if number % 2 else oracle)["reward"])

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(run, range(50))) == [1.0, 0.0] * 25


def test_an_unfinished_episode_is_valid_and_unsolved() -> None:
    """So that averages count those that the trainer cut short."""
    env = make_env(make_row())
    play(env, [call(LEND)])
    assert env.get_metrics() == {"turns": 1, "valid": True, "solved": False, "answered_by_code": 1.0}


def test_metrics_average_over_episodes() -> None:
    """As SkyRL reports them for a batch."""
    from skyrl_gym.metrics import aggregate_for_environment

    register_environment()
    solved, failed = make_env(make_row()), make_env(make_row())
    play(solved, [call(LEND, PAY), FINAL])
    play(failed, [""])
    metrics = aggregate_for_environment("MCPToolEnv", [solved.get_metrics(), failed.get_metrics()])
    assert (metrics["solved"], metrics["valid"], metrics["turns"]) == (0.5, 1.0, 1.5)
