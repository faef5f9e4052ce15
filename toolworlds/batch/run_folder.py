"""The `_run/` folder beside a stage's output: what identifies the run, what failed, what it cost.

    _run/config.json      the run's identity; a run with another one is refused
    _run/failures.jsonl   one line a failure; an item's last line counts, and none once the item is done
    _run/ledger.jsonl     one line a process: what its model calls cost, by role
    _run/summary.json     the summary of the process that ended last

Any number of processes may share the folder: files are created once, replaced whole, or appended by the line.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from toolworlds.errors import UserError
from toolworlds.files import append_line, create_json, dump_line, explain_os_errors, read_json, write_json
from toolworlds.records.base import Json


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item reached no verdict."""

    item_id: str
    stage: str
    kind: str
    """A short word for counting: `reply`, `provider`, `bug`, …"""
    message: str
    raw: str = ""
    """The model's last reply, where that was the trouble."""


class RunFolder:
    """The bookkeeping of one output folder. Nothing is written before `claim`."""

    def __init__(self, output_dir: Path) -> None:
        self.path = output_dir / "_run"
        self._failures = self.path / "failures.jsonl"

    def claim(self, identity: Mapping[str, Json], force: bool) -> bool:
        """Writes the identity or compares it with the one that is there; whether the folder is a new one.

        Raises UserError naming the keys that differ; with `force` the new identity replaces the old one.
        """
        path = self.path / "config.json"
        plain = orjson.loads(dump_line(dict(identity)))
        with explain_os_errors(self.path.parent):
            self.path.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
        differing = list_differences(create_json(path, plain), plain)
        if differing and force:
            write_json(path, plain)
        elif differing:
            raise UserError(
                f"{self.path.parent} was begun with another configuration ({'; '.join(differing)}); "
                "choose another --output-dir, or --force to go on with this one and keep what is done"
            )
        return is_new

    def disclaim(self) -> None:
        """Takes the identity back: nothing was made under it."""
        with explain_os_errors(self.path):
            (self.path / "config.json").unlink(missing_ok=True)

    def record_failure(self, failure: Failure) -> None:
        """Appends one line to `failures.jsonl`."""
        append_line(self._failures, asdict(failure))

    def forget_failures(self) -> None:
        """Removes `failures.jsonl`: what failed belongs to an output that is begun anew."""
        with explain_os_errors(self._failures):
            self._failures.unlink(missing_ok=True)

    def failures(self) -> dict[str, Failure]:
        """The last failure of each item; a line torn by a full disk is passed over, its item still owed."""
        if not self._failures.exists():
            return {}
        with explain_os_errors(self._failures), self._failures.open("rb") as lines:
            known = [failure for line in lines if (failure := _read_failure(line))]
        return {failure.item_id: failure for failure in known}

    def append_ledger(self, entry: Mapping[str, Json]) -> None:
        """Appends one process's costs to `ledger.jsonl`."""
        append_line(self.path / "ledger.jsonl", dict(entry))

    def write_summary(self, summary: Mapping[str, Json]) -> None:
        """Replaces `summary.json`."""
        write_json(self.path / "summary.json", dict(summary))


@contextmanager
def hold_output(output: Path, lock: Path) -> Iterator[None]:
    """While the block runs the output is this process's alone; raises UserError where another one has it."""
    with explain_os_errors(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(lock, timeout=0)
        try:
            held.acquire()
        except Timeout as error:
            raise UserError(
                f"another process is writing {output}; wait for it, or choose another output"
            ) from error
    try:
        yield
    finally:
        held.release()


def identify_input(folder: Path) -> Json:
    """The identity under which an input folder was made; None for a folder from elsewhere."""
    path = folder / "_run" / "config.json"
    return read_json(path) if path.exists() else None


def _read_failure(line: bytes) -> Failure | None:
    try:
        return Failure(**orjson.loads(line))
    except (orjson.JSONDecodeError, TypeError):
        return None


def list_differences(old: Json, new: Json) -> list[str]:
    """What differs between two identities, e.g. `prompts.judge: 'a' then, 'b' now`."""
    before, now = dict(_flatten(old)), dict(_flatten(new))
    keys = sorted(before.keys() | now.keys())
    return [f"{k}: {before.get(k)!r} then, {now.get(k)!r} now" for k in keys if before.get(k) != now.get(k)]


def _flatten(value: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    if not isinstance(value, dict):
        yield prefix, value
        return
    for key, inner in value.items():
        yield from _flatten(inner, f"{prefix}.{key}" if prefix else key)
