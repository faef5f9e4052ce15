"""The scripts under `examples/`, run as a user runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dataset_export.library import FINAL, list_calls, make_row
from tests.episodes.local_tokenizers import make_chat_tokenizer
from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from toolworlds.batch.dataset import write_dataset
from utils import dump_line

ROOT = Path(__file__).resolve().parent.parent


def run_example(name: str, *flags: str, cwd: Path) -> str:
    command = [sys.executable, str(ROOT / "examples" / name), *flags]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # as after `pip install`
    ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def write_rows(folder: Path) -> Path:
    row = make_row()
    write_dataset(folder / "rows.jsonl", [(row.id, dump_line(row.to_json()))])
    return folder / "rows.jsonl"


def test_rows_are_made_and_shown(tmp_path: Path) -> None:
    """The first task's request, its calls and its answer."""
    flags = ["--field", "Logistics", "--output-dir", "out", "--limit", "1"]
    printed = run_example("make_rows.py", *flags, cwd=tmp_path)
    assert "expected calls:\n" in printed and "expected answer: {" in printed
    assert (tmp_path / "out" / "task_content.jsonl").exists()


@pytest.mark.parametrize(("knows", "reward"), [(True, "1.0"), (False, "0.0")])
def test_an_agent_behind_a_server_is_scored(tmp_path: Path, knows: bool, reward: str) -> None:
    """An agent that makes the right calls earns 1, one that only talks earns 0."""

    def play(ask: Ask) -> Answer:
        if knows and not any(message["role"] == "tool" for message in ask.body["messages"]):
            return Answer(tool_calls=tuple(list_calls(make_row())))
        return Answer(text=FINAL)

    with StubServer(Behaviour(answer=play)) as stub:
        flags = ["--rows", str(write_rows(tmp_path)), "--server-url", stub.url, "--model", "stub"]
        printed = run_example("score_agent.py", *flags, cwd=tmp_path)
    assert printed == f"{make_row().id}: reward {reward}\n"


@pytest.mark.slow
def test_one_step_is_trained(tmp_path: Path) -> None:
    """A tiny random model on the assistant's tokens of one row."""
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("trl")
    folder = make_chat_tokenizer(tmp_path, "chatml")
    config = transformers.GPT2Config(vocab_size=700, n_positions=8192, n_embd=16, n_layer=1, n_head=2)
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), eos_token="<|im_end|>", pad_token="<|im_start|>"
    )
    tokenizer.chat_template = (folder / "chat_template.jinja").read_text()
    tokenizer.save_pretrained(folder)
    flags = ["--rows", str(write_rows(tmp_path)), "--model", str(folder)]
    assert "loss of the step: " in run_example("train_step.py", *flags, cwd=tmp_path)
