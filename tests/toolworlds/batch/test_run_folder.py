from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from toolworlds.batch.run_folder import Failure, RunFolder, identify_input
from toolworlds.errors import UserError
from toolworlds.files import read_json
from toolworlds.records.base import Json

IDENTITY: dict[str, Json] = {"stage": "env_audit", "seed": 0, "prompts": {"judge": "a"}}


def test_the_same_identity_is_let_in_again(tmp_path: Path) -> None:
    """A re-run of the same command finds its own folder."""
    RunFolder(tmp_path).claim(IDENTITY, force=False)
    RunFolder(tmp_path).claim(IDENTITY, force=False)
    assert identify_input(tmp_path) == IDENTITY


def test_another_identity_is_refused_by_key(tmp_path: Path) -> None:
    """The message names what differs, nested keys dotted."""
    RunFolder(tmp_path).claim(IDENTITY, force=False)
    with pytest.raises(UserError, match=r"prompts\.judge: 'a' then, 'b' now"):
        RunFolder(tmp_path).claim({**IDENTITY, "prompts": {"judge": "b"}}, force=False)
    assert identify_input(tmp_path) == IDENTITY


def test_force_replaces_the_identity(tmp_path: Path) -> None:
    """After --force the new configuration is the folder's own."""
    RunFolder(tmp_path).claim(IDENTITY, force=False)
    RunFolder(tmp_path).claim({**IDENTITY, "seed": 1}, force=True)
    assert identify_input(tmp_path)["seed"] == 1


def test_the_last_failure_of_an_item_counts(tmp_path: Path) -> None:
    """Older lines stay in the file and are passed over."""
    folder = RunFolder(tmp_path)
    for kind in ("provider", "reply"):
        folder.record_failure(Failure("aero_001", "env_audit", kind, "why"))
    assert folder.failures()["aero_001"].kind == "reply"


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    """A full disk may cut a line off; the others still count."""
    folder = RunFolder(tmp_path)
    folder.record_failure(Failure("aero_001", "env_audit", "bug", "why"))
    with (tmp_path / "_run" / "failures.jsonl").open("ab") as file:
        file.write(b'{"item_id":"aero_002","sta')
    folder.record_failure(Failure("aero_003", "env_audit", "bug", "why"))
    folder.record_failure(Failure("aero_004", "env_audit", "bug", "why"))
    assert list(folder.failures()) == ["aero_001", "aero_004"]


def claim_and_fail(path: Path, number: int) -> int:
    folder = RunFolder(path)
    try:
        folder.claim({"seed": number % 2}, force=False)
    except UserError:
        return -1
    for k in range(20):
        folder.record_failure(Failure(f"item_{number}_{k}", "stage", "bug", "x" * 3000))
    return number % 2


def test_processes_starting_at_once_agree_on_one_identity(tmp_path: Path) -> None:
    """Whoever comes first decides; no line of the others is lost or torn."""
    with ProcessPoolExecutor(8) as pool:
        winners = [w for w in pool.map(claim_and_fail, [tmp_path] * 8, range(8)) if w >= 0]
    assert set(winners) == {read_json(tmp_path / "_run" / "config.json")["seed"]}
    assert len(RunFolder(tmp_path).failures()) == 20 * len(winners)
    assert not list((tmp_path / "_run").glob(".*.tmp"))
