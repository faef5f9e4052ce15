"""The floors table of ARCHITECTURE.md, enforced: who may import whom."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "ARCHITECTURE.md").read_text()
FACES = {"__init__.py", "run.py", "stage.py", "store.py"}
NOT_THE_HOUSE = {"tests", "benchmarks", "scripts"}
OPENED_ON_DEMAND = {("llm", "procedural_model")}
"""The factory in llm.py loads the embedded model inside a function: the one import that looks up."""


@dataclass(frozen=True)
class Room:
    """One row of the table."""

    floor: int
    names: frozenset[str]
    allowed: str
    """The last column, as it stands."""


def read_table() -> list[Room]:
    rows = re.findall(r"^\| (\d) \| (.+?) \| .+? \| (.+?) \|$", DOCUMENT, re.MULTILINE)
    return [Room(int(floor), read_names(names), allowed) for floor, names, allowed in rows]


def read_names(cell: str) -> frozenset[str]:
    words = " ".join(re.findall(r"`([^`]+)`", cell)).split()
    return frozenset(word.removesuffix(".py").rstrip("/") for word in words)


def list_allowed(room: Room) -> frozenset[str]:
    """Names that a room may import beside its own."""
    if room.allowed in ("all floors below", "the stages' `main`"):
        return frozenset(name for other in TABLE if other.floor < room.floor for name in other.names)
    return frozenset(room.allowed.split(", ")) - {"third-party"}


def list_modules() -> list[Path]:
    folders = [p for p in ROOT.iterdir() if (p / "__init__.py").exists() and p.name not in NOT_THE_HOUSE]
    return sorted([*ROOT.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))])


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def list_imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield (node.module or "").split(".")[0]


TABLE = read_table()
ROOMS = {name: room for room in TABLE for name in room.names}
MODULES = list_modules()


def test_the_table_names_every_package_and_nothing_else() -> None:
    """A new folder gets a floor before it gets code."""
    prompts = {"prompt_templates"}  # files without code
    assert {name_of(file) for file in MODULES} | prompts == set(ROOMS)


def test_no_row_allows_what_stands_above() -> None:
    """Rows stand in order: a row allows only names of rows before it."""
    before: set[str] = set()
    for room in TABLE:
        assert list_allowed(room) <= before, room
        before |= room.names


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_stay_below(file: Path) -> None:
    """A module imports its own package, its row (stages excepted), and what the row allows."""
    name = name_of(file)
    assert name in ROOMS, f"{name} has no floor in ARCHITECTURE.md"
    room = ROOMS[name]
    own = {name} if room.allowed == "all floors below" else room.names
    refused = {
        imported
        for imported in list_imports(file)
        if imported in ROOMS and imported not in own | list_allowed(room)
    }
    assert {(name, imported) for imported in refused} <= OPENED_ON_DEMAND


def test_every_file_has_its_few_words_once() -> None:
    """Left out are what every stage has, and folders with one thing a file (their line ends in a colon)."""
    listed = Counter(list_described())
    assert [name for name, count in listed.items() if count > 1] == []
    alike = re.findall(r"^\*\*(\S+)/\*\*:", DOCUMENT, re.MULTILINE)
    files = {
        str(file.relative_to(ROOT))
        for file in [*MODULES, *(ROOT / "benchmarks").glob("*.py")]
        if file.name not in FACES and str(file.parent.relative_to(ROOT)) not in alike
    }
    python = {name for name in listed if name.endswith(".py") and not name.startswith(("tests/", "scripts/"))}
    assert python - files <= {name for name in python if Path(name).name in FACES}
    assert sorted(files - listed.keys()) == []


def list_described() -> Iterator[str]:
    """`world/delta.py` of `- `delta.py` applying …` under `**world/**`."""
    folder = ""
    for line in DOCUMENT.splitlines():
        if heading := re.match(r"\*\*([\w/ ]+?)/?\*\*", line):
            folder = "" if heading[1] == "top level" else f"{heading[1]}/"
        elif entry := re.match(r"- `([\w.]+)` ", line):
            yield folder + entry[1]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_short(file: Path) -> None:
    """400 lines a file, 60 a function."""
    text = file.read_text()
    assert text.count("\n") <= 400
    functions = (
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= 60] == []
