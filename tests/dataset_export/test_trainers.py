"""Exports in the consumers' own code: `datasets`, TRL, SkyRL's dataset classes; tiny random models."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from tokenizers import Tokenizer

from dataset_export.formats.any import FORMATS
from tests.dataset_export.test_export import list_rows, sample_tokens, write_lines
from tests.dataset_export.test_run import export
from tests.dataset_export.test_sources import make_trajectory
from tests.episodes.local_tokenizers import make_chat_tokenizer
from toolworlds.batch.dataset import load_rows
from toolworlds.records.base import Json
from toolworlds.records.tasks import Row

pytestmark = pytest.mark.slow
FLAGS = ("--include-procedural", "--split", "train=0.5,test=0.5")
CONTEXT = 8192


def open_export(folder: Path) -> Any:
    """All splits, as a user opens them: by the folder alone."""
    datasets = pytest.importorskip("datasets", minversion="4.7")
    return datasets.load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_opens_from_disk(name: str, rows: Path, tmp_path: Path) -> None:
    """Splits and counts are the manifest's, columns the card's, and JSON comes back as it was written."""
    manifest = export(rows, name, tmp_path / "out", *FLAGS)
    opened = open_export(tmp_path / "out")
    assert {split: len(opened[split]) for split in opened} == {
        split: about["records"] for split, about in manifest["splits"].items()
    }
    if FORMATS[name].suffix == "jsonl":
        assert [dict(row) for row in opened["train"]] == list_rows(tmp_path / "out")


def test_mixed_objects_open_as_they_were(tmp_path: Path) -> None:
    """Arguments of different shapes get no nulls from each other."""
    shapes: list[Json] = [{"a": 1}, {"b": "x"}, {"a": [1, {"c": None}]}, {}]
    records = []
    for number, arguments in enumerate(shapes):
        record = make_trajectory(rollout=number)
        record["messages"][2]["tool_calls"][0]["function"]["arguments"] = orjson.dumps(arguments).decode()
        records.append(record)
    export(write_lines(tmp_path / "t.jsonl", records), "trl", tmp_path / "out")
    opened = open_export(tmp_path / "out")["train"]
    found = [row["messages"][2]["tool_calls"][0]["function"]["arguments"] for row in opened]
    assert found == shapes


def make_processing(folder: Path) -> Any:
    transformers = pytest.importorskip("transformers")
    processing = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), eos_token="<|im_end|>", pad_token="<|im_start|>"
    )
    processing.chat_template = (folder / "chat_template.jinja").read_text()
    return processing


def train_one_step(rows: Any, tokenizer: Path, folder: Path) -> Any:
    """A trainer after its only step."""
    transformers, trl = pytest.importorskip("transformers"), pytest.importorskip("trl")
    config = trl.SFTConfig(
        output_dir=str(folder / "trained"), max_steps=1, per_device_train_batch_size=2, max_length=CONTEXT,
        use_cpu=True, bf16=False, report_to=[], assistant_only_loss=True,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=700, n_positions=CONTEXT, n_embd=16, n_layer=1, n_head=2)
    )
    trainer = trl.SFTTrainer(
        model=model, args=config, train_dataset=rows, processing_class=make_processing(tokenizer)
    )
    assert trainer.train().training_loss > 0
    return trainer


def test_one_step_with_trl(rows: Path, tmp_path: Path) -> None:
    """`SFTTrainer` takes rows as they stand, tools and all; it trains what our own mask trains."""
    tokenizer = make_chat_tokenizer(tmp_path, "chatml")
    export(rows, "trl", tmp_path / "out", "--include-procedural")
    export(rows, "skyrl-sft", tmp_path / "ids", "--include-procedural", "--tokenizer", str(tokenizer))
    known = {row["id"]: row for row in list_rows(tmp_path / "ids")}
    opened = open_export(tmp_path / "out")["train"]
    fitting = [n for n, row in enumerate(opened) if len(known[row["id"]]["input_ids"]) <= CONTEXT][:4]
    chosen = opened.select(fitting)
    trainer = train_one_step(chosen, tokenizer, tmp_path)
    engine = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    for row, seen in zip(chosen, trainer.train_dataset, strict=True):
        ours = known[row["id"]]
        trained = [n for n, m in zip(ours["input_ids"], ours["loss_mask"], strict=True) if m]
        theirs = (
            [n for n in seen["labels"] if n != -100]
            if "labels" in seen
            else [n for n, m in zip(seen["input_ids"], seen["assistant_masks"], strict=True) if m]
        )
        assert engine.decode(theirs, skip_special_tokens=False) == engine.decode(
            trained, skip_special_tokens=False
        )


def test_skyrl_reads_prompts(rows: Path, tmp_path: Path) -> None:
    """SkyRL's `PromptDataset` hands each row on to the environment, its truth being the row."""
    dataset = pytest.importorskip("skyrl.train.dataset.dataset")
    export(rows, "skyrl", tmp_path / "out", "--include-procedural")
    file = str(tmp_path / "out" / "data" / "train.parquet")
    processing = make_processing(make_chat_tokenizer(tmp_path, "chatml"))
    prompts = dataset.PromptDataset(file, processing, max_prompt_length=1 << 20, num_workers=1)
    released = list(load_rows(rows))
    assert len(prompts) == len(released)
    for number, row in enumerate(released):
        messages, env_class, extras, uid = prompts[number]
        assert [message["role"] for message in messages] == ["system", "user"]
        assert (env_class, uid, extras["extra_info"]["id"]) == ("MCPToolEnv", str(number), row.id)
        assert Row.model_validate_json(extras["reward_spec"]["ground_truth"]) == row


