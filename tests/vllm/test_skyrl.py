"""SkyRL samples through a real engine: given words that it speaks through both APIs, and its own words."""

from pathlib import Path
from typing import Any

import pytest

from env_generation.run import main as make_environments
from skyrl_samples.run import main
from skyrl_samples.validate import main as validate
from tests.vllm.engine_process import MODEL_NAME
from tests.vllm.speaking_server import SpeakingServer
from utils import read_lines

pytestmark = pytest.mark.vllm


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five samples by the procedural model, and its record."""
    folder = tmp_path_factory.mktemp("skyrl")
    made = ["--field", "Logistics", "--output-dir", str(folder / "env_specs")]
    assert make_environments([*made, "--max-subfields", "1", "--max-tasks-per-subfield", "1"]) == 0
    record = ["--record-dir", str(folder / "record"), "--inventory", str(folder / "env_specs")]
    assert main(["--output", str(folder / "out.jsonl"), "--n-samples", "5", *record]) == 0
    return folder


def read_truths(path: Path) -> list[Any]:
    return [[sample["prompt"], sample["reward_spec"]] for sample in read_lines(path)]


@pytest.mark.parametrize("backend", ["chat", "responses"])
def test_five_samples_through_each_api(server_url: str, recorded: Path, backend: str) -> None:
    """What was tokenized, decoded and parsed for real makes the same samples; each links to its reply."""
    output = recorded / backend / "a.jsonl"
    with SpeakingServer(recorded / "record", server_url) as speaker:
        world = ["--inventory", str(recorded / "env_specs")]
        server = ["--model", MODEL_NAME, "--server-url", speaker.url, "--backend", backend, *world]
        assert main(["--output", str(output), "--n-samples", "5", *server]) == 0
    assert read_truths(output) == read_truths(recorded / "out.jsonl")
    assert validate(["--input", str(output)]) == 0
    metadata = [sample["extra_info"]["task_metadata"] for sample in read_lines(output)]
    assert {(one["model"], one["backend"]) for one in metadata} == {(MODEL_NAME, backend)}
    assert all(one["provenance"]["model"]["engine"] == "vllm" for one in metadata)


@pytest.mark.parametrize("backend", ["chat", "responses"])
def test_the_engines_own_noise_is_refused(server_url: str, tmp_path: Path, backend: str) -> None:
    """Its JSON has the asked form and no meaning: nothing is written, every reason is kept."""
    server = ["--model", MODEL_NAME, "--server-url", server_url, "--backend", backend]
    sampling = ["--role-sampling", "sample_writer=max_tokens:400"]
    assert main(["--output", str(tmp_path / "a.jsonl"), "--n-samples", "2", *server, *sampling]) == 1
    assert not (tmp_path / "a.jsonl").exists()
    failures = list(read_lines(tmp_path / "a.parts" / "_run" / "failures.jsonl"))
    assert [failure["kind"] for failure in failures] == ["reply", "reply"]
