"""Real inputs, made once by the stages that make them."""

from pathlib import Path

import pytest
import yaml

from pipeline.run import main as run_pipeline


@pytest.fixture(scope="session")
def pipeline_output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of four environments, and two rollouts of each by an agent that sometimes fails."""
    folder = tmp_path_factory.mktemp("pipeline")
    config = {
        "field": ["Logistics"],
        "env_generation": {"max_subfields": 2, "max_tasks_per_subfield": 2},
        "build_sequences": {"n_sequences": 3},
        "trajectory_generation": {"rollouts": 2, "model": "procedural:noisy=0.8"},
    }
    (folder / "fields.yml").write_text(yaml.safe_dump(config))
    assert run_pipeline(["--config", str(folder / "fields.yml"), "--output-dir", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture(scope="session")
def rows(pipeline_output: Path) -> Path:
    """The released rows."""
    return pipeline_output / "task_content.jsonl"