def test_skyrl_reads_token_ids(tmp_path: Path) -> None:
    """SkyRL's loader of pretokenized data keeps every sequence, from the first sampled token on."""
    pretokenized = pytest.importorskip("skyrl.train.dataset.pretokenized")
    records = [sample_tokens(make_trajectory(rollout=number)) for number in range(3)]
    export(write_lines(tmp_path / "t.jsonl", records), "skyrl-sft", tmp_path / "out")
    loaded = pretokenized.load_from_pretokenized(str(tmp_path / "out" / "data" / "train.jsonl"))
    assert len(loaded) == 3
    assert loaded[0]["input_ids"] == [1, 2, 3, 4, 5, 6]
    assert (loaded[0]["num_actions"], loaded[0]["loss_mask"]) == (4, [1, 1, 0, 1])


def test_verl_reads_prompts(rows: Path, tmp_path: Path) -> None:
    """verl's `RLHFDataset` finds prompt, truth and the row's own tools."""
    dataset = pytest.importorskip("verl.utils.dataset.rl_dataset")
    omegaconf = pytest.importorskip("omegaconf")
    export(rows, "verl", tmp_path / "out", "--include-procedural")
    config = omegaconf.OmegaConf.create(
        {"cache_dir": str(tmp_path / "cache"), "filter_overlong_prompts": False, "max_prompt_length": 1 << 20}
    )
    processing = make_processing(make_chat_tokenizer(tmp_path, "chatml"))
    file = str(tmp_path / "out" / "data" / "train.parquet")
    prompts = dataset.RLHFDataset(data_files=file, tokenizer=processing, config=config)
    released = list(load_rows(rows))
    assert len(prompts) == len(released)
    for number, row in enumerate(released):
        assert isinstance(row, Row)
        read = prompts[number]
        assert [message["role"] for message in read["raw_prompt"]] == ["system", "user"]
        assert (read["index"], read["agent_name"]) == (number, "tool_agent")
        assert Row.model_validate_json(read["reward_model"]["ground_truth"]) == row
        names = [tool.tool_name for tool in row.tools]
        assert list(read["tools_kwargs"]) == read["extra_info"]["tool_selection"] == names


def test_llama_factory_reads_calls_and_tools(rows: Path, tmp_path: Path) -> None:
    """Its formatters parse every call turn, parallel ones included, and the tools."""
    formatter = pytest.importorskip("llamafactory.data.formatter")
    call = make_trajectory()["messages"][2]["tool_calls"][0]
    parallel = make_trajectory()
    parallel["messages"][2:] = [
        {"role": "assistant", "content": "", "tool_calls": [call, {**call, "id": "c2"}]},
        {"role": "tool", "tool_call_id": "c1", "content": "{}"},
        {"role": "tool", "tool_call_id": "c2", "content": "{}"},
        {"role": "assistant", "content": "done"},
    ]
    export(rows, "llama-factory", tmp_path / "rows", "--include-procedural")
    export(write_lines(tmp_path / "t.jsonl", [parallel]), "llama-factory", tmp_path / "parallel")
    calls = formatter.FunctionFormatter(slots=["{{content}}"], tool_format="qwen")
    tools = formatter.ToolFormatter(tool_format="qwen")
    for row in [*list_rows(tmp_path / "rows"), *list_rows(tmp_path / "parallel")]:
        for turn in row["conversations"]:
            if turn["from"] == "function_call":
                [text] = calls.apply(content=turn["value"])
                wanted = orjson.loads(turn["value"])
                assert text.count("<tool_call>") == (len(wanted) if isinstance(wanted, list) else 1)
        if row["tools"]:
            names = [tool["name"] for tool in orjson.loads(row["tools"])]
            assert all(name in tools.apply(content=row["tools"])[0] for name in names)


@pytest.mark.parametrize("name", ["openai", "axolotl"])
def test_messages_are_openais(name: str, rows: Path, tmp_path: Path) -> None:
    """Messages and tools are what OpenAI's own library declares."""
    chat: Any = pytest.importorskip("openai.types.chat")
    pydantic = pytest.importorskip("pydantic")
    messages = pydantic.TypeAdapter(list[chat.ChatCompletionMessageParam])
    tools = pydantic.TypeAdapter(list[chat.ChatCompletionToolParam])
    export(rows, name, tmp_path / "out", "--include-procedural")
    for row in list_rows(tmp_path / "out"):
        assert len(messages.validate_python(row["messages"])) == len(row["messages"]) > 0
        assert len(tools.validate_python(row["tools"])) == len(row["tools"]) > 0
