"""Tasks become samples, or are refused with every reason."""

import random
from copy import deepcopy
from typing import Any

import pytest

from skyrl_samples.inventory import Inventory, inventory_of_listing
from skyrl_samples.review import task_of_sample
from skyrl_samples.sample_schema import find_schema_problems
from skyrl_samples.samples import asdict_skyrl, to_skyrl_sample
from skyrl_samples.tasks import InvalidTask
from tests.damage import damage
from toolworlds.records.samples import SkyRLSample
from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import read_message, read_system, write_message

TASK: dict[str, Any] = {
    "task_id": "t1",
    "user_prompt": "  What does a share of Alder Foods cost? Tell the desk-news channel. \n",
    "tool_sequence": [
        {"step": 1, "server": "markets", "tool": "find_company", "params": {"name": "Alder Foods"}},
        {
            "step": 2,
            "server": "markets",
            "tool": "get_quote",
            "params": {"symbol": "${1.companies[0].symbol}"},
            "analysis_requirements": {"extract": ["share_price = price"]},
        },
        {
            "step": 3,
            "server": "chat",
            "tool": "send_message",
            "params": {"channel": "desk-news", "message": "Alder Foods: ${2.price} ${2.currency}"},
        },
    ],
    "final_answer_requirements": {"must_include": ["share_price"], "quality_criteria": ["It is short."]},
}


ABSENT = object()


