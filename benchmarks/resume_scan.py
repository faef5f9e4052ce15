"""How long a stage takes to find out what is left of 1,000,000 items, and one row among 80,000.

    python benchmarks/resume_scan.py --items 1000000 --rows 80000

Finished rollouts are hard links to a few files, which a folder scan cannot tell from files of their own.
The commands are the user's: stage 5 with --dry-run, and with --task-id on a file with its offset index.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from toolworlds.batch.dataset import write_dataset  # noqa: E402 - the line above makes it importable

LINKS_PER_FILE = 30_000
ROLLOUTS = 1_000


def make_row(dataset: Path) -> dict[str, object]:
    """The first row of a released file."""
    with dataset.open("rb") as file:
        row: dict[str, object] = orjson.loads(file.readline())
        return row


def copy_rows(row: dict[str, object], count: int) -> Iterator[tuple[str, bytes]]:
    """The same row under many ids."""
    for number in range(count):
        row_id = f"logistics_spec_{number // 100:05}_seq{number % 100}"
        yield row_id, orjson.dumps({**row, "id": row_id}) + b"\n"


def link_items(folder: Path, row_ids: list[str]) -> None:
    """A finished file for every rollout of every row."""
    folder.mkdir()
    source = folder
    names = (f"{row_id}.{k}.json" for row_id in row_ids for k in range(ROLLOUTS))
    for number, name in enumerate(names):
        if number % LINKS_PER_FILE == 0:
            source = folder / name
            source.write_bytes(b"{}")
        else:
            os.link(source, folder / name)


def time_command(*arguments: object) -> tuple[float, str]:
    """Seconds of a whole process, and what it printed."""
    began = time.monotonic()
    command = [sys.executable, "-m", "trajectory_generation.run", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return time.monotonic() - began, done.stdout.strip().splitlines()[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=80_000)
    parser.add_argument("--dataset", type=Path, required=True, help="rows; the first is copied")
    args = parser.parse_args()
    row = make_row(args.dataset)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        small = base / "small.jsonl"
        write_dataset(small, copy_rows(row, args.items // ROLLOUTS))
        link_items(base / "done", [row_id for row_id, _ in copy_rows(row, args.items // ROLLOUTS)])
        flags = ("--rollouts", ROLLOUTS, "--output-dir", base / "done", "--dry-run")
        seconds, said = time_command("--dataset", small, *flags)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{said}: {seconds:.2f} s, {memory:.0f} MB", flush=True)
        large = base / "large.jsonl"
        write_dataset(large, copy_rows(row, args.rows))
        size = large.stat().st_size / 1e9
        chosen = ("--task-id", f"logistics_spec_{args.rows // 200:05}_seq50", "--output-dir", base / "one")
        empty, _ = time_command(
            "--dataset", small, *chosen, "--dry-run", "--task-id", next(copy_rows(row, 1))[0]
        )
        seconds, _ = time_command("--dataset", large, *chosen, "--dry-run")
        print(f"one of {args.rows} rows ({size:.1f} GB): {seconds:.2f} s, of which start-up {empty:.2f} s")


if __name__ == "__main__":
    main()
