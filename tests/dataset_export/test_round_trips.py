"""Real records, exported and rebuilt from the rows alone."""

from pathlib import Path

import orjson
import pyarrow.parquet
import pytest

from dataset_export.inputs import Input
from skyrl_samples.run import main as generate_samples
from tests.dataset_export.test_export import list_rows, write_lines
from tests.dataset_export.test_run import export
from tests.dataset_export.test_sources import CONVERSATION
from toolworlds.batch.dataset import load_rows
from toolworlds.records.base import Json
from toolworlds.records.conversations import Conversation
from toolworlds.records.samples import SkyRLSample
from toolworlds.records.trajectories import Trajectory

Row = dict[str, Json]


def list_parquet(output: Path) -> list[Row]:
    rows: list[Row] = pyarrow.parquet.read_table(output / "data" / "train.parquet").to_pylist()
    return rows


def test_messages_of_trajectories(pipeline_output: Path, tmp_path: Path) -> None:
    """Axolotl's rows hold each message as the rollout has it: roles, words, ids, the text of arguments."""
    source = pipeline_output / "trajectories"
    export(source, "axolotl", tmp_path / "out", "--include-procedural", "--select", "all")
    known = [Trajectory.model_validate_json(data) for _, data in Input(source).scan()]
    written = {row["id"]: row for row in list_rows(tmp_path / "out")}
    assert len(written) == len(known) > 0
    for trajectory in known:
        row = written[f"{trajectory.task_id}.{trajectory.rollout}"]
        assert row["tools"] == trajectory.tools
        for message, original in zip(row["messages"], trajectory.messages, strict=False):
            assert {key: message.get(key) for key in original} == original
        assert (row["solved"], row["reward"]) == (trajectory.solved, trajectory.reward)


def test_rows_in_prompts(rows: Path, tmp_path: Path) -> None:
    """The truth of SkyRL's and verl's rows is the line of the released file."""
    lines = [line.decode() for line in rows.read_bytes().splitlines()]
    for name, key in (("skyrl", "reward_spec"), ("verl", "reward_model")):
        export(rows, name, tmp_path / name, "--include-procedural")
        assert [row[key]["ground_truth"] for row in list_parquet(tmp_path / name)] == lines
    assert [row["extra_info"]["id"] for row in list_parquet(tmp_path / "verl")] == [
        row.id for row in load_rows(rows)
    ]


@pytest.fixture(scope="module")
def samples(pipeline_output: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("samples") / "train.jsonl"
    flags = ["--inventory", str(pipeline_output / "env_specs"), "--n-samples", "6"]
    assert generate_samples([*flags, "--output", str(file)]) == 0
    return file


def test_samples(samples: Path, tmp_path: Path) -> None:
    """A SkyRL sample can be put together again from its exported row."""
    export(samples, "skyrl", tmp_path / "out", "--include-procedural")
    for row, line in zip(list_parquet(tmp_path / "out"), samples.read_bytes().splitlines(), strict=True):
        spec = {**row["reward_spec"], "ground_truth": orjson.loads(row["reward_spec"]["ground_truth"])}
        rest = orjson.loads(row["extra_info"]["metadata"])
        rebuilt = {**rest, "prompt": row["prompt"], "reward_spec": spec}
        assert SkyRLSample.model_validate(rebuilt) == SkyRLSample.model_validate_json(line)
        assert (row["data_source"], row["env_class"]) == (rest["data_source"], rest["env_class"])


def test_conversations_in_parquet(tmp_path: Path) -> None:
    """Columns to record: the same conversation."""
    export(write_lines(tmp_path / "c.jsonl", [CONVERSATION]), "parquet", tmp_path / "out")
    [row] = list_parquet(tmp_path / "out")
    read = {
        k: v if k in ("conversation_id", "passed") or v is None else orjson.loads(v) for k, v in row.items()
    }
    assert Conversation.model_validate(read) == Conversation.model_validate(CONVERSATION)
