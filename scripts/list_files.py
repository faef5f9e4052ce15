"""Prints every source file with the first line of its docstring: `make files`."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {"tests", "build", "output", "data"}


def list_files() -> list[tuple[str, str]]:
    """(path, first line of the docstring) of all files that hold code, in the order of their folders."""
    files = sorted(ROOT.glob("*.py")) + sorted(
        file
        for folder in sorted(ROOT.iterdir())
        if folder.is_dir() and folder.name not in LEFT_OUT and not folder.name.startswith(".")
        for file in folder.rglob("*.py")
    )
    texts = ((file, file.read_text()) for file in files)
    return [
        (str(file.relative_to(ROOT)), (ast.get_docstring(ast.parse(text)) or "").split("\n")[0])
        for file, text in texts
        if text.strip()
    ]


def main() -> int:
    """Prints the list; returns the exit code."""
    folder = None
    for path, words in list_files():
        if folder != (folder := str(Path(path).parent)):
            print(f"\n{folder}/" if folder != "." else "")
        print(f"  {Path(path).name:28} {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
