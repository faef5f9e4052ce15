"""Paths, what is done, load, save. With `--output data/train.jsonl`:

data/train.jsonl                     the samples, a JSONL file (or `.json`: one array), sorted by id
data/train.parts/samples/<id>.json   each sample as soon as it is made; the file above is compiled from these
data/train.parts/raw/<id>.json       what the model said, until it is moved to the next
data/train.rows.jsonl                with an environment: each plan as a certified row, for rollouts
data/raw_llm/<run>.jsonl.gz          the models' own words of the whole run
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path

from filelock import FileLock

from skyrl_samples.raw_replies import FOLDER, merge_replies
from toolworlds.batch.dataset import write_dataset
from toolworlds.batch.record_files import parse_record
from toolworlds.files import parse_json
from toolworlds.outside.files import read_text
from toolworlds.records.base import Json
from toolworlds.records.samples import RawReply, SkyRLSample
from toolworlds.records.tasks import Row
from toolworlds.world.canonical import digest
from utils import (
    UserError,
    create_json,
    dump_line,
    explain_os_errors,
    list_stems,
    open_atomic,
    read_json,
    read_lines,
    write_bytes_atomic,
)

SUFFIXES = (".jsonl", ".json")


class SampleStore:
    """The files of one output."""

    def __init__(self, output: Path, identity: Json) -> None:
        if output.suffix not in SUFFIXES:
            raise UserError(f"--output {output.name!r} ends in neither .jsonl nor .json; rename it")
        if output.is_dir():
            raise UserError(f"--output {output} is a directory; give a file")
        self.output = output
        self.output_dir = output.with_name(f"{output.stem}.parts")
        """For the run's bookkeeping, too."""
        self.run = f"{output.stem}-{digest(identity)[:8]}"
        self._samples = self.output_dir / "samples"
        self._rows = self.output_dir / "rows"
        self._raw = self.output_dir / "raw"
        self._raw_file = output.parent / FOLDER / f"{self.run}.jsonl.gz"

    def done(self) -> set[str]:
        """Ids of the samples that are there."""
        return list_stems(self._samples)

    @cached_property
    def begun(self) -> str:
        """When this run was first begun, UTC; `SOURCE_DATE_EPOCH` stands in for the clock."""
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
        kept = create_json(self.output_dir / "_run" / "begun.json", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return str(kept)

    def link(self, request_id: str) -> RawReply:
        """Where a reply will be found."""
        return RawReply(path=f"{FOLDER}/{self._raw_file.name}", request_id=request_id)

    def save(self, sample_id: str, sample: Json) -> None:
        """Keeps one sample."""
        write_bytes_atomic(self._samples / f"{sample_id}.json", dump_line(sample))

    def save_row(self, row: Row) -> None:
        """Keeps one certified row."""
        write_bytes_atomic(self._rows / f"{row.id}.json", dump_line(row.to_json()))

    def save_raw(self, item: str, lines: list[dict[str, Json]]) -> None:
        """Keeps what a model said about one item."""
        if lines:
            write_bytes_atomic(self._raw / f"{item}.json", dump_line(lines))

    def compile(self, records: Iterable[bytes] | None = None) -> None:
        """Writes the output anew from all samples there are, or from these lines; gathers raw replies."""
        with explain_os_errors(self.output_dir):
            self.output_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(self.output_dir / "compile.lock"):
            self._gather_raw()
            write_records(self.output, self._read_samples() if records is None else records)
            if rows := sorted(list_stems(self._rows) & self.done()):
                path = self.output.with_name(f"{self.output.stem}.rows.jsonl")
                write_dataset(path, ((row_id, read_line(self._rows, row_id)) for row_id in rows))

    def read_sample(self, sample_id: str) -> bytes:
        """One sample's line."""
        return read_line(self._samples, sample_id)

    def _read_samples(self) -> Iterator[bytes]:
        return map(self.read_sample, sorted(self.done()))

    def _gather_raw(self) -> None:
        paths = [self._raw / f"{item}.json" for item in sorted(list_stems(self._raw))]
        if paths:
            lines = (sorted(read_json(path), key=lambda line: line["request_id"]) for path in paths)
            merge_replies(self._raw_file, chain.from_iterable(lines))
        for path in paths:
            path.unlink()


def read_line(folder: Path, item: str) -> bytes:
    """An item's line."""
    path = folder / f"{item}.json"
    with explain_os_errors(path):
        return path.read_bytes()


def write_records(path: Path, lines: Iterable[bytes]) -> None:
    """Lines of JSON as a file of lines, or as one array if the name ends in `.json`."""
    with open_atomic(path) as file:
        if path.suffix == ".jsonl":
            file.writelines(lines)
            return
        opened = b"["
        for line in lines:
            file.write(opened + b"\n" + line.rstrip())
            opened = b","
        file.write(b"\n]\n" if opened == b"," else b"[]\n")


def read_records(path: Path) -> Iterator[Json]:
    """The records of such a file. Raises UserError."""
    if path.suffix == ".jsonl":
        yield from read_lines(path)
        return
    data = read_text(path)
    try:
        value = parse_json(data)
    except ValueError as error:
        raise UserError(
            f"{path} is not JSON: {error}; give a .jsonl file, or a .json array of records"
        ) from error
    if not isinstance(value, list):
        raise UserError(f"{path} is a {type(value).__name__}, not an array of records; correct --input")
    yield from value


def read_samples(path: Path) -> Iterator[SkyRLSample]:
    """The samples of a file. Raises UserError for what is none."""
    for number, value in enumerate(read_records(path), start=1):
        yield parse_record(value, SkyRLSample, f"{path}: record {number}")
