"""The output folder appears whole or not at all: it is made beside its place, and moved there at the end."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolworlds.batch.run_folder import hold_output
from utils import UserError, explain_os_errors

MANIFEST = "manifest.json"
"""What tells an export from other folders."""
_LOCK = ".lock"


@contextmanager
def replace_folder(output: Path) -> Iterator[Path]:
    """A folder beside `output` that takes its place at the end, an earlier export's included.

    Raises UserError where `output` holds anything else, or another process is writing it.
    """
    partial = output.with_name(f".{output.name}.partial")
    with explain_os_errors(output):
        _refuse_other(output)
    with hold_output(output, partial / _LOCK):
        try:
            _empty(partial)
            yield partial
            with explain_os_errors(output):
                (partial / _LOCK).unlink(missing_ok=True)
                if output.exists():
                    shutil.rmtree(output)
                partial.replace(output)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _refuse_other(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise UserError(f"--output {output} is a file; give a folder")
    if output.is_dir() and any(output.iterdir()) and not (output / MANIFEST).is_file():
        raise UserError(f"--output {output} holds files and no {MANIFEST}; give a new or an empty folder")


def _empty(folder: Path) -> None:
    """Removes what a killed export left behind."""
    for leftover in folder.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover)
        elif leftover.name != _LOCK:
            leftover.unlink()
