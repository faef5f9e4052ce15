"""What each kind of input says in neutral words."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_export.dialogue import TrainingDialogue, Unfit
from dataset_export.inputs import Input
from dataset_export.sources.conversations import CONVERSATIONS
from dataset_export.sources.episodes import EPISODES
from dataset_export.sources.kind import InputKind
from dataset_export.sources.samples import SAMPLES
from dataset_export.sources.trajectories import TRAJECTORIES, join_turns
from toolworlds.records.base import Json
from toolworlds.records.trajectories import AgentTurn
from toolworlds.tokens.tokenizer import Tokens
from utils import UserError

ids = st.lists(st.integers(0, 9), min_size=1, max_size=5)


def read(kind: InputKind, record: dict[str, Json]) -> TrainingDialogue:
    assert kind.read_dialogue
    return kind.read_dialogue(orjson.dumps(record), "here")


def make_turn(prompt: list[int], reply: list[int]) -> AgentTurn:
    return AgentTurn(
        finish_reason="stop",
        prompt_tokens=len(prompt),
        completion_tokens=len(reply),
        prompt_token_ids=prompt,
        token_ids=reply,
    )


@given(st.lists(st.tuples(ids, ids), min_size=1, max_size=4))
def test_turns_that_go_on_are_one_sequence(turns: list[tuple[list[int], list[int]]]) -> None:
    """The mask covers each reply where it stands, and nothing else."""
    sampled, expected, mask = [], list[int](), list[int]()
    for added, reply in turns:
        expected, mask = expected + added, mask + [0] * len(added)
        sampled.append(make_turn(list(expected), reply))
        expected, mask = expected + reply, mask + [1] * len(reply)
    assert list(join_turns(sampled)) == [Tokens(expected, mask)]


def test_a_rewritten_prompt_begins_another_sequence() -> None:
    """An engine that drops earlier thoughts renders the past anew; no id is trained that was not sampled."""
    turns = [make_turn([1, 2], [3, 4]), make_turn([1, 2, 4, 5], [6])]
    assert list(join_turns(turns)) == [
        Tokens([1, 2, 3, 4], [0, 0, 1, 1]),
        Tokens([1, 2, 4, 5, 6], [0, 0, 0, 0, 1]),
    ]


def test_a_turn_without_ids_gives_none() -> None:
    """Half a sequence would be a wrong one."""
    bare = AgentTurn(finish_reason="stop", prompt_tokens=1, completion_tokens=1)
    assert not list(join_turns([make_turn([1], [2]), bare]))


def make_trajectory(**changes: Json) -> dict[str, Json]:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"a": 1}'}}
    trajectory: dict[str, Json] = {
        "format_version": 1, "task_id": "shop_spec_001_seq2", "rollout": 3, "field": "Shop",
        "solved": True, "reward": 1.0, "reasons": [], "valid": True, "stop_reason": "finished", "fault": None,
        "components": {}, "judge": None, "certified": True, "tools": [], "agent_turns": [],
        "calls": [], "final_message": "",
        "answer": {}, "agent": {}, "provenance": {},
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "u"},
            {"role": "assistant", "content": "", "reasoning": "hm", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "{}"},
        ],
    }  # fmt: skip
    return trajectory | changes


def test_a_trajectory_ends_with_the_agent() -> None:
    """Results that the agent never answered are not part of what it said."""
    dialogue = read(TRAJECTORIES, make_trajectory())
    assert [message.role for message in dialogue.messages] == ["system", "user", "assistant"]
    assert dialogue.messages[-1].reasoning == "hm"
    assert dialogue.labels["environment"] == "shop_spec_001"


def test_a_trajectory_without_the_agent_is_unfit() -> None:
    """The provider never answered."""
    with pytest.raises(Unfit):
        read(TRAJECTORIES, make_trajectory(messages=[{"role": "user", "content": "u"}]))


def test_a_task_of_another_name_counts_by_its_field() -> None:
    """Rows from elsewhere do not tell their environment, so that a whole field stays together."""
    assert (
        TRAJECTORIES.read_head(orjson.dumps(make_trajectory(task_id="t-17")), "").environment == "field:Shop"
    )


CONVERSATION: dict[str, Any] = {
    "conversation_id": "conv_1_0001",
    "messages": [
        {"role": "user", "content": "Two things, please."},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"name": "desk::find", "parameters": {"q": "é"}},
                {"name": "desk::list", "parameters": {}},
            ],
        },
        {"role": "tool", "name": "desk::find", "content": '{"id": 1}'},
        {"role": "tool", "name": "desk::list", "content": "[]"},
        {"role": "assistant", "content": "Done."},
    ],
    "tool_calls": [],
    "tool_outputs": [],
    "metadata": {
        "conversation_id": "conv_1_0001", "seed": 1, "tool_ids_used": ["desk"], "num_turns": 5,
        "num_clarification_questions": 0, "memory_grounding_rate": None, "corpus_memory_enabled": True,
        "pattern_type": "parallel", "sampling_mode": "mixed", "domain": "Office",
        "endpoint_ids": ["desk::find", "desk::list"], "num_tool_calls": 2, "num_distinct_tools": 1,
    },
}  # fmt: skip


def test_outputs_of_a_conversation_find_their_calls() -> None:
    """Call ids are counted, and outputs follow in the order of the calls."""
    dialogue = read(CONVERSATIONS, CONVERSATION)
    assert [call.id for call in dialogue.calls] == ["call_0", "call_1"]
    assert [m.call_id for m in dialogue.messages if m.role == "tool"] == ["call_0", "call_1"]


@pytest.mark.parametrize("dropped", [2, 3])
def test_a_missing_output_is_unfit(dropped: int) -> None:
    """The first or the second output is gone."""
    messages = [m for place, m in enumerate(CONVERSATION["messages"]) if place != dropped]
    with pytest.raises(Unfit):
        read(CONVERSATIONS, {**CONVERSATION, "messages": messages})


EPISODE: dict[str, Any] = {
    "episode_id": "ep_1",
    "meta": {
        "category": "error", "pattern": "ERROR_RECOVERY", "language": "de", "source": "generated",
        "plan": "ERROR_RECOVERY/x", "split": "validation",
    },
    "system": 'Tools: a, b. A call is the whole message: <|call|>{"name": …, argument: value}<|/call|>.',
    "messages": [
        {"role": "user", "content": "Suche."},
        {"role": "assistant", "content": '<|toolcall|>{"name":"workspace.search"}<|/toolcall|>'},
        {"role": "toolresult", "name": "workspace.search", "content": '{"error": "query"}'},
        {
            "role": "assistant",
            "content": '<|toolcall|>{"name":"workspace.search","query":"ä"}<|/toolcall|>',
            "loss": True,
        },
        {"role": "toolresult", "name": "workspace.search", "content": "{}"},
        {"role": "assistant", "content": "Nichts gefunden.", "loss": True},
    ],
}  # fmt: skip


def test_an_episode_has_native_calls_and_keeps_its_losses() -> None:
    """Tags and what teaches them are gone; the call that is a mistake is not trained."""
    dialogue = read(EPISODES, EPISODE)
    assert dialogue.system == "Tools: a, b."
    assert [call.read_arguments() for call in dialogue.calls] == [{}, {"query": "ä"}]
    assert [m.trained for m in dialogue.messages if m.role == "assistant"] == [False, True, True]
    assert EPISODES.read_head(orjson.dumps(EPISODE), "").split == "validation"


def test_a_sample_of_the_embedded_model_is_procedural() -> None:
    """Its backend says so."""
    sample = {"data_source": "d", "reward_spec": {"ground_truth": {"task_id": "t"}}}
    said = {**sample, "extra_info": {"task_metadata": {"backend": "procedural", "domain": "x"}}}
    assert not SAMPLES.read_head(orjson.dumps(sample), "").procedural
    head = SAMPLES.read_head(orjson.dumps(said), "")
    assert (head.id, head.environment, head.procedural) == ("t", "x", True)


def test_inputs_are_told_by_their_records(tmp_path: Path) -> None:
    """Lines, an array, and a folder of files hold the same kind; other files beside them do not matter."""
    one = make_trajectory()
    (tmp_path / "array.json").write_bytes(orjson.dumps([one, one], option=orjson.OPT_INDENT_2))
    (tmp_path / "lines.jsonl").write_bytes(orjson.dumps(one) + b"\n" + orjson.dumps(one) + b"\n" + b'{"task')
    folder = tmp_path / "folder"
    folder.mkdir()
    for k in range(2):
        (folder / f"a.{k}.json").write_bytes(orjson.dumps(one, option=orjson.OPT_INDENT_2))
    (folder / "summary.json").write_bytes(b'{\n "rows": 2}')
    for name in ("array.json", "lines.jsonl", "folder"):
        source = Input(tmp_path / name)
        assert source.kind is TRAJECTORIES
        assert [orjson.loads(data) for _, data in source.scan()] == [one, one]
        assert [spot.read() for spot, _ in source.scan()] == [data for _, data in source.scan()]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"[]", b"no", b'{"rows": 1}\n'])
def test_what_is_no_input_is_refused(tmp_path: Path, content: bytes) -> None:
    """One line that names the file."""
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.json"):
        Input(tmp_path / "x.json")


@pytest.mark.parametrize("arguments", ["{", "[1]", ""])
def test_an_episode_with_broken_arguments_trains_nobody(arguments: str) -> None:
    """A later right call solved it; the broken one would be learnt all the same."""
    record = make_trajectory()
    record["messages"][2]["tool_calls"][0]["function"]["arguments"] = arguments
    with pytest.raises(Unfit, match="no JSON object"):
        read(TRAJECTORIES, record)
