"""One index, one checkout and one log store for all tests of the episodes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from episodes.command import DATA
from episodes.indexing.store import build_index
from episodes.results import RESULT_CHARS
from episodes.samples import make_log_store, make_repository
from episodes.toolsets.base import ToolBox
from episodes.toolsets.log_store import LogStore
from episodes.toolsets.observations import ObsTools
from episodes.toolsets.repository import RepoTools
from episodes.toolsets.workspace import WorkspaceTools
from episodes.workshop import EpisodeSettings


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    build_index(DATA / "workspace", folder)
    return folder


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("samples")
    return make_repository(folder), make_log_store(folder)


@pytest.fixture(scope="session")
def tools(index_dir: Path, samples: tuple[Path, Path]) -> ToolBox:
    return ToolBox(WorkspaceTools(index_dir), RepoTools(samples[0]), ObsTools(LogStore(samples[1])))


@pytest.fixture(scope="session")
def make_settings(index_dir: Path, samples: tuple[Path, Path]) -> Callable[..., EpisodeSettings]:
    usual = EpisodeSettings(
        index_dir=index_dir,
        repo_dir=samples[0],
        log_store=samples[1],
        gold=DATA / "gold" / "gold_toolcalls.filled.jsonl",
        tags=DATA / "tags" / "default.json",
        count=300,
        seed=42,
        mix={},
        languages={"en": 0.6, "de": 0.4},
        max_result_chars=RESULT_CHARS,
        verify_all=True,
    )
    return lambda **changes: replace(usual, **changes)
