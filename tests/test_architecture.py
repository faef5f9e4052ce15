"""The floors table of ARCHITECTURE.md, enforced: who may import whom."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "ARCHITECTURE.md").read_text()
NOT_THE_HOUSE = {"tests", "benchmarks", "scripts", "examples"}


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    floor: int
    rooms: frozenset[str]
    """Packages and modules with dots: `toolworlds.world`, `llm`."""


def read_table() -> list[Row]:
    rows = re.findall(r"^\| (\d+) \| (.+?) \| .+? \| (?:floors below|own row) \|$", DOCUMENT, re.MULTILINE)
    return [
        Row(int(floor), frozenset(map(name_room, re.findall(r"`([^`]+)`", cell)))) for floor, cell in rows
    ]


def name_room(path: str) -> str:
    """`toolworlds/world/` -> `toolworlds.world`; `toolworlds/__init__.py` -> `toolworlds`."""
    return path.rstrip("/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def list_modules() -> list[Path]:
    folders = [p for p in ROOT.iterdir() if (p / "__init__.py").exists() and p.name not in NOT_THE_HOUSE]
    return sorted([*ROOT.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))])


TABLE = read_table()
FLOORS = {room: row.floor for row in TABLE for room in row.rooms}
MODULES = list_modules()
TOPS = {file.relative_to(ROOT).parts[0].removesuffix(".py") for file in MODULES}


def name_module(file: Path) -> str:
    return name_room(str(file.relative_to(ROOT)))


def find_room(module: str) -> str | None:
    """The room that a module is in: the longest of its prefixes that the table names."""
    words = module.split(".")
    prefixes = (".".join(words[:length]) for length in range(len(words), 0, -1))
    # `toolworlds` itself is a room of one file: what lies below it needs a row of its own.
    return next((p for p in prefixes if p in FLOORS and (p != "toolworlds" or module == p)), None)


def list_imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield from (
                name if find_room(name := f"{node.module}.{alias.name}") else str(node.module)
                for alias in node.names
            )


def test_the_table_names_every_package_and_nothing_else() -> None:
    """A new folder gets a floor before it gets code."""
    used = {find_room(name_module(file)) for file in MODULES if file.read_text().strip()}
    assert used - {None} | {"prompt_templates"} == set(FLOORS)
    assert [name_module(file) for file in MODULES if find_room(name_module(file)) is None] == []


def test_rows_stand_in_the_order_of_their_floors() -> None:
    """Reading the table from the top, nothing has been skipped."""
    floors = [row.floor for row in TABLE]
    assert floors == sorted(floors)
    assert set(floors) == set(range(max(floors) + 1))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_stay_below(file: Path) -> None:
    """A module imports its own room, and rooms of lower floors; the files of floor 0 import each other."""
    room = find_room(name_module(file))
    assert room is not None, f"{file} has no floor in ARCHITECTURE.md"
    for imported in list_imports(file):
        if imported.split(".")[0] not in TOPS:
            continue
        other = find_room(imported)
        assert other is not None, imported
        assert other == room or FLOORS[other] < FLOORS[room] or FLOORS[other] == FLOORS[room] == 0, (
            f"{file} imports {imported}"
        )


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_say_what_they_are(file: Path) -> None:
    """`make files` prints the first line of each docstring; only empty packages need none."""
    text = file.read_text()
    if text.strip():
        assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_short(file: Path) -> None:
    """400 lines a file, 60 a function."""
    text = file.read_text()
    assert text.count("\n") <= 400
    functions = (
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= 60] == []


def test_the_document_stays_short() -> None:
    """At most 14 KB: what repeats docstrings belongs to `make files`."""
    assert len(DOCUMENT.encode()) <= 14_000


def test_schemas_are_compiled_in_one_place() -> None:
    """`jsonschema_rs` fetches what a schema refers to unless it is told not to; `canonical` compiles none."""
    users = {name_module(file) for file in MODULES if "jsonschema_rs" in set(list_imports(file))}
    assert users == {"toolworlds.world.json_schema", "toolworlds.world.canonical"}
    assert [name_module(file) for file in MODULES if "jsonschema" in set(list_imports(file))] == []
