"""How long 80,000 rows take to Parquet, and the memory at a tenth of that and at all of it.

    python benchmarks/export.py --dataset output/task_content.jsonl --rows 80000

The rows of a small dataset are copied under many ids and environments; the command is the user's.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent
ROWS_PER_ENVIRONMENT = 8


def copy_rows(dataset: Path, count: int) -> Iterator[bytes]:
    """`count` lines: the file's rows again and again, each under an id of its own."""
    with dataset.open("rb") as file:
        rows = [orjson.loads(line) for line in file]
    for number in range(count):
        env_id = f"logistics_spec_{number // ROWS_PER_ENVIRONMENT:05}"
        names = {"id": f"{env_id}_seq{number % ROWS_PER_ENVIRONMENT}", "env_id": env_id}
        yield orjson.dumps({**rows[number % len(rows)], **names}) + b"\n"


def time_export(rows: Path, name: str, output: Path) -> tuple[float, float, float]:
    """(seconds, processor seconds, peak MB) of one export."""
    began = time.monotonic()
    command = [sys.executable, "-m", "dataset_export.run", "--include-procedural"]
    flags = ["--input", rows, "--format", name, "--output", output, "--split", "train=0.9,test=0.1"]
    process = subprocess.Popen([*command, *map(str, flags)], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"the export failed with status {status}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, required=True, help="rows to copy")
    parser.add_argument("--rows", type=int, default=80_000)
    parser.add_argument("--format", default="parquet")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for count in (args.rows // 10, args.rows):
            rows = Path(folder) / "rows.jsonl"
            with rows.open("wb") as file:
                file.writelines(copy_rows(args.dataset, count))
            size = rows.stat().st_size / 1e9
            seconds, processor, memory = time_export(rows, args.format, Path(folder) / "export")
            print(
                f"{count} rows ({size:.2f} GB) to {args.format}: {seconds:.1f} s, of processor time "
                f"{processor:.1f} s; {memory:.0f} MB at most",
                flush=True,
            )


if __name__ == "__main__":
    main()
