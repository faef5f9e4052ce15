"""The output file: grows in a part beside it, is renamed when whole, and is gone on with after a kill.

conversations.jsonl            the whole, once it is
conversations.jsonl.part       what there is of it until then
conversations.jsonl.run.json   what it depends on; another configuration is refused
.conversations.jsonl.lock      held by the one command that writes them
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

from filelock import FileLock, Timeout

from toolworlds.records.base import Json
from utils import UserError, explain_os_errors, read_json, write_json


class OutputFile:
    """One output in the making, this process's alone while its context is open."""

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise UserError(f"--output {path} is a folder; name a file")
        self.path = path
        self._part = path.with_name(f"{path.name}.part")
        self._run = path.with_name(f"{path.name}.run.json")
        self._lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Takes the output; raises UserError where another process has it."""
        with explain_os_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire()
            except Timeout as error:
                raise UserError(
                    f"another process is writing {self.path}; wait for it, or choose another --output"
                ) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def claim(self, identity: Mapping[str, Json], wanted: int, force: bool) -> int:
        """Lines that are there already and stay, made under the same identity.

        Raises UserError under another one, or if there are more than wanted; with `force` what is there goes.
        """
        with explain_os_errors(self.path):
            known = self._read_identity()
            if known != identity:
                self._replace(known, identity, force)
            there, torn = _count_lines(self.path if self.path.exists() else self._part)
        if there > wanted and not force:
            raise UserError(
                f"{self.path} holds {there} conversations already, more than --n {wanted}; "
                "choose another --output, or --force to keep only the first ones"
            )
        if there >= wanted and (there > wanted or torn or not self.path.exists()):
            self.open(wanted)
            self.close(whole=True)
        return min(there, wanted)

    def _read_identity(self) -> dict[str, Json]:
        """What the output was begun with; {} where nothing says so."""
        try:
            known = read_json(self._run) if self._run.exists() else {}
        except UserError:
            return {}
        return known if isinstance(known, dict) else {}

    def _replace(self, known: Mapping[str, Json], identity: Mapping[str, Json], force: bool) -> None:
        """Begins anew; a part that holds nothing yet, as of a run that found no model, binds nobody."""
        files = [path for path in (self.path, self._part) if path.exists()]
        if not force and any(path.stat().st_size for path in files):
            if not known:
                raise UserError(
                    f"{files[0]} exists and nothing says how it was made ({self._run.name}); "
                    "choose another --output, or --force to write it anew"
                )
            keys = [key for key in identity if known.get(key) != identity[key]]
            told = "; ".join(f"{key}: {known.get(key)!r} then, {identity[key]!r} now" for key in keys)
            raise UserError(
                f"{files[0]} was begun with another configuration ({told}); choose another --output, "
                "or --force to write it anew"
            )
        for path in files:
            path.unlink()
        write_json(self._run, dict(identity))

    def open(self, done: int) -> None:
        """Makes the part hold exactly the first `done` lines, ready for more."""
        with explain_os_errors(self._part):
            if self.path.exists():
                self.path.replace(self._part)
            self._file = self._part.open("r+b" if self._part.exists() else "w+b")
            self._file.seek(_find_end(self._file, done))
            self._file.truncate()

    def append(self, line: bytes) -> None:
        """One more line."""
        assert self._file is not None
        with explain_os_errors(self._part):
            self._file.write(line)

    def close(self, *, whole: bool) -> None:
        """Keeps the part; as the whole if it is."""
        if self._file is None:
            return
        with explain_os_errors(self._part):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if whole:
                self._part.replace(self.path)


def _count_lines(path: Path) -> tuple[int, bool]:
    """Complete lines, and whether one follows that was cut off by a kill."""
    if not path.exists():
        return 0, False
    count, line = 0, b"\n"
    with path.open("rb") as file:
        for line in file:
            count += line.endswith(b"\n")
    return count, not line.endswith(b"\n")


def _find_end(file: IO[bytes], lines: int) -> int:
    file.seek(0)
    return sum(len(line) for _, line in zip(range(lines), file, strict=False))
