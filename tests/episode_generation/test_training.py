"""A file of episodes trains: loaded with `datasets`, one step with TRL, no gradient from masked ids.

Needs torch, transformers, datasets and trl, which the project does not install by itself.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from episode_generation.run import main
from episode_generation.workshop import Settings
from tests.episode_generation.local_tokenizers import make_chat_tokenizer
from tests.episode_generation.test_generation import command

pytestmark = pytest.mark.slow


def make_file(settings: Settings, folder: Path) -> tuple[str, Path]:
    tokenizer = make_chat_tokenizer(folder, "chatml")
    flags = ("--n", "40", "--tokenizer", str(tokenizer), "--jobs", "1")
    assert main(command(folder / "out", settings, *flags)) == 0
    return str(folder / "out" / "train.jsonl"), tokenizer


def test_the_file_loads_and_masked_ids_give_no_gradient(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """All rows have the same columns; the loss reaches exactly the positions that predict a trained id."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    path, _ = make_file(make_settings(), tmp_path)
    rows = pytest.importorskip("datasets").load_dataset("json", data_files=path, split="train")
    assert {"episode_id", "messages", "input_ids", "loss_mask"} <= set(rows.column_names)
    row = min(rows, key=lambda row: len(row["input_ids"]))
    config = transformers.GPT2Config(vocab_size=700, n_positions=8192, n_embd=16, n_layer=1, n_head=2)
    model = transformers.GPT2LMHeadModel(config)
    ids, mask = torch.tensor([row["input_ids"]]), torch.tensor([row["loss_mask"]])
    logits = model(ids).logits
    logits.retain_grad()
    labels = torch.where(mask == 1, ids, -100)
    torch.nn.functional.cross_entropy(logits[0, :-1], labels[0, 1:]).backward()
    reached = logits.grad[0, :-1].abs().sum(-1) > 0
    assert torch.equal(reached, mask[0, 1:] == 1)


def test_one_step_with_trl_on_assistants_only(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    """`assistant_only_loss` accepts the messages as they stand, through a template with generation marks."""
    pytest.importorskip("torch")
    transformers, trl = pytest.importorskip("transformers"), pytest.importorskip("trl")
    path, folder = make_file(make_settings(), tmp_path)
    rows = pytest.importorskip("datasets").load_dataset("json", data_files=path, split="train")
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), eos_token="<|im_end|>", pad_token="<|im_start|>"
    )
    tokenizer.chat_template = (folder / "chat_template.jinja").read_text()
    config = transformers.GPT2Config(vocab_size=700, n_positions=4096, n_embd=16, n_layer=1, n_head=2)
    settings = trl.SFTConfig(
        output_dir=str(tmp_path / "t"),
        max_steps=1,
        per_device_train_batch_size=2,
        assistant_only_loss=True,
        max_length=4096,
        use_cpu=True,
        report_to=[],
        bf16=False,
    )
    trainer = trl.SFTTrainer(
        model=transformers.GPT2LMHeadModel(config),
        args=settings,
        train_dataset=rows.select_columns(["messages"]),
        processing_class=tokenizer,
    )
    assert trainer.train().training_loss > 0
