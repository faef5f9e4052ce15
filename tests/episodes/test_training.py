"""Episodes in the tools that people train with: `datasets`, `transformers`, TRL; tiny random models."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from episodes.command import DATA
from episodes.run import main
from episodes.workshop import EpisodeSettings
from tests.episodes.local_tokenizers import make_chat_tokenizer, make_tokenizer
from tests.episodes.test_generation import command
from toolworlds.records.base import Json
from toolworlds.tokens.tags import load_tags
from toolworlds.tokens.tokenizer import Tokenizer

pytestmark = pytest.mark.slow
CONTEXT = 8192


def load_rows(settings: EpisodeSettings, folder: Path, tokenizer: Path) -> Any:
    """Episodes of all kinds, some of which show a mistake, through `datasets`."""
    flags = ("--n", "60", "--tokenizer", str(tokenizer), "--jobs", "1")
    assert main(command(folder / "out", settings, *flags)) == 0
    datasets = pytest.importorskip("datasets")
    path = str(folder / "out" / "train.jsonl")
    rows = datasets.load_dataset("json", data_files=path, split="train", cache_dir=str(folder / "cache"))
    assert {"episode_id", "messages", "input_ids", "loss_mask"} <= set(rows.column_names)
    return rows.filter(lambda row: len(row["input_ids"]) <= CONTEXT)  # small vocabularies make long rows


def make_model() -> Any:
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(vocab_size=700, n_positions=CONTEXT, n_embd=16, n_layer=1, n_head=2)
    return transformers.GPT2LMHeadModel(config)


def make_trainer(rows: Any, tokenizer: Path, folder: Path, **settings: Json) -> Any:
    transformers, trl = pytest.importorskip("transformers"), pytest.importorskip("trl")
    processing = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer / "tokenizer.json"), eos_token="<|im_end|>", pad_token="<|im_start|>"
    )
    processing.chat_template = (tokenizer / "chat_template.jinja").read_text()
    usual: dict[str, Json] = {"max_steps": 1, "per_device_train_batch_size": 2, "max_length": CONTEXT}
    config = trl.SFTConfig(
        output_dir=str(folder / "trained"), use_cpu=True, report_to=[], bf16=False, **usual, **settings
    )
    return trl.SFTTrainer(model=make_model(), args=config, train_dataset=rows, processing_class=processing)


def compute_loss(model: Any, given: dict[str, Any]) -> Any:
    return model(**given).loss


def find_reached(model: Any, run: Callable[[], Any]) -> Any:
    """Which positions the loss has a gradient for, where the last hidden states are."""
    kept: list[Any] = []

    def keep(module: Any, given: Any, states: Any) -> None:
        states.retain_grad()
        kept.append(states)

    handle = model.transformer.ln_f.register_forward_hook(keep)
    run().backward()
    handle.remove()
    return kept[-1].grad.abs().sum(-1) > 0


def test_masked_ids_give_no_gradient(make_settings: Callable[..., EpisodeSettings], tmp_path: Path) -> None:
    """The loss reaches exactly the positions that predict a trained id; mistaken calls are not trained."""
    torch = pytest.importorskip("torch")
    tags = load_tags(DATA / "tags" / "default.json").list_tags()
    rows = load_rows(make_settings(), tmp_path, make_tokenizer(tmp_path / "tags", tags, {}, None))
    mistaken = [
        row for row in rows if not all(m["loss"] or m["role"] != "assistant" for m in row["messages"])
    ]
    for row in (min(rows, key=lambda row: len(row["input_ids"])), mistaken[0]):
        model = make_model()
        ids, mask = torch.tensor([row["input_ids"]]), torch.tensor([row["loss_mask"]])
        given = {"input_ids": ids, "labels": torch.where(mask == 1, ids, -100)}
        reached = find_reached(model, partial(compute_loss, model, given))
        assert torch.equal(reached[0, :-1], mask[0, 1:] == 1) and not reached[0, -1]


def test_one_step_with_trl_on_assistants_only(
    make_settings: Callable[..., EpisodeSettings], tmp_path: Path
) -> None:
    """`assistant_only_loss` takes the messages as they stand; labels and gradients are the assistant's."""
    torch = pytest.importorskip("torch")
    tokenizer = make_chat_tokenizer(tmp_path, "chatml")
    rows = load_rows(make_settings(), tmp_path, tokenizer).select_columns(["messages"])
    trainer = make_trainer(rows, tokenizer, tmp_path, assistant_only_loss=True)
    said = {
        "".join(f"{m['content']}<|im_end|>" for m in row["messages"] if m["role"] == "assistant")
        for row in rows
    }
    batch = next(iter(trainer.get_train_dataloader()))
    for labels in batch["labels"]:
        assert Tokenizer(tokenizer).decode([n for n in labels.tolist() if n != -100]) in said
    labels = batch["labels"].clone()
    reached = find_reached(trainer.model, partial(trainer.compute_loss, trainer.model, batch))
    assert torch.equal(reached[:, :-1], labels[:, 1:] != -100)
    assert trainer.train().training_loss > 0


def test_one_step_with_trl_on_the_episodes_own_mask(
    make_settings: Callable[..., EpisodeSettings], tmp_path: Path
) -> None:
    """`loss_mask`, renamed to TRL's `assistant_masks`, becomes its labels: mistaken calls stay untrained."""
    tokenizer = make_chat_tokenizer(tmp_path, "chatml")
    rows = load_rows(make_settings(), tmp_path, tokenizer).select_columns(["input_ids", "loss_mask"])
    wanted = [
        [i if m else -100 for i, m in zip(row["input_ids"], row["loss_mask"], strict=True)] for row in rows
    ]
    trainer = make_trainer(rows.rename_column("loss_mask", "assistant_masks"), tokenizer, tmp_path)
    assert [row["labels"] for row in trainer.train_dataset] == wanted
    assert trainer.train().training_loss > 0
