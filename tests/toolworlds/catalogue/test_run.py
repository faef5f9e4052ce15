"""The command: four files, the same bytes everywhere, one line for a user's mistake."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from conversations.build import main
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue, load_catalogue, open_registry
from toolworlds.errors import UserError
from toolworlds.files import write_json

ROOT = Path(__file__).resolve().parents[3]
DRAW = """
import random
from pathlib import Path
from toolworlds.catalogue.artifacts import load_catalogue
from toolworlds.catalogue.sampler import ChainSampler
catalogue = load_catalogue(Path("artifacts"))
sampler = ChainSampler(catalogue.registry, catalogue.graph)
for item in range(200):
    print(sampler.sample("mixed", random.Random(f"1:{item}")).model_dump_json())
"""


def run_hashed(folder: Path, hash_seed: int, *command: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, stdout=-1, check=True
    ).stdout


def test_files_and_chains_are_the_same_under_another_hash_seed(tmp_path: Path) -> None:
    """Byte for byte."""
    seen = []
    for hash_seed in (1, 2):
        folder = tmp_path / str(hash_seed)
        folder.mkdir()
        run_hashed(folder, hash_seed, "-m", "conversations", "build", "--artifacts", "artifacts")
        chains = run_hashed(folder, hash_seed, "-c", DRAW)
        files = {file.name: file.read_bytes() for file in (folder / "artifacts").iterdir()}
        assert len(files) == 4 and chains.count(b"\n") == 200
        seen.append((files, chains))
    assert seen[0] == seen[1]


def test_artifacts_load_as_what_was_built(tmp_path: Path) -> None:
    """Registry and graph, nothing lost."""
    assert main(["--artifacts", str(tmp_path)]) == 0
    assert load_catalogue(tmp_path) == build_catalogue(SEED_TOOLS).catalogue


def test_the_manifest_lists_inputs_counts_and_rejects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing of when or where it was built."""
    data = tmp_path / "tools"
    data.mkdir()
    (data / "good.json").write_bytes(SEED_TOOLS.read_bytes())
    (data / "bad.json").write_text("{")
    assert main(["--data", str(data), "--artifacts", str(tmp_path / "out")]) == 0
    manifest = orjson.loads((tmp_path / "out" / "build_manifest.json").read_bytes())
    assert (manifest["tool_count"], manifest["endpoint_count"], manifest["reject_count"]) == (16, 43, 1)
    assert set(manifest["inputs"]) == {"good.json", "bad.json"}
    assert manifest["rejects"][0]["place"] == "bad.json"
    assert str(tmp_path) not in (tmp_path / "out" / "build_manifest.json").read_text()
    assert "skipped bad.json" in capsys.readouterr().err


def test_mistakes_cost_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is not there, a flag that is missing, a folder that is none of ours."""
    assert main(["--data", str(tmp_path / "absent"), "--artifacts", str(tmp_path)]) == 2
    assert main([]) == 2
    assert capsys.readouterr().err.count("error: ") == 2
    assert main(["--data", str(tmp_path), "--artifacts", str(tmp_path / "out")]) == 2
    assert "lies within --data" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"run conversations build"):
        load_catalogue(tmp_path)


def test_files_of_two_builds_are_not_mixed(tmp_path: Path) -> None:
    """A build killed between its files leaves a folder that is refused until the next one is whole."""
    assert main(["--artifacts", str(tmp_path)]) == 0
    registry = tmp_path / "registry.json"
    registry.write_bytes(registry.read_bytes().replace(b"Vienna", b"Verona"))
    with pytest.raises(UserError, match=r"registry\.json is not the file"):
        load_catalogue(tmp_path)
    assert main(["--artifacts", str(tmp_path)]) == 0
    load_catalogue(tmp_path)


@pytest.mark.parametrize("listed", [{}, [], None, 5, {"registry.json": 1}])
def test_files_that_the_manifest_does_not_list_are_refused(tmp_path: Path, listed: object) -> None:
    """Whatever stands in its place."""
    assert main(["--artifacts", str(tmp_path)]) == 0
    (tmp_path / "build_manifest.json").write_bytes(orjson.dumps({"artifacts": listed}))
    for load in (load_catalogue, open_registry):
        with pytest.raises(UserError, match=r"not the file that build_manifest\.json lists"):
            load(tmp_path)


def test_a_graph_of_other_endpoints_is_refused(tmp_path: Path) -> None:
    """Even where the manifest lists it."""
    assert main(["--artifacts", str(tmp_path)]) == 0
    graph = orjson.loads((tmp_path / "projected_graph.json").read_bytes())
    write_json(tmp_path / "projected_graph.json", graph | {"nodes": graph["nodes"][1:]})
    manifest = orjson.loads((tmp_path / "build_manifest.json").read_bytes())
    digest = hashlib.sha256((tmp_path / "projected_graph.json").read_bytes()).hexdigest()
    manifest["artifacts"]["projected_graph.json"] = digest
    write_json(tmp_path / "build_manifest.json", manifest)
    with pytest.raises(UserError, match=r"not about the endpoints of registry\.json"):
        load_catalogue(tmp_path)
