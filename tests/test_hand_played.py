"""The run played by hand, replayed: real prompts, real replies, no model."""

from pathlib import Path

import pytest

from tests.hand_played import RECORD, run_stages
from toolworlds.batch.dataset import load_rows
from toolworlds.records.tasks import Row
from utils import read_json


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the five stages make of the readers' replies."""
    folder = tmp_path_factory.mktemp("hand_played")
    assert run_stages(folder, "--replay-dir", str(RECORD)) == [0] * 6
    return folder


def test_every_reply_still_fits_its_prompt_and_schema(output: Path) -> None:
    """No reply is refused: a replay has nothing to say to a second ask."""
    assert not list(output.glob("**/_run/failures.jsonl"))


def test_readers_released_certified_tasks(output: Path) -> None:
    """At least three rows, each replayed and with wrong variants refused."""
    rows = [row for row in load_rows(output / "task_content.jsonl") if isinstance(row, Row)]
    assert len(rows) >= 3
    assert all(row.certificate.passed and row.certificate.mutants for row in rows)
    assert {row.provenance["task"]["model"]["model"] for row in rows} == {"hand-played"}


def test_readers_solved_what_readers_made(output: Path) -> None:
    """Code agrees with the agent and the judge, both played by readers."""
    summary = read_json(output / "trajectories" / "_run" / "summary.json")
    assert summary["solved"] == summary["rollouts"] >= 3
