"""An input: a JSONL file, a JSON array, or a folder of such records, read as a stream."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dataset_export.sources.kind import Kind
from dataset_export.sources.rows import ROWS
from utils import UserError, explain_os_errors, list_stems

KINDS: dict[str, Kind] = {"gt_tool_calls": ROWS}
"""A key that only this kind's records have -> the kind."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a record stands."""

    path: Path
    offset: int = 0
    length: int = -1
    """-1: to the end of the file."""

    def __str__(self) -> str:
        return str(self.path) if self.length < 0 else f"{self.path}, byte {self.offset}"

    def read(self) -> bytes:
        """The record's bytes."""
        with explain_os_errors(self.path), self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


class Input:
    """The records of `--input`; raises UserError for what holds none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with explain_os_errors(path):
            path.stat()
        self.kind = self._find_kind()

    def scan(self) -> Iterator[tuple[Spot, bytes]]:
        """Every record with its place, in order."""
        for file in self._list_files():
            match self._read_layout(file):
                case "record":
                    spot = Spot(file)
                    yield spot, spot.read()
                case "array":
                    yield from _scan_array(file)
                case _:
                    yield from _scan_lines(file)

    def hash(self) -> str:
        """The sha256 of the content: of the file, or of the files' names and hashes."""
        digests = [(file.name, _hash_file(file)) for file in self._list_files()]
        if self.path.is_file():
            return digests[0][1]
        return hashlib.sha256(msgspec.json.encode(digests)).hexdigest()

    def _list_files(self) -> list[Path]:
        """The file itself; of a folder its JSONL files, or its JSON files where it has none."""
        if self.path.is_file():
            return [self.path]
        for suffix in (".jsonl", ".json"):
            if stems := list_stems(self.path, suffix):
                return [self.path / f"{stem}{suffix}" for stem in sorted(stems)]
        return []

    def _read_layout(self, file: Path) -> str:
        if self.path.is_dir() and file.suffix == ".json":
            return "record"
        with explain_os_errors(file), file.open("rb") as opened:
            return "array" if opened.read(64).lstrip()[:1] == b"[" else "lines"

    def _find_kind(self) -> Kind:
        for spot, data in self.scan():
            keys = _read_keys(data, str(spot))
            for key, kind in KINDS.items():
                if key in keys:
                    return kind
            shown = ", ".join(sorted(keys)[:6])
            raise UserError(
                f"{spot} is none of {', '.join(kind.noun for kind in KINDS.values())}: its keys are {shown}; "
                "give --input what a stage of this project wrote"
            )
        raise UserError(f"{self.path} holds no records; check --input, or run the stage that writes it")


def _scan_lines(path: Path) -> Iterator[tuple[Spot, bytes]]:
    """The lines of a file; one that a crash cut off at the very end is left out."""
    offset = 0
    with explain_os_errors(path), path.open("rb") as file:
        for line in file:
            if line.strip() and (line.endswith(b"\n") or _is_json(line)):
                yield Spot(path, offset, len(line)), line
            offset += len(line)


def _scan_array(path: Path) -> Iterator[tuple[Spot, bytes]]:
    with explain_os_errors(path):
        data = path.read_bytes()
    try:
        items = msgspec.json.decode(data, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise UserError(
            f"{path} is not JSON: {error}; repair it or re-run the stage that wrote it"
        ) from error
    end = 0
    for item in map(bytes, items):
        start = data.index(item, end)
        end = start + len(item)
        yield Spot(path, start, len(item)), item


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _read_keys(data: bytes, place: str) -> set[str]:
    try:
        return set(msgspec.json.decode(data, type=dict[str, msgspec.Raw]))
    except msgspec.DecodeError as error:
        raise UserError(f"{place} is no JSON object: {error}; repair it or check --input") from error


def _hash_file(path: Path) -> str:
    with explain_os_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