def put(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The task with another value at a place, or without the key."""
    task: Any = deepcopy(TASK)
    place = task
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    if value is ABSENT:
        del place[path[-1]]
    return task  # type: ignore[no-any-return]


def refuse(task: dict[str, Any], inventory: Inventory | None) -> str:
    with pytest.raises(InvalidTask) as refusal:
        to_skyrl_sample(task, inventory=inventory)
    return "; ".join(refusal.value.reasons)


def test_a_task_becomes_a_sample_in_the_contracts_layout(desk: Inventory) -> None:
    """Keys and their order, defaults, trimmed prompt, no second copy of the task."""
    sample = asdict_skyrl(to_skyrl_sample(TASK, inventory=desk))
    assert list(sample) == ["data_source", "prompt", "env_class", "reward_spec", "extra_info"]
    assert [message["role"] for message in sample["prompt"]] == ["system", "user"]
    assert sample["prompt"][1]["content"] == TASK["user_prompt"].strip()
    assert sample["prompt"][0]["content"] == sample["prompt"][0]["content"].strip()
    truth = sample["reward_spec"]["ground_truth"]
    assert list(truth) == [
        "task_id",
        "complexity",
        "max_turns",
        "success",
        "tool_sequence",
        "limits",
        "analysis_rubric",
        "final_reference",
        "judge_rubric",
    ]
    assert (sample["env_class"], truth["complexity"], truth["max_turns"]) == ("MCPToolEnv", "moderate", 5)
    assert truth["success"] == {"must_call_tool": "markets.find_company"}
    assert truth["limits"] == {"max_servers": 2, "max_tools": 4}
    assert truth["analysis_rubric"]["steps"] == [{"step": 2, "extract": ["share_price = price"]}]
    assert truth["analysis_rubric"]["final_answer_requirements"]["grounded_from"] == ["markets.get_quote"]
    assert truth["final_reference"]["citations"] == {"share_price": "${2.price}"}
    assert TASK["user_prompt"].strip() not in str(sample["extra_info"])
    assert find_schema_problems(sample) == []
    assert SkyRLSample.model_validate(sample).to_json() == sample


def test_tools_are_offered_once_and_in_a_fixed_order(desk: Inventory) -> None:
    """Those listed come first, then the plan's; a bare name means the same tool."""
    listed = ["chat.send_message", "get_quote", "markets.get_quote", "news.search_articles"]
    sample = to_skyrl_sample(TASK | {"tools_available": listed}, inventory=desk)
    offered = [
        "chat.send_message",
        "markets.get_quote",
        "news.search_articles",
        "markets.find_company",
    ]
    assert sample.extra_info.task_metadata.tools_available == offered
    taught = [tool["function"]["name"] for tool in read_system(sample.prompt[0].content)[1]]
    assert taught == [name.partition(".")[2] for name in offered]


def test_the_format_that_is_taught_is_the_one_that_is_parsed(desk: Inventory) -> None:
    """The system text is read back whole, and so is every call of the plan."""
    sample = to_skyrl_sample(TASK, inventory=desk)
    functions = read_system(sample.prompt[0].content)[1]
    assert functions == [
        desk.tools[name].as_function() for name in sample.extra_info.task_metadata.tools_available
    ]
    for step in sample.reward_spec.ground_truth.tool_sequence:
        call = ToolCall(name=step.tool, arguments=step.params)
        assert read_message(write_message("Let me look.", [call])).calls == [call]


def test_a_sample_holds_all_of_its_task(desk: Inventory) -> None:
    """The task read off a sample makes the same sample."""
    sample = to_skyrl_sample(TASK, inventory=desk)
    again = to_skyrl_sample(task_of_sample(sample), inventory=desk)
    assert again.reward_spec == sample.reward_spec
    assert again.prompt == sample.prompt


def test_what_a_task_says_itself_is_kept() -> None:
    """Complexity, turns, limits, must_call_tool, method, system words; a step without number gets one."""
    task = put(("tool_sequence", 1, "step"), ABSENT) | {
        "complexity": "simple",
        "max_turns": 9,
        "limits": {"max_servers": 4, "max_tools": 6},
        "success": {"must_call_tool": "chat.send_message"},
        "system_prompt": "Be brief.",
        "reward_method": "reward_model",
        "domain": "equities-research",
        "assumptions": ["the first hit is meant"],
    }
    sample = to_skyrl_sample(task)
    truth = sample.reward_spec.ground_truth
    assert [step.step for step in truth.tool_sequence] == [1, 2, 3]
    assert (truth.complexity, truth.max_turns, truth.limits.max_tools) == ("simple", 9, 6)
    assert truth.success.must_call_tool == "chat.send_message"
    assert sample.prompt[0].content.startswith("Be brief.")
    assert sample.reward_spec.method == "reward_model"
    assert sample.extra_info.task_metadata.assumptions == ["the first hit is meant"]


FIRST, SECOND = ("tool_sequence", 0), ("tool_sequence", 1)
SYMBOL, ANALYSIS = (*SECOND, "params", "symbol"), (*SECOND, "analysis_requirements")
BAD: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("user_prompt",), ABSENT, "user_prompt is missing"),
    (("user_prompt",), " \n", "user_prompt is empty"),
    (("task_id",), ABSENT, "task_id is missing"),
    (("tool_sequence",), [], "tool_sequence is empty"),
    (("tool_sequence",), "search", "tool_sequence: Input should be a valid list"),
    (("tool_sequence",), TASK["tool_sequence"][::-1], "the steps are numbered 3, 2, 1"),
    (FIRST, "search", "tool_sequence.0: Input should be a valid dictionary"),
    ((*FIRST, "server"), None, "tool_sequence.0.server: Input should be a valid string, got None"),
    ((*FIRST, "tool"), ABSENT, "tool_sequence.0.tool is missing"),
    ((*SECOND, "step"), 1, "step 1 occurs 2 times"),
    ((*SECOND, "step"), 7, "the steps are numbered 1, 7, 3"),
    ((*SECOND, "step"), 0, "tool_sequence.1.step: Input should be greater than or equal to 1, got 0"),
    ((*FIRST, "server"), "", "tool_sequence.0.server: String should have at least 1 character"),
    (("limits",), {"max_servers": 0, "max_tools": 4}, "limits.max_servers: Input should be greater"),
    (("final_answer_requirements", "quality_criteria"), [""], "quality_criteria.0: String should have"),
    (("judge_rubric",), {"weights": {"clarity": 2}}, "judge_rubric.weights.clarity: Input should be less"),
    (("reward_method",), "vibes", "reward_method: Input should be 'rule' or 'reward_model'"),
    ((*SECOND, "step"), "2", "tool_sequence.1.step: Input should be a valid integer, got '2'"),
    (SECOND, TASK["tool_sequence"][0] | {"step": 2}, "step 2 is the same call as step 1"),
    ((*FIRST, "params"), '{"name": "A"}', "tool_sequence.0.params: Input should be a valid dictionary, got"),
    ((*FIRST, "params"), {}, '"name" is a required property'),
    ((*FIRST, "params", "name"), 4, '4 is not of type "string"'),
    ((*FIRST, "params", "nam"), "x", "has no nam; it takes name"),
    ((*FIRST, "tool"), "buy", "the server 'markets' has no tool 'buy'; it has find_company, get_quote"),
    ((*FIRST, "server"), "bank", "belongs to the server 'markets', not to 'bank'"),
    (FIRST, {"server": "a", "tool": "b"}, "there is no server 'a'; there are markets, economy"),
    (SYMBOL, "${2.x}", "only steps before this one have an output yet"),
    (SYMBOL, "${7.x}", "only steps before this one have an output yet"),
    (SYMBOL, "${1.rows}", "returns the fields companies; there is no rows"),
    (SYMBOL, "${1.companies}", "${1.companies} is array, the tool takes string"),
    (SYMBOL, "${1.companies", "is no reference"),
    (SYMBOL, "of ${1.companies}", "${1.companies} is array, a text takes"),
    (SYMBOL, float("nan"), "the task is no plain JSON: nan"),
    (("user_prompt",), "half \ud800", "the task is no plain JSON"),
    (("task_id",), "  ", "task_id is '  '"),
    (("tools_available",), ["news.zip"], "tools_available: the server 'news' has no tool 'zip'"),
    (("judge_rubric",), {"weights": {"clarity": 1}}, "judge_rubric.weights sum to 1.75"),
    (("judge_rubric",), {"target_length_range": [9, 5]}, "target_length_range is 9 to 5"),
    (("max_turns",), 0, "max_turns is 0; 3 steps and an answer need 4 to 20"),
    (("max_turns",), 3, "max_turns is 3"),
    (("max_turns",), 21, "max_turns is 21"),
    (("complexity",), "easy", "complexity: Input should be 'simple', 'moderate' or 'complex'"),
    (("limits",), {"max_servers": 1, "max_tools": 3}, "max_servers is 1, but the plan uses 2 servers"),
    (("limits",), {"max_servers": 2, "max_tools": 2}, "max_tools is 2, but the plan uses 3 tools"),
    (("limits",), {"max_tools": 3}, "limits.max_servers is missing"),
    (("success",), {"must_call_tool": "news.read"}, "which the plan does not call; it calls chat."),
    (("final_answer_requirements", "must_include"), ["profit"], "'profit' cannot be resolved: no step"),
    (("final_answer_requirements", "must_include"), ["share_price"] * 2, "stands there twice"),
    ((*ANALYSIS, "extract"), ["share_price = value"], "price, currency, change_percent; there is no value"),
    ((*ANALYSIS, "extract"), ["a = price", "a = price"], "extract: 'a' is taken 2 times"),
    ((*ANALYSIS, "extract"), ["price"], "is not `name = path`"),
]


