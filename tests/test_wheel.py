"""The project as `pip install` leaves it: its own code, whatever lies in the folder it is used from."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.dataset_export.library import FINAL, make_row
from toolworlds import __version__
from toolworlds.batch.dataset import write_dataset
from utils import dump_line

ROOT = Path(__file__).resolve().parents[1]
THEIRS = [
    "utils.py",
    "llm.py",
    *(f"{name}/__init__.py" for name in ("records", "world", "batch", "roles", "tests")),
]
"""Names in the user's own folder that a careless import would find first."""
SCRIPT = """
import sys
from pathlib import Path
from toolworlds import Session, load_rows, score

for path in ("rows.jsonl", Path("rows.jsonl")):
    [row] = load_rows(path)
calls = [call.to_json() for call in row.gt_calls]
session = Session(row)
for call in calls:
    session.step(call)
print(score(row, calls, sys.argv[1])["reward"], session.score(sys.argv[1])["reward"])
"""


@pytest.fixture(scope="module")
def fresh_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the built wheel and the dependencies of this one, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("fresh")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    copy = folder / "source"
    left_out = shutil.ignore_patterns(".*", "output", "build", "tests", "data", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=left_out)
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(copy)]
    subprocess.run(build, check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    [wheel] = folder.glob("*.whl")
    subprocess.run([*pip, "--python", str(python), "install", "--no-deps", str(wheel)], check=True)
    [site] = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    return python


@pytest.fixture
def their_folder(tmp_path: Path) -> Path:
    """A user's folder with modules named like ours, each of which stops whoever imports it."""
    for name in THEIRS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"raise SystemExit('imported their {name}')")
    write_dataset(tmp_path / "rows.jsonl", [(make_row().id, dump_line(make_row().to_json()))])
    return tmp_path


def test_the_engine_works_from_a_folder_with_the_same_names(fresh_python: Path, their_folder: Path) -> None:
    """Rows load from text and path, a session steps through the ground truth, the reward is 1."""
    (their_folder / "use.py").write_text(SCRIPT)
    ran = subprocess.run(
        [fresh_python, "use.py", FINAL], cwd=their_folder, capture_output=True, text=True, timeout=60
    )
    assert (ran.stdout, ran.stderr) == ("1.0 1.0\n", "")


def test_installed_stages_run_from_any_folder(fresh_python: Path, tmp_path: Path) -> None:
    """`python -m <stage>.run` makes environments; templates and catalogue came with the wheel."""
    sizes = "--max-subfields 1 --max-tasks-per-subfield 1"
    command = f"-m env_generation.run --field Logistics {sizes} --output-dir specs"
    ran = subprocess.run(
        [fresh_python, *command.split()], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert list((tmp_path / "specs").glob("*.json"))


@pytest.mark.parametrize("module", ["env_generation.run", "conversations", "dataset_export.run"])
def test_every_command_prints_the_version(fresh_python: Path, tmp_path: Path, module: str) -> None:
    """One version, that of the wheel."""
    ran = subprocess.run(
        [fresh_python, "-m", module, "--version"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (0, f"toolworlds {__version__}\n")
