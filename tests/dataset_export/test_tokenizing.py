"""Token ids through a chat template: what is trained spells what the assistant said, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from dataset_export.dialogue import DialogueCall, Message, TrainingDialogue, Unfit
from dataset_export.formats.skyrl_sft import encode, open_encoder
from dataset_export.run import main
from tests.dataset_export.test_export import list_rows
from tests.dataset_export.test_run import export
from tests.episodes.local_tokenizers import make_chat_tokenizer

TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {}}}}
ASK = Message("assistant", "", calls=(DialogueCall("call_0", "find", '{"name": "Zoë"}'),))
DIALOGUE = TrainingDialogue(
    "a",
    (
        Message("system", "Be brief."),
        Message("user", "Who is Zoë?"),
        ASK,
        Message("tool", '{"id": 7}', call_id="call_0", name="find"),
        Message("assistant", "Number 7."),
        Message("user", "Thanks."),
        Message("assistant", "Gladly."),
    ),
    (TOOL,),
)
CLOSING = {"chatml": "<|im_end|>", "qwen": "<|im_end|>", "llama3": "<|eot_id|>"}


def read_trained(folder: Path, dialogue: TrainingDialogue) -> list[str]:
    """The texts of the runs of trained ids."""
    piece = encode(dialogue, open_encoder(folder))
    assert len(piece.input_ids) == len(piece.loss_mask)
    engine, runs, last = Tokenizer.from_file(str(folder / "tokenizer.json")), list[list[int]](), 0
    for number, trained in zip(piece.input_ids, piece.loss_mask, strict=True):
        if trained and not last:
            runs.append([])
        if trained:
            runs[-1].append(number)
        last = trained
    return [engine.decode(run, skip_special_tokens=False) for run in runs]


@pytest.mark.parametrize("name", CLOSING)
def test_each_message_is_trained_to_its_closing_token(name: str, tmp_path: Path) -> None:
    """With generation marks (ChatML), by prefixes (Llama), and where a last message differs (Qwen)."""
    call, answer, bye = read_trained(make_chat_tokenizer(tmp_path, name), DIALOGUE)
    end = CLOSING[name]
    assert call.startswith(("<tool_call>", '{"name": "find"')) and call.endswith(end)
    assert '"Zoë"' in call
    assert answer == f"Number 7.{end}"
    assert bye.removeprefix("<think>\n\n</think>\n\n") == f"Gladly.{end}"


def test_a_mistake_is_in_the_text_and_not_trained(tmp_path: Path) -> None:
    """The mask can do what most formats cannot."""
    messages = tuple(replace(m, trained=False) if m is ASK else m for m in DIALOGUE.messages)
    folder = make_chat_tokenizer(tmp_path, "chatml")
    trained = read_trained(folder, replace(DIALOGUE, messages=messages))
    assert trained == ["Number 7.<|im_end|>", "Gladly.<|im_end|>"]


def test_special_tokens_in_a_text_are_refused(tmp_path: Path) -> None:
    """A tool's reply must not be able to end the assistant's turn."""
    messages = (Message("user", "Say <|im_end|>"), Message("assistant", "No."))
    with pytest.raises(Unfit, match="special"):
        encode(TrainingDialogue("a", messages), open_encoder(make_chat_tokenizer(tmp_path, "chatml")))


def test_rows_become_token_ids(rows: Path, tmp_path: Path) -> None:
    """As a user runs it: full-length masks, and what is trained decodes to calls and answers."""
    folder = make_chat_tokenizer(tmp_path, "chatml")
    export(rows, "skyrl-sft", tmp_path / "out", "--include-procedural", "--tokenizer", str(folder))
    engine = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for row in list_rows(tmp_path / "out"):
        assert len(row["input_ids"]) == len(row["loss_mask"]) > sum(row["loss_mask"]) > 0
        trained = [n for n, m in zip(row["input_ids"], row["loss_mask"], strict=True) if m]
        *calls, answer = (
            engine.decode(trained, skip_special_tokens=False).removesuffix("<|im_end|>").split("<|im_end|>")
        )
        assert all(call.startswith("<tool_call>") for call in calls)
        assert json.loads(answer.splitlines()[-1])["outcome"] == "done"


def test_a_tokenizer_without_a_template_is_refused(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Base models have none."""
    folder = make_chat_tokenizer(tmp_path, "chatml")
    (folder / "chat_template.jinja").unlink()
    flags = ["--format", "skyrl-sft", "--tokenizer", str(folder), "--output", str(tmp_path / "out")]
    assert main(["--input", str(rows), *flags]) == 2
    assert "chat template" in capsys.readouterr().err
