"""Stages 1 and 5 on a real engine's own words, and a whole pipeline on given words that the engine speaks."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import env_generation.run
import pipeline.run
import trajectory_generation.run
from tests.vllm.engine_process import MODEL_NAME
from tests.vllm.speaking_server import SpeakingServer
from toolworlds.records.base import Json
from utils import read_json, read_lines

pytestmark = pytest.mark.vllm

SETTINGS = """\
field: [Logistics]
env_generation: {max_subfields: 1, max_tasks_per_subfield: 1, tools_per_env: 5-6}
env_audit: {calls_per_mode: 1}
build_sequences: {n_sequences: 2, seq_length: 2-2}
trajectory_generation: {rollouts: 1}
"""


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small pipeline run by the procedural model: its outputs under `out`, its record under `record`."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "small.yml").write_text(SETTINGS)
    assert run_pipeline(folder, "out", "--record-dir", str(folder / "record")) == 0
    return folder


def run_pipeline(folder: Path, output: str, *flags: str) -> int:
    """The exit code of the small pipeline."""
    config = ["--config", str(folder / "small.yml"), "--output-dir", str(folder / output)]
    return pipeline.run.main([*config, *flags])


def read_rows(folder: Path) -> list[dict[str, Json]]:
    """Released rows by id, without what tells models apart."""
    rows = sorted(read_lines(folder / "task_content.jsonl"), key=lambda row: str(row["id"]))
    return [{key: value for key, value in row.items() if key != "provenance"} for row in rows]


def test_a_whole_pipeline_on_words_spoken_by_the_engine(server_url: str, recorded: Path) -> None:
    """What was tokenized, decoded and parsed for real releases the same rows and solves the same tasks."""
    with SpeakingServer(recorded / "record", server_url) as speaker:
        flags = ["--model", MODEL_NAME, "--server-url", speaker.url, "--concurrency", "16"]
        assert run_pipeline(recorded, "spoken", *flags) == 0
    assert read_rows(recorded / "spoken") == read_rows(recorded / "out")
    assert len(read_rows(recorded / "spoken")) == 2
    for path in (recorded / "spoken" / "trajectories").glob("*.json"):
        trajectory = read_json(path)
        assert trajectory["solved"], trajectory["reasons"]
        assert trajectory["agent"]["engine"] == "vllm"
        assert all(turn["prompt_tokens"] > 0 for turn in trajectory["agent_turns"])


def test_stage_1_makes_nothing_of_noise(engine_flags: Sequence[str], tmp_path: Path) -> None:
    """Words without sense are reported, whether cut off or refused by code; nothing is released."""
    flags = [
        "--field",
        "Logistics",
        "--output-dir",
        str(tmp_path),
        "--role-sampling",
        "env_generator=max_tokens:60",
    ]
    assert env_generation.run.main([*flags, *engine_flags]) == 1
    assert not list(tmp_path.glob("*.json"))
    failures = list(read_lines(tmp_path / "_run" / "failures.jsonl"))
    assert {failure["kind"] for failure in failures} == {"reply"}


def test_stage_5_scores_noise_as_unsolved(
    engine_flags: Sequence[str], recorded: Path, tmp_path: Path
) -> None:
    """Every rollout reaches a verdict, by code alone, and keeps the exact tokens for training."""
    dataset = str(recorded / "out" / "task_content.jsonl")
    flags = ["--dataset", dataset, "--output-dir", str(tmp_path), "--no-judge", "--max-solver-turns", "3"]
    sampling = ["--role-sampling", "task_solver=max_tokens:60"]
    assert trajectory_generation.run.main([*flags, *sampling, *engine_flags]) == 0
    trajectories = [read_json(path) for path in tmp_path.glob("*.json")]
    assert [(trajectory["solved"], trajectory["valid"]) for trajectory in trajectories] == [(False, True)] * 2
    for trajectory in trajectories:
        for turn in trajectory["agent_turns"]:
            assert len(turn["token_ids"]) == len(turn["logprobs"]) == turn["completion_tokens"] > 0
            assert len(turn["prompt_token_ids"]) == turn["prompt_tokens"]
