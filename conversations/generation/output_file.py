"""The output file: grows in a part beside it, is renamed when whole, and is gone on with after a kill.

conversations.jsonl            the whole, once it is
conversations.jsonl.part       what there is of it until then
conversations.jsonl.run.json   what it depends on; another configuration is refused
.conversations.jsonl.lock      held by the one command that writes them
conversations/_run/            failures.jsonl: conversations that could not be made, and why
"""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Self

from toolworlds.batch.run_folder import Failure, RunFolder, hold_output, list_differences
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
        self._bookkeeping = RunFolder(path.with_suffix(""))
        self._held = ExitStack()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Takes the output; raises UserError where another process has it."""
        self._held.enter_context(hold_output(self.path, self.path.with_name(f".{self.path.name}.lock")))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def claim(self, identity: Mapping[str, Json], wanted: int, force: bool) -> int:
        """Items that are done already and stay: lines made under the same identity, and those that failed.

        Raises UserError under another one, or if there are more than wanted; with `force` what is there goes.
        """
        with explain_os_errors(self.path):
            known = self._read_identity()
            if known != identity:
                self._replace(known, identity, force)
            lines, torn = _count_lines(self.path if self.path.exists() else self._part)
        there = self._count_done(lines)
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
            told = "; ".join(list_differences(dict(known), dict(identity)))
            raise UserError(
                f"{files[0]} was begun with another configuration ({told}); choose another --output, "
                "or --force to write it anew"
            )
        for path in files:
            path.unlink()
        self._bookkeeping.forget_failures()
        write_json(self._run, dict(identity))

    def failed(self) -> dict[int, Failure]:
        """Place of an item, from 1 -> why it could not be made."""
        return {int(name): failure for name, failure in self._bookkeeping.failures().items()}

    def record_failure(self, number: int, stage: str, kind: str, message: str) -> None:
        """Notes that the item at a place, from 1, could not be made; it has no line."""
        self._bookkeeping.record_failure(Failure(str(number), stage, kind, message))

    def count_lines(self) -> int:
        """Complete lines that are there."""
        return _count_lines(self.path if self.path.exists() else self._part)[0]

    def _count_done(self, lines: int) -> int:
        """Items whose lines are there, and those among and right after them that failed."""
        done, failed = 0, self.failed()
        while lines or done + 1 in failed:
            done += 1
            lines -= done not in failed
        return done

    def open(self, done: int) -> None:
        """Makes the part hold exactly the lines of the first `done` items, ready for more."""
        done -= sum(number <= done for number in self.failed())
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
