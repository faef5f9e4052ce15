"""A walk over a folder that never leaves it: no link is followed, no device opened, no huge file read."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 5_000_000
"""Larger files are skipped: a document that long is data, not reading."""
INDEX_MARKS = frozenset({"index.sqlite", ".index.sqlite.tmp"})
"""A folder that holds one of these is an index."""
IGNORED_FOLDERS = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv"})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A readable file: its path inside the folder, with `/` between parts, and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out, and why."""

    path: str
    reason: str


def walk_folder(folder: Path, wanted: frozenset[str]) -> Iterator[FoundFile | Skipped]:
    """All files below `folder` in a fixed order; a folder that holds an index is left out, whoever made it.

    Folders are opened by descriptor without following links, so that a folder swapped for a link meanwhile
    is not followed either.
    """
    for root, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        here = Path(root)
        if INDEX_MARKS & set(files):
            folders.clear()
            yield Skipped(_show(here, folder), "an index")
            continue
        for name in sorted(folders):
            path = _show(here / name, folder)
            if stat.S_ISLNK(os.lstat(name, dir_fd=descriptor).st_mode):
                yield Skipped(path, "symbolic link")
            elif name in IGNORED_FOLDERS:
                yield Skipped(path, "folder of a tool")
        folders[:] = sorted(name for name in folders if name not in IGNORED_FOLDERS)
        for name in sorted(files):
            yield _read(descriptor, name, _show(here / name, folder), wanted)


def _show(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _read(folder: int, name: str, path: str, wanted: frozenset[str]) -> FoundFile | Skipped:
    if not path.isprintable():
        return Skipped(ascii(path), "name holds control or undecodable characters")
    if Path(name).suffix.lower() not in wanted:
        return Skipped(path, "kind of file is not read")
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        link = stat.S_ISLNK(os.lstat(name, dir_fd=folder).st_mode)
        return Skipped(path, "symbolic link" if link else f"cannot be opened: {error.strerror}")
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return Skipped(path, "not a regular file")
        if status.st_size > MAX_BYTES:
            return Skipped(path, f"{status.st_size} bytes, more than {MAX_BYTES}")
        data = file.read(MAX_BYTES)
    return FoundFile(path, data) if data.strip() else Skipped(path, "empty")
