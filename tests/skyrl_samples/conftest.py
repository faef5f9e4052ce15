from pathlib import Path

import pytest

from env_generation.run import main as make_environments
from skyrl_samples.inventory import Inventory
from skyrl_samples.inventory_files import load_inventory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def env_specs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two environments of the embedded model."""
    folder = tmp_path_factory.mktemp("env_specs")
    flags = ["--max-subfields", "2", "--max-tasks-per-subfield", "1"]
    assert make_environments(["--field", "Logistics", "--output-dir", str(folder), *flags]) == 0
    return folder


@pytest.fixture(scope="session")
def desk() -> Inventory:
    """The example inventory."""
    return load_inventory(str(ROOT / "data" / "inventories" / "business_desk.yml"))


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in the project's folder, on a fixed day, without a user's key."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
