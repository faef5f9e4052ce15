"""Files: written atomically, read as JSON or JSON lines, refused in one plain line."""

import errno
import io
import json
import logging
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from toolworlds.errors import UserError

PATIENCE = 2.0
"""Seconds in which whoever creates a file must have filled it."""

log = logging.getLogger(__name__)
_LONG_DIGITS = re.compile(rb"\d{19}")


def explain_os_error(error: OSError, path: Path | str | None) -> UserError:
    """What the file system refuses as one plain line that names the path and what to do."""
    advice = {
        errno.ENOSPC: "the disk is full; free some space and run the same command again",
        errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
        errno.EACCES: "no permission; choose another path or change its rights",
        errno.EPERM: "no permission; choose another path or change its rights",
        errno.EROFS: "the file system is read-only; choose another path",
        errno.ENOENT: "it does not exist; check the path",
        errno.ENOTDIR: "a part of this path is a file; choose another path",
        errno.EEXIST: "a part of this path is a file; choose another path",
        errno.EISDIR: "it is a directory; give a file",
    }.get(error.errno or 0, error.strerror or str(error))
    return UserError(f"cannot use {path or 'a file'}: {advice}")


@contextmanager
def explain_os_errors(path: Path) -> Iterator[None]:
    """Raises what the file system refuses as a UserError; see `explain_os_error`."""
    try:
        yield
    except OSError as error:
        raise explain_os_error(error, path) from error


@contextmanager
def open_atomic(path: Path) -> Iterator[IO[bytes]]:
    """A temporary file in the same folder, synced and renamed at the end: readers see all or nothing."""
    with explain_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """The whole file at once; see `open_atomic`."""
    with open_atomic(path) as file:
        file.write(data)


def write_json(path: Path, value: Any) -> None:
    """Atomic, indented, keys in the order given."""
    write_bytes_atomic(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def create_json(path: Path, value: Any) -> Any:
    """Writes the file unless it is there already; returns what it holds now.

    Of many processes that create one file at once exactly one wins, and all see the winner's value.
    """
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(8)}.tmp")
    write_json(temporary, value)
    with explain_os_errors(path):
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        except OSError:  # the file system has no hard links: exFAT, some network shares
            _create_exclusively(path, temporary.read_bytes())
        finally:
            temporary.unlink()
    return read_json(path)


def _create_exclusively(path: Path, data: bytes) -> None:
    """Creates the file, or waits until the process that did so has filled it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        deadline = time.monotonic() + PATIENCE
        while not path.read_bytes().endswith(b"\n") and time.monotonic() < deadline:
            time.sleep(0.01)
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_json(path: Path) -> Any:
    """The file's JSON value; raises UserError with path and position when it is none."""
    with explain_os_errors(path):
        data = path.read_bytes()
    try:
        return parse_json(data)
    except ValueError as error:
        raise UserError(
            f"{path} is not JSON: {error}; delete it and re-run the stage that wrote it"
        ) from error


def parse_json(data: bytes | str) -> Any:
    """The JSON value, integers of any size exactly. Raises ValueError."""
    value = orjson.loads(data)
    if _LONG_DIGITS.search(data if isinstance(data, bytes) else data.encode()):
        return json.loads(data)  # orjson makes floats of integers beyond 64 bits
    return value


def dump_line(value: Any) -> bytes:
    """One JSONL line, newline included."""
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError as error:
        if "64-bit" not in str(error):
            raise
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode() + b"\n"


def append_line(path: Path, value: Any) -> None:
    """Appends one JSONL line with a single write, so that concurrent appenders never mix their bytes."""
    with explain_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            line = dump_line(value)
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One line of a JSONL file."""

    number: int
    """From 1; blank lines count."""
    offset: int
    """Of its first byte."""
    data: bytes
    value: Any


def scan_lines(path: Path, text: bytes | None = None) -> Iterator[JsonLine]:
    """The lines of a JSONL file that are not blank, one at a time; raises UserError naming a broken one.

    A line that a crash cut off at the very end is passed over with a warning. `text` is what the file holds,
    where that is known.
    """
    offset = 0
    with explain_os_errors(path), path.open("rb") if text is None else io.BytesIO(text) as file:
        for number, data in enumerate(file, start=1):
            if data.strip():
                try:
                    yield JsonLine(number, offset, data, parse_json(data))
                except ValueError as error:
                    if not data.endswith(b"\n"):
                        log.warning("%s:%d was cut off while it was written; it is left out", path, number)
                        return
                    raise UserError(
                        f"{path}:{number} is not JSON: {error}; repair or remove the line"
                    ) from error
            offset += len(data)


def read_lines(path: Path) -> Iterator[Any]:
    """The values of a JSONL file, one at a time; see `scan_lines`."""
    return (line.value for line in scan_lines(path))


def list_stems(folder: Path, suffix: str = ".json") -> set[str]:
    """Names without suffix of the finished files in a folder: one scan, temporary files left out."""
    if not folder.is_dir():
        return set()
    with explain_os_errors(folder), os.scandir(folder) as entries:
        return {e.name[: -len(suffix)] for e in entries if e.name.endswith(suffix) and e.name[0] != "."}
