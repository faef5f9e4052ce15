"""Record -> format -> record keeps all that a format can hold."""

import json
from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_export.dialogue import (
    DialogueCall,
    Message,
    TrainingDialogue,
    TrainingPrompt,
    Unfit,
    read_result,
)
from dataset_export.formats.axolotl import to_axolotl
from dataset_export.formats.hermes import to_hermes
from dataset_export.formats.llama_factory import to_llama_factory
from dataset_export.formats.openai import make_safe, to_openai
from dataset_export.formats.parquet import to_parquet
from dataset_export.formats.skyrl import to_skyrl
from dataset_export.formats.skyrl_sft import to_skyrl_sft
from dataset_export.formats.trl import to_trl
from dataset_export.formats.verl import to_verl
from tests.dataset_export.dialogues import arguments, dialogues, functions, texts
from tests.dataset_export.readers import Row, read_native, read_sharegpt
from tests.dataset_export.test_sources import make_trajectory
from toolworlds.records.base import Json
from toolworlds.records.trajectories import Trajectory
from toolworlds.tokens.call_format import read_message, read_results, read_system

DIALOGUE_FORMATS: list[Callable[[TrainingDialogue], Row]] = [
    to_trl,
    to_openai,
    to_axolotl,
    to_skyrl_sft,
    to_llama_factory,
    to_hermes,
]


def compare_calls(messages: tuple[Message, ...]) -> list[Json]:
    """Calls with their arguments as values: what is left of them where formats hold objects."""
    return [[(call.id, call.name, call.read_arguments()) for call in m.calls] for m in messages]


