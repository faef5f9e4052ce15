"""The command with a model behind a real server."""

import re
from pathlib import Path

import orjson
import pytest

from conversations.generation.run import main
from tests.conversations.generation.corpus import build_artifacts
from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from toolworlds.records.conversations import Conversation
from utils import read_lines


def greet(ask: Ask) -> Answer:
    """Words the draft with a greeting before the first message."""
    shown = ask.body["messages"][-1]["content"]
    cards = [orjson.loads(line) for line in re.findall(r'^\{"message":.*\}$', shown, re.MULTILINE)]
    said = [c for c in cards if c["role"] != "tool" and c["content"].strip()]
    texts = [{"message": c["message"], "text": c["content"]} for c in said]
    texts[0]["text"] = f"Good evening! {texts[0]['text']}"
    return Answer(orjson.dumps({"reasoning": "", "texts": texts}).decode())


def run(stub: StubServer, output: Path) -> int:
    flags = ["--n", "6", "--output", str(output), "--artifacts", str(build_artifacts())]
    return main([*flags, "--model", "stub", "--server-url", stub.url])


def test_a_model_words_the_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its words stand in the file, the calls are those of the run without it."""
    with StubServer(Behaviour(answer=greet)) as stub:
        assert run(stub, tmp_path / "worded.jsonl") == 0
    assert "6 worded by the model, 0 kept" in capsys.readouterr().out
    plain = ["--n", "6", "--output", str(tmp_path / "plain.jsonl"), "--artifacts", str(build_artifacts())]
    assert main(plain) == 0
    worded, drafted = (
        [Conversation.model_validate(line) for line in read_lines(tmp_path / name)]
        for name in ("worded.jsonl", "plain.jsonl")
    )
    assert all(c.messages[0].content.startswith("Good evening!") for c in worded)
    assert [c.tool_calls for c in worded] == [c.tool_calls for c in drafted]


def test_nonsense_keeps_the_drafts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that says nothing of use costs no conversation."""
    with StubServer() as stub:
        assert run(stub, tmp_path / "c.jsonl") == 0
    assert "0 worded by the model, 6 kept" in capsys.readouterr().out
    assert len(list(read_lines(tmp_path / "c.jsonl"))) == 6
