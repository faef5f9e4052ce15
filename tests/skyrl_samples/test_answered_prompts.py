"""Replies by a reader who saw only the prompts: the good ones become samples, the others are told why not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from skyrl_samples.enrich import main as enrich
from skyrl_samples.raw_replies import read_replies
from skyrl_samples.run import main as generate
from skyrl_samples.validate import main as validate
from tests.stub_replies import Answer
from tests.stub_server import Behaviour, StubServer
from utils import read_json

PLANNED = Path(__file__).resolve().parents[1] / "golden" / "planned"


def leave_out_series(request_id: str) -> str:
    """The id as it is on record, whatever the inventory is like by now."""
    return re.sub(r"^skyrl_[0-9a-f]{6}_", "skyrl_", request_id)


@pytest.mark.parametrize("part", ["task", "plan"])
def test_a_readers_replies_are_used_or_refused_as_they_deserve(tmp_path: Path, part: str) -> None:
    """Six tasks and five plans; too many tools, and a list as a fact, were sent back and mended."""
    known: dict[str, Any] = read_json(PLANNED / f"{part}_replies.json")
    output, source = tmp_path / "a.jsonl", PLANNED / "prompts.jsonl"
    behaviour = Behaviour(
        answer=lambda ask: Answer(json.dumps(known[leave_out_series(ask.request_id)]["reply"]))
    )
    with StubServer(behaviour) as stub:
        server = ["--output", str(output), "--model", "stub", "--server-url", stub.url, "--backend", "chat"]
        if part == "task":
            assert generate([*server, "--n-samples", "6", "--seed", "4"]) == 0
        else:
            desk = ["--inventory", "data/inventories/business_desk.yml"]
            assert enrich([*server, "--input", str(source), *desk]) == 0
        assert {leave_out_series(ask.request_id) for ask in stub.asks} == known.keys()
    [path] = (tmp_path / "raw_llm").iterdir()
    for line in read_replies(path):
        expected = known[leave_out_series(line["request_id"])]["refused"]
        assert len(line["refused"]) == len(expected)
        assert all(part in said for part, said in zip(expected, line["refused"], strict=True))
    assert validate(["--input", str(output)]) == 0
