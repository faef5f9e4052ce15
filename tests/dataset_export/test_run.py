"""The command as a user runs it."""

from pathlib import Path

import orjson
import pyarrow.parquet
import pytest

from dataset_export.run import main
from toolworlds.batch.dataset import load_rows
from toolworlds.records.base import Json
from toolworlds.records.tasks import Row
from toolworlds.sessions.score import score
from utils import read_json, read_lines


def export(source: Path, name: str, output: Path, *flags: str) -> dict[str, Json]:
    """The manifest of an export that must go well."""
    code = main(["--input", str(source), "--format", name, "--output", str(output), *flags])
    assert code == 0
    manifest: dict[str, Json] = read_json(output / "manifest.json")
    return manifest


def test_procedural_rows_need_a_word(rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the embedded model made is left out; an export that is empty for it says how to mend that."""
    assert main(["--input", str(rows), "--format", "trl", "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--include-procedural" in said
    assert not list(tmp_path.iterdir())


def test_trl_rows_are_the_reference_solutions(rows: Path, tmp_path: Path) -> None:
    """Every row becomes a dialogue of its calls and recorded replies, worth the full reward."""
    export(rows, "trl", tmp_path / "out", "--include-procedural")
    written = {line["id"]: line for line in read_lines(tmp_path / "out" / "data" / "train.jsonl")}
    for row in load_rows(rows):
        assert isinstance(row, Row)
        messages = written[row.id]["messages"]
        calls = [call["function"] for message in messages for call in message.get("tool_calls", ())]
        assert calls == [{"name": call.name, "arguments": call.arguments} for call in row.gt_calls]
        assert score(row, calls, messages[-1]["content"])["reward"] == 1.0
        replies = [orjson.loads(m["content"]) for m in messages if m["role"] == "tool"]
        assert replies == [call.reply for call in row.recorded_calls]


def test_parquet_holds_the_whole_row(rows: Path, tmp_path: Path) -> None:
    """Parquet -> row is the same row, for all rows."""
    export(rows, "parquet", tmp_path / "out", "--include-procedural")
    table = pyarrow.parquet.read_table(tmp_path / "out" / "data" / "train.parquet")
    plain = {"id", "field", "summary", "format_version", "env_id", "now", "policy", "expected_outcome"}
    found = [
        {k: v if k in plain else orjson.loads(v) for k, v in row.items() if v is not None}
        for row in table.to_pylist()
    ]
    assert [Row.model_validate(row) for row in found] == list(load_rows(rows))


def test_no_environment_stands_in_two_splits(rows: Path, tmp_path: Path) -> None:
    """The manifest lists each environment once, and the data agree with it."""
    manifest = export(rows, "trl", tmp_path / "out", "--include-procedural", "--split", "train=0.5,test=0.5")
    sides = [set(split["environments"]) for split in manifest["splits"].values()]
    assert not sides[0] & sides[1]
    for name, split in manifest["splits"].items():
        lines = list(read_lines(tmp_path / "out" / "data" / f"{name}.jsonl"))
        assert {line["environment"] for line in lines} == set(split["environments"])
        assert len(lines) == split["records"] > 0
