"""Certified tasks per second with the procedural model: stages 1 to 4, each in as many processes as cores.

python benchmarks/throughput.py --fields 4 --processes 2
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIELDS = [
    *("Logistics", "Travel", "Hospital Administration", "E-commerce", "Investment Banking", "Energy"),
    *(
        "Aerospace and Defense",
        "Education",
        "Legal Services",
        "Agriculture",
        "Cybersecurity",
        "Human Resources",
    ),
]


def list_stages(out: Path, fields: list[str], sequences: int) -> dict[str, list[str]]:
    """Stage -> its command, without the shard."""
    specs, tasks = ["--env-specs-dir", f"{out}/env_specs"], ["--tasks-dir", f"{out}/tasks"]
    named = [part for field in fields for part in ("--field", field)]
    return {
        "env_generation.run": [*named, "--output-dir", f"{out}/env_specs"],
        "env_audit.run": [*specs, "--output-dir", f"{out}/audit"],
        "task_generation.build_sequences": [
            *(*specs, "--audit-dir", f"{out}/audit"),
            *("--output-dir", f"{out}/sequences", "--n-sequences", str(sequences)),
        ],
        "task_generation.run": [
            *specs,
            "--sequences-dir",
            f"{out}/sequences",
            "--output-dir",
            f"{out}/tasks",
        ],
        "task_audit.run": [*tasks, *specs, "--task-content", f"{out}/task_content.jsonl"],
    }


def run_sharded(module: str, arguments: list[str], processes: int) -> float:
    """Seconds until the last of the shards is done."""
    began = time.monotonic()
    shards = [
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments, "--shard", f"{number + 1}/{processes}"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        for number in range(processes)
    ]
    codes = [shard.wait() for shard in shards]
    if max(codes) > 1:
        sys.exit(f"{module} ended with {codes}")
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fields", type=int, default=4)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sequences", type=int, default=12, help="a spec")
    parser.add_argument("--keep", type=Path, help="a new folder for what is made; thrown away otherwise")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = args.keep or Path(folder)
        seconds = {
            module: run_sharded(module, arguments, args.processes)
            for module, arguments in list_stages(out, FIELDS[: args.fields], args.sequences).items()
        }
        rows = sum(1 for _ in (out / "task_content.jsonl").open("rb"))
    for module, taken in seconds.items():
        print(f"{module:34} {taken:7.1f} s")
    total = sum(seconds.values())
    print(
        f"{rows} certified tasks in {total:.1f} s in {args.processes} processes: {rows / total:.1f} a second"
    )


if __name__ == "__main__":
    main()
