"""Breaks the code in small ways and counts how many of the breaks the tests of the same folder notice.

    python scripts/mutate.py --count 300 --seed 1
    python scripts/mutate.py --count 300 --seed 1 --again OUTPUT_OF_AN_EARLIER_RUN
    python scripts/mutate.py --only toolworlds/world/delta.py

A mutant changes one place of one file: a comparison, a condition, a number, an operand, a slice, a statement.
It runs in a copy of the tree, in a process forked after the imports of libraries, so that most cost a second
or two: first the test files that import the mutated module, then the rest of its folder, until a test fails.
Texts, annotations, decorators, logging and the wording of errors are left alone. Prints the survivors and a
table; `benchmarks/mutants.md` says of each survivor why no test can tell it.
"""

import argparse
import ast
import copy
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = (
    *(f"toolworlds/{place}" for place in ("files.py", "world", "simulation", "batch", "sessions", "tokens")),
    *("dataset_export/splits.py", "episodes/splits.py"),
)
"""What may be mutated: folders, whose tests lie in the same folder under `tests/`, and files."""
LEFT_OUT = {"toolworlds/world/starlark_worker.py"}
"""Starts as a process of its own with limits of its own."""
LIBRARIES = ("hypothesis.strategies", "jsonschema_rs", "orjson", "pydantic", "pytest", "starlark", "yaml")
SECONDS = 60
"""Processor time of a run of tests, which may last ten times as long: whoever needs more has been noticed."""
MEMORY = 8 << 30
"""Bytes of address space of a run of tests."""

SWAPS = {
    "Lt": "LtE GtE", "LtE": "Lt Gt", "Gt": "GtE LtE", "GtE": "Gt Lt", "Eq": "NotEq", "NotEq": "Eq",
    "Is": "IsNot", "IsNot": "Is", "In": "NotIn", "NotIn": "In", "And": "Or", "Or": "And", "Mult": "Add",
    "Div": "Mult",
}  # fmt: skip
"""Operator of `ast` -> operators in its place."""
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "", "shield": "", "abs": ""}
"""Function -> what is called in its place; nothing: its argument stands alone."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A place of a file and what stands there instead."""

    file: str
    node: ast.expr | ast.stmt
    text: str

    def describe(self, source: str) -> str:
        """`file:line: before -> after`, on one line."""
        before, after = (
            " ".join(text.split()) for text in (ast.get_source_segment(source, self.node) or "", self.text)
        )
        return f"{self.file}:{self.node.lineno}: `{before:.90}` -> `{after:.90}`"

    def apply(self, source: str) -> str:
        """The text of the file with the change. Columns of `ast` count bytes."""
        lines = source.encode().splitlines(keepends=True)
        first, last = self.node.lineno - 1, (self.node.end_lineno or 0) - 1
        before = b"".join(lines[:first]) + lines[first][: self.node.col_offset]
        after = lines[last][self.node.end_col_offset :] + b"".join(lines[last + 1 :])
        return (before + self.text.encode() + after).decode()


def list_mutants(file: str, source: str) -> list[Mutant]:
    """Every mutant of a file."""
    return [Mutant(file, node, text) for node in _walk(ast.parse(source)) for text in _change(node)]


def _walk(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Expressions and statements that do something."""
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "exc"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _says_only(child):
                yield from _walk(child)


def _says_only(node: ast.AST) -> bool:
    """Docstrings, log lines, texts with places, unions of types, and `strict=` of zip."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.keyword(arg="strict"):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            return True
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return any(isinstance(n, ast.Name) and _is_type(n.id) for n in (left, right))
    return False


def _is_type(name: str) -> bool:
    return name[0].isupper() or name in (
        "str",
        "bytes",
        "int",
        "float",
        "bool",
        "list",
        "dict",
        "set",
        "tuple",
    )


def _change(node: ast.expr | ast.stmt) -> Iterator[str]:
    """What may stand in the place of a node; one arm a kind."""
    match node:
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(number) | float(number)):
            yield str(number + 1)
        case ast.Compare(ops=[operator]):
            yield from (_with(node, ops=[other]) for other in _swap(operator))
        case ast.BoolOp(op=operator, values=parts):
            yield from (_with(node, op=other) for other in _swap(operator))
            yield from (_with(node, values=_drop(parts, part)) for part in parts)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.BinOp(op=ast.Add() | ast.BitOr() | ast.BitAnd(), left=left, right=right):
            yield from (f"({ast.unparse(left)})", f"({ast.unparse(right)})")
        case ast.BinOp(op=ast.Sub(), left=left):
            yield f"({ast.unparse(left)})"
        case ast.BinOp(op=operator):
            yield from (_with(node, op=other) for other in _swap(operator))
        case ast.IfExp(body=body, orelse=orelse):
            yield from (f"({ast.unparse(body)})", f"({ast.unparse(orelse)})")
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            starred = [part for part in parts if isinstance(part, ast.Starred)]
            yield from (_with(node, elts=_drop(parts, part)) for part in starred)
        case ast.Subscript(value=value, slice=ast.Slice()):
            yield ast.unparse(value)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name in CALLS:
            whole = ast.unparse(node).partition("(")[2][:-1]
            yield f"{CALLS[name]}({whole if CALLS[name] else ast.unparse(first)})"
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            for clause in (clause for clause in node.generators if clause.ifs):
                bare = ast.comprehension(clause.target, clause.iter, clause.ifs[1:], clause.is_async)
                yield _with(node, generators=[bare if c is clause else c for c in node.generators])
        case ast.Expr() | ast.Raise() | ast.Continue() | ast.Break() | ast.AugAssign() | ast.Delete():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "pass"
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return None"