def drop_calls(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    return tuple(replace(message, calls=()) for message in messages)


@given(dialogues())
def test_trl_keeps_everything(dialogue: TrainingDialogue) -> None:
    """Roles, words, thoughts, ids, parallel calls, tools and labels; arguments as equal objects."""
    row = json.loads(json.dumps(to_trl(dialogue)))
    read = read_native(row)
    assert drop_calls(read) == drop_calls(dialogue.messages)
    assert compare_calls(read) == compare_calls(dialogue.messages)
    assert row["tools"] == list(dialogue.tools)
    assert (row["id"], row["field"]) == (dialogue.id, dialogue.labels["field"])


@given(dialogues(untrained=True))
def test_axolotl_keeps_everything(dialogue: TrainingDialogue) -> None:
    """As TRL's, with arguments as the very text, and what is trained of each message."""
    row = to_axolotl(dialogue)
    assert read_native(row) == dialogue.messages
    assert row["tools"] == list(dialogue.tools)
    assert [m["train"] for m in row["messages"]] == [
        m.role == "assistant" and m.trained for m in dialogue.messages
    ]


@given(dialogues())
def test_skyrl_sft_keeps_everything(dialogue: TrainingDialogue) -> None:
    """Messages with the very text of the arguments."""
    row = to_skyrl_sft(dialogue)
    assert read_native(row) == dialogue.messages
    assert row["messages"][-1]["role"] == "assistant"


@given(dialogues(untrained=True))
def test_openai_keeps_all_but_thoughts(dialogue: TrainingDialogue) -> None:
    """The very text of the arguments, ids, and the weight of each assistant message; no other keys."""
    row = to_openai(dialogue)
    read = read_native(row)
    kept = [replace(m, reasoning="", name="") for m in dialogue.messages]
    assert list(read) == kept
    assert set(row) == ({"messages", "tools", "parallel_tool_calls"} if dialogue.tools else {"messages"})
    assert row.get("tools", []) == list(dialogue.tools)


@given(dialogues(words_beside_calls=False))
def test_llama_factory_keeps_all_but_ids(dialogue: TrainingDialogue) -> None:
    """Turns alternate strictly; parallel calls are one turn, their results one observation in their order."""
    row = to_llama_factory(dialogue)
    sides = [turn["from"] in ("human", "observation") for turn in row["conversations"]]
    assert sides == [place % 2 == 0 for place in range(len(sides))]
    found: list[Json] = []
    for speaker, thoughts, words, calls, results in read_sharegpt(row["conversations"]):
        if speaker == "tool" and len(results) > 1:
            found += [("tool", "", read_result(r) if isinstance(r, str) else r, []) for r in results]
        elif speaker == "tool":
            found.append(("tool", "", read_result(results[0]), []))
        else:
            found.append((speaker, thoughts, words, [(call["name"], call["arguments"]) for call in calls]))
    speakers = {"user": "human", "assistant": "gpt", "tool": "tool"}
    assert found == [
        (
            speakers[message.role],
            message.reasoning,
            read_result(message.content) if message.role == "tool" else message.content,
            [(call.name, call.read_arguments()) for call in message.calls],
        )
        for message in dialogue.turns
    ]
    assert row["system"] == dialogue.system
    assert [{"type": "function", "function": f} for f in json.loads(row["tools"] or "[]")] == list(
        dialogue.tools
    )


@given(dialogues())
def test_hermes_keeps_all_but_ids(dialogue: TrainingDialogue) -> None:
    """The system text and tools, words, thoughts, calls and results can be read back from the text alone."""
    row = to_hermes(dialogue)
    turns = list(row["conversations"])
    if turns[0]["from"] == "system":
        system = turns.pop(0)["value"]
        opened = system if dialogue.system else f"\n\n{system}"
        read = read_system(opened) if dialogue.tools else (system, [])
        assert read == (dialogue.system, list(dialogue.tools))
    messages = list(dialogue.turns)
    for turn in turns:
        if turn["from"] == "tool":
            found = read_results(turn["value"])
            said = [messages.pop(0) for _ in found]
            assert [(r.name, r.content) for r in found] == [(m.name, read_result(m.content)) for m in said]
            continue
        message = messages.pop(0)
        if turn["from"] == "human":
            assert turn["value"] == message.content
            continue
        spoken = read_message(turn["value"])
        assert (spoken.thoughts, spoken.text) == (message.reasoning, message.content)
        expected = [(call.name, call.read_arguments()) for call in message.calls]
        assert [(c.name, getattr(c, "arguments", None)) for c in spoken.calls] == expected
    assert not messages


@given(texts, texts, st.lists(functions, min_size=1, max_size=3), arguments)
def test_prompts_keep_everything(system: str, user: str, tools: list[Row], truth: Row) -> None:
    """SkyRL's system text tells the tools, verl's is the plain one; the truth is the very text."""
    prompt = TrainingPrompt("row_1", "env_1", system, user, json.dumps(truth), tuple(tools), rl_ready=True)
    skyrl, verl = to_skyrl(prompt), to_verl(prompt, "train", 7)
    assert read_system(skyrl["prompt"][0]["content"]) == (system, tools)
    assert verl["prompt"][0]["content"] == system
    assert skyrl["prompt"][1]["content"] == verl["prompt"][1]["content"] == user
    assert skyrl["reward_spec"]["ground_truth"] == verl["reward_model"]["ground_truth"] == json.dumps(truth)
    assert (skyrl["extra_info"]["id"], verl["extra_info"]["id"]) == ("row_1", "row_1")
    assert set(verl["extra_info"]["tools_kwargs"]) == {tool["function"]["name"] for tool in tools}


def test_a_prompt_that_tells_its_tools_is_for_skyrl() -> None:
    """Its text stays as it is, and verl's agent would have nothing to call."""
    prompt = TrainingPrompt("a", "env", "Tools: …", "?", "{}")
    assert to_skyrl(prompt)["prompt"][0]["content"] == "Tools: …"
    with pytest.raises(Unfit, match="text of the prompt"):
        to_verl(prompt, "train", 0)


@pytest.mark.parametrize("write", [to_trl, to_skyrl_sft, to_llama_factory, to_hermes])
def test_mistakes_are_not_taught(write: Callable[[TrainingDialogue], Row]) -> None:
    """A format that cannot mark a single message refuses a dialogue with one that must not be trained."""
    dialogue = TrainingDialogue("a", (Message("user", "?"), Message("assistant", "no", trained=False)))
    with pytest.raises(Unfit, match="must not be trained"):
        write(dialogue)


@pytest.mark.parametrize("write", [to_trl, to_skyrl_sft, to_llama_factory, to_hermes])
@pytest.mark.parametrize("written", ['{"a": ', '["a"]', '{"a": NaN}', ""])
def test_arguments_that_are_no_object_are_refused(
    write: Callable[[TrainingDialogue], Row], written: str
) -> None:
    """What an agent wrote in the place of arguments is never mended."""
    call = DialogueCall("c", "find", written)
    messages = (
        Message("user", "?"),
        Message("assistant", "", calls=(call,)),
        Message("tool", "{}", call_id="c", name="find"),
        Message("assistant", "done"),
    )
    with pytest.raises(Unfit, match="arguments"):
        write(TrainingDialogue("a", messages))
    assert (
        to_openai(TrainingDialogue("a", messages))["messages"][1]["tool_calls"][0]["function"]["arguments"]
        == written
    )


def test_llama_factory_refuses_what_it_has_no_place_for() -> None:
    """Two requests in a row, and words beside a call."""
    say, answer = Message("user", "?"), Message("assistant", "!")
    with pytest.raises(Unfit, match="alternate"):
        to_llama_factory(TrainingDialogue("a", (say, say, answer)))
    call = Message("assistant", "I will look.", calls=(DialogueCall("c", "find", "{}"),))
    with pytest.raises(Unfit, match="beside a call"):
        to_llama_factory(TrainingDialogue("a", (say, call)))


def test_hermes_refuses_texts_with_tags() -> None:
    """A text that holds the tags could not be told from a call."""
    messages = (Message("user", "?"), Message("assistant", "write <tool_call>"))
    with pytest.raises(Unfit, match="tags"):
        to_hermes(TrainingDialogue("a", messages))


@given(st.text(min_size=1, max_size=80))
def test_safe_names_are_accepted(name: str) -> None:
    """OpenAI takes letters, digits, `_` and `-`; a name that is safe stays as it is."""
    safe = make_safe(name)
    assert 1 <= len(safe) <= 64 and set(safe) <= ALLOWED
    assert make_safe(safe) == safe


def test_tools_have_one_name_in_a_row() -> None:
    """Functions, calls and the system text; two that would fall together are refused."""
    tools = tuple({"type": "function", "function": {"name": name}} for name in ("doc.find", "doc.find_all"))
    messages = (
        Message("system", "Tools: doc.find, doc.find_all."),
        Message("user", "doc.find?"),
        Message("assistant", "", calls=(DialogueCall("c", "doc.find", "{}"),)),
    )
    row = to_openai(TrainingDialogue("a", messages, tools))
    assert row["messages"][0]["content"] == "Tools: doc_find, doc_find_all."
    assert row["messages"][1]["content"] == "doc.find?"
    assert row["messages"][2]["tool_calls"][0]["function"]["name"] == "doc_find"
    assert [tool["function"]["name"] for tool in row["tools"]] == ["doc_find", "doc_find_all"]
    clash = ({"type": "function", "function": {"name": "doc_find"}},)
    with pytest.raises(Unfit, match="fall together"):
        to_openai(TrainingDialogue("a", messages, clash))


ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@given(st.lists(arguments, max_size=4), arguments)
def test_parquet_columns_hold_any_record(calls: list[Row], answer: Row) -> None:
    """Whatever stands in a trajectory comes back out of its columns, indented or on one line."""
    usual = {"name": "f", "status": 200, "delta": [], "source": "twin"}
    recorded = [{**usual, "arguments": some, "reply": some} for some in calls]
    trajectory = make_trajectory(calls=recorded, answer=answer)
    for option in (0, orjson.OPT_INDENT_2):
        row = to_parquet(orjson.dumps(trajectory, option=option), (Trajectory,), "here")
        assert set(row) == set(trajectory)
        texts = {key for key in row if not isinstance(trajectory[key], str | int | float | None)}
        read = {key: orjson.loads(value) if key in texts else value for key, value in row.items()}
        assert read == trajectory
