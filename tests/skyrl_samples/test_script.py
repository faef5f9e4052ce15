"""scripts/generate_llm_dataset.sh, as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stub_server import Behaviour, StubServer
from utils import read_lines

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "generate_llm_dataset.sh"


def run(folder: Path, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs it in a folder of the user's, with no variables but these."""
    known = {"PATH": os.environ["PATH"], "PYTHON": sys.executable} | environ
    return subprocess.run(
        ["bash", str(SCRIPT), *argv], cwd=folder, env=known, capture_output=True, text=True, check=False
    )


def test_the_environment_says_what_is_made(tmp_path: Path, env_specs: Path) -> None:
    """Count, domains, complexities; a relative OUTPUT is the user's; more flags go on to the command."""
    settings = {"OPENAI_MODEL": "procedural", "N_SAMPLES": "4", "DOMAINS": "law,music"}
    flags = ["--seed", "3", "--inventory", str(env_specs)]
    ended = run(tmp_path, "out/a.jsonl", *flags, COMPLEXITIES="simple", MAX_TURNS="4", **settings)
    assert ended.returncode == 0, ended.stderr
    samples = list(read_lines(tmp_path / "out" / "a.jsonl"))
    metadata = [sample["extra_info"]["task_metadata"] for sample in samples]
    assert [one["domain"] for one in metadata] == ["law", "music", "law", "music"]
    assert {one["seed"] for one in metadata} == {3}
    assert {sample["env_class"] for sample in samples} == {"MCPToolEnv"}
    assert {sample["reward_spec"]["ground_truth"]["complexity"] for sample in samples} == {"simple"}


def test_a_compatible_server_is_asked(tmp_path: Path) -> None:
    """OPENAI_BASE_URL, OPENAI_BACKEND and the key reach the command; nonsense is an exit code of 1."""
    with StubServer(Behaviour(key="k1", models=("m",))) as stub:
        server = {"OPENAI_BASE_URL": stub.url, "OPENAI_API_KEY": "k1", "OPENAI_MODEL": "m"}
        ended = run(tmp_path, "a.jsonl", OPENAI_BACKEND="chat", N_SAMPLES="1", **server)
        assert ended.returncode == 1
        assert len(stub.asks) == 3


def test_a_dry_run_writes_nothing_and_verbose_shows_the_command(tmp_path: Path) -> None:
    """The key is not among what is shown."""
    ended = run(tmp_path, "--dry-run", "--verbose", "a.jsonl", OPENAI_API_KEY="sk-secret")
    assert ended.returncode == 0, ended.stderr
    assert "50 to do" in ended.stdout and "--model gpt-5-mini" in ended.stderr
    assert "sk-secret" not in ended.stdout + ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "environ", "code", "why"),
    [
        ([], {}, 64, "OUTPUT is missing"),
        (["--nope", "a.jsonl"], {}, 64, "unknown flag --nope"),
        (["a.jsonl"], {}, 3, "OPENAI_API_KEY is not set"),
        (["a.jsonl"], {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "host:8000"}, 4, "is no URL"),
        (["a.txt"], {"OPENAI_API_KEY": "k"}, 2, "neither .jsonl nor .json"),
        (["a.jsonl"], {"OPENAI_MODEL": "procedural"}, 2, "over environments only"),
        (["a.jsonl"], {"OPENAI_MODEL": "procedural", "N_SAMPLES": "many"}, 2, "'many' is not a whole number"),
        (["--help"], {}, 0, ""),
    ],
)
def test_each_mistake_has_its_exit_code(
    tmp_path: Path, argv: list[str], environ: dict[str, str], code: int, why: str
) -> None:
    """And one line that says what to do."""
    ended = run(tmp_path, *argv, **environ)
    assert (ended.returncode, why in ended.stderr) == (code, True), ended.stderr
    assert ("usage:" in ended.stdout + ended.stderr) == (code in (0, 64))