def _swap(operator: ast.AST) -> list[ast.AST]:
    return [getattr(ast, name)() for name in SWAPS.get(type(operator).__name__, "").split()]


def _drop(parts: list[ast.expr], part: ast.expr) -> list[ast.expr]:
    return [other for other in parts if other is not part]


def _with(node: ast.expr, **fields: object) -> str:
    """The expression with other fields, as text."""
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return f"({ast.unparse(twin)})"


def find_tests(file: str) -> tuple[list[str], list[str]]:
    """Test files that import the module, or are named like it, and the others of its folder."""
    folder, _, name = file.rpartition("/")
    files = sorted(ROOT.glob(f"tests/{folder}/**/test_*.py")) if folder in TARGETS else []
    files = files or [ROOT / "tests" / folder / f"test_{name}"]
    module = file.removesuffix(".py").replace("/", ".")
    named = f"test_{Path(file).stem}"
    near = [test for test in files if test.stem == named or f"from {module} import" in test.read_text()]
    near.sort(key=lambda test: test.stem != named)
    rest = [file for file in files if file not in near]
    return [str(test.relative_to(ROOT)) for test in near], [str(test.relative_to(ROOT)) for test in rest]


def run_tests(tests: list[str], seconds: int = SECONDS) -> bool:
    """Whether they pass, in a forked process that imports the tree afresh and ends with all it started."""
    child = os.fork()
    if child == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
        for stream in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), stream)
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=ci"]
        os._exit(int(import_module("pytest").main([*options, *tests])))
    deadline = time.monotonic() + 10 * seconds
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if ended == (0, 0):
        ended = os.waitpid(child, 0)
    return ended[1] == 0


def survives(mutant: Mutant, source: str) -> bool:
    """Whether all tests that should notice pass with the change, here in the copy of the tree."""
    place = Path(mutant.file)
    place.write_text(mutant.apply(source))
    try:
        return all(run_tests(tests) for tests in find_tests(mutant.file) if tests)
    finally:
        place.write_text(source)


def draw_mutants(only: str | None, count: int, seed: int) -> tuple[dict[str, str], list[Mutant]]:
    """The files that may be mutated, and the mutants drawn from all of them, by file and line."""
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [
        name
        for name in tracked.stdout.split()
        if any(name == place or name.startswith(f"{place}/") for place in TARGETS)
        and name not in LEFT_OUT
        and (only is None or name == only or name.startswith(f"{only}/"))
    ]
    sources = {name: (ROOT / name).read_text() for name in files}
    every = [mutant for name, source in sources.items() for mutant in list_mutants(name, source)]
    drawn = random.Random(seed).sample(range(len(every)), min(count, len(every)))
    return sources, [every[place] for place in sorted(drawn)]


def main() -> int:
    """Runs the mutants; returns 0 where at most one in twenty survived."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=300, help="mutants to draw (default 300)")
    parser.add_argument("--seed", type=int, default=0, help="which ones (default 0)")
    parser.add_argument("--only", help="a file or folder that is mutated; default all that this script knows")
    parser.add_argument("--again", type=Path, help="what an earlier run printed: only its survivors")
    options = parser.parse_args()
    sources, mutants = draw_mutants(options.only, options.count, options.seed)
    if options.again:
        known = options.again.read_text()
        mutants = [mutant for mutant in mutants if mutant.describe(sources[mutant.file]) in known]
    tried, survived = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        copied = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
        for name in copied.stdout.splitlines():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, Path(folder) / name)
        os.chdir(folder)
        sys.path.insert(0, folder)
        for library in LIBRARIES:
            import_module(library)
        sys.dont_write_bytecode = False  # the first run leaves it for the others
        used = sorted({test for mutant in mutants for tests in find_tests(mutant.file) for test in tests})
        if not run_tests(used, 10 * SECONDS):
            print("the tests fail without any mutant", file=sys.stderr)
            return 2
        sys.dont_write_bytecode = True
        for mutant in mutants:
            room = str(Path(mutant.file).parent)
            tried[room] += 1
            if survives(mutant, sources[mutant.file]):
                survived[room] += 1
                print(f"survived {mutant.describe(sources[mutant.file])}", flush=True)
        os.chdir(ROOT)
    print("\n| mutated | mutants | killed | share |\n|---|---|---|---|")
    for room in [*sorted(tried), "all"]:
        count, left = (tried[room], survived[room]) if room != "all" else (tried.total(), survived.total())
        print(f"| {room} | {count} | {count - left} | {(count - left) / max(count, 1):.1%} |")
    return int(survived.total() * 20 > tried.total())


if __name__ == "__main__":
    sys.exit(main())