@pytest.mark.parametrize(("path", "value", "reason"), BAD, ids=[reason[:50] for *_, reason in BAD])
def test_a_task_that_is_wrong_is_refused_with_a_reason(
    desk: Inventory, path: tuple[str | int, ...], value: Any, reason: str
) -> None:
    """What is wrong, where, with its value."""
    assert reason in refuse(put(path, value), desk)


def test_two_tools_of_one_bare_name_are_refused() -> None:
    """An agent could not say which it means."""
    steps: list[dict[str, Any]] = [{"server": one, "tool": "send"} for one in ("mail", "chat")]
    task = {"task_id": "t", "user_prompt": "Send both.", "tool_sequence": steps}
    assert "'mail.send' and 'chat.send' are both called as 'send'" in refuse(task, None)
    assert "no name of a tool" in refuse(task | {"tool_sequence": [steps[0] | {"tool": " "}]}, None)


def test_every_reason_is_given_at_once(desk: Inventory) -> None:
    """A model that mends one of them is not sent back for the next."""
    wrong = put((*FIRST, "tool"), "buy") | {"max_turns": 2, "success": {"must_call_tool": "x.y"}}
    said = refuse(wrong, desk)
    assert all(part in said for part in ("has no tool 'buy'", "max_turns is 2", "must_call_tool is 'x.y'"))


def test_a_tool_without_declared_output_gives_only_the_whole_of_it() -> None:
    """Nobody could say what a path within it leads to."""
    inventory = inventory_of_listing({"files": ["search", "read"]}, "here")
    steps = [
        {"server": "files", "tool": "search", "params": {"query": "plan"}},
        {"server": "files", "tool": "read", "params": {"hit": "${1}"}},
    ]
    task = {"task_id": "t", "user_prompt": "Read the plan.", "tool_sequence": steps}
    assert to_skyrl_sample(task, inventory=inventory).reward_spec.ground_truth.max_turns == 4
    steps[1]["params"] = {"path": "${1.hits[0]}"}
    assert "does not declare what it returns, so only ${1}" in refuse(task, inventory)
    steps[1] |= {"params": {"path": "plan.md"}, "analysis_requirements": {"extract": ["title = title"]}}
    assert "does not declare what it returns" in refuse(task, inventory)


@pytest.mark.parametrize("bound", [True, False])
def test_damaged_tasks_are_refused_or_become_sound_samples(desk: Inventory, bound: bool) -> None:
    """Whatever a model sends: nothing else is raised, and what is accepted passes the schema."""
    accepted = refused = 0
    for seed in range(600):
        task = damage(deepcopy(TASK), random.Random(seed), 0.04)
        if not isinstance(task, dict):
            continue
        try:
            sample = to_skyrl_sample(task, inventory=desk if bound else None)
        except InvalidTask as invalid:
            refused += 1
            assert invalid.reasons
        else:
            accepted += 1
            assert find_schema_problems(asdict_skyrl(sample)) == []
    assert min(accepted, refused) > 50
