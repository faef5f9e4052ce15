"""Prints how large the project is and how it is cut up: lines, functions, files, names, one-caller functions.

Tests are left out, other checkouts can be named, and lines are counted as they stand, comments included.

    python scripts/measure_house.py [CHECKOUT]
"""

import ast
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from statistics import median, quantiles

SHORT = 3
"""Lines of a body, docstring left out, up to which a private function with one caller is counted."""


@dataclass(slots=True)
class House:
    """What was found in a checkout."""

    files: dict[str, int] = field(default_factory=dict)
    """Path -> lines."""
    functions: dict[str, int] = field(default_factory=dict)
    """`path:line name` -> lines."""
    classes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Name -> the places where a class of that name stands."""
    one_caller: list[str] = field(default_factory=list)
    """Short private functions that one place uses."""


def list_tracked(root: Path) -> list[Path]:
    """The files that git tracks."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files"], capture_output=True, text=True, check=True)
    return [Path(line) for line in listed.stdout.splitlines()]


def measure(root: Path) -> House:
    """Reads every source file once."""
    house = House()
    for path in list_tracked(root):
        if path.suffix not in (".py", ".yml", ".yaml") or path.parts[0] == "tests":
            continue
        text = (root / path).read_text(encoding="utf-8")
        house.files[str(path)] = len(text.splitlines())
        if path.suffix == ".py":
            _read_module(house, path, ast.parse(text))
    return house


def _read_module(house: House, path: Path, tree: ast.Module) -> None:
    used = Counter(_read_uses(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            house.classes[node.name].append(f"{path}:{node.lineno}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            place = f"{path}:{node.lineno} {node.name}"
            house.functions[place] = (node.end_lineno or node.lineno) - node.lineno + 1
            private = node.name.startswith("_") and not node.name.endswith("__")
            if private and used[node.name] == 1 and _count_body(node) <= SHORT:
                house.one_caller.append(place)


def _read_uses(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _count_body(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def describe(house: House, root: Path) -> Iterator[str]:
    """The figures, one a line, then the names that stand for more than one class."""
    python = {path: lines for path, lines in house.files.items() if path.endswith(".py")}
    shared = {name: places for name, places in house.classes.items() if len(places) > 1}
    folders = {path.parts[0] for path in list_tracked(root) if len(path.parts) > 1}
    lines = sum(python.values())
    yield f"files            {len(house.files)}, of which Python {len(python)}"
    yield f"lines            Python {lines}, YAML {sum(house.files.values()) - lines}"
    yield f"functions        {len(house.functions)}; {_spread(house.functions)}"
    yield f"Python files     {_spread(python)}"
    yield f"shared names     {len(shared)} classes' names stand for two or more classes"
    yield f"one caller       {len(house.one_caller)} private functions of {SHORT} lines or fewer"
    yield f"folders          {len(folders)} at the top level"
    yield f"dependencies     {_list_dependencies(root)}"
    yield from (f"  {name}: {', '.join(places)}" for name, places in sorted(shared.items()))


def _spread(lengths: dict[str, int]) -> str:
    place, longest = max(lengths.items(), key=itemgetter(1))
    ninth = quantiles(lengths.values(), n=10)[-1]
    return f"median {median(lengths.values()):.0f} lines, 90 % up to {ninth:.0f}, longest {longest} ({place})"


def _list_dependencies(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = {name: len(some) for name, some in project.get("optional-dependencies", {}).items()}
    return f"{len(project['dependencies'])} to run; extras: {extras}"


def main() -> int:
    """Prints the figures of the named checkout, or of this one; returns the exit code."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    print("\n".join(describe(measure(root), root)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
