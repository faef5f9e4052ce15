"""Files: written atomically, read as JSON or JSON lines, refused in one plain line."""

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

from toolworlds.errors import UserError


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
        finally:
            temporary.unlink()
    return read_json(path)


def read_json(path: Path) -> Any:
    """The file's JSON value; raises UserError with path and position when it is none."""
    with explain_os_errors(path):
        data = path.read_bytes()
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise UserError(
            f"{path} is not JSON: {error}; delete it and re-run the stage that wrote it"
        ) from error


def dump_line(value: Any) -> bytes:
    """One JSONL line, newline included."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


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


def read_lines(path: Path) -> Iterator[Any]:
    """The values of a JSONL file, one at a time; a line cut off by a crash at the very end is skipped."""
    with explain_os_errors(path), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError as error:
                if not line.endswith(b"\n"):
                    return
                raise UserError(f"{path}:{number} is not JSON: {error}; repair or remove the line") from error


def list_stems(folder: Path, suffix: str = ".json") -> set[str]:
    """Names without suffix of the finished files in a folder: one scan, temporary files left out."""
    if not folder.is_dir():
        return set()
    with explain_os_errors(folder), os.scandir(folder) as entries:
        return {e.name[: -len(suffix)] for e in entries if e.name.endswith(suffix) and e.name[0] != "."}
