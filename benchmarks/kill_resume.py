"""Kills the five stages with SIGKILL at random points, re-runs them, and compares every final byte.

    python benchmarks/kill_resume.py --kills 200
    python benchmarks/kill_resume.py --kills 0 --processes 16     # many processes on one output folder

An undisturbed run in one folder is the truth. Then, in fresh folders, each stage's command is started and
killed after a random time until it ends by itself, and its outputs are compared with the truth. Leftover
temporary files and `_run/` (bookkeeping: attempts, timings) are not outputs and are not compared.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def list_stages(out: Path, field: str, seed: int) -> list[list[str]]:
    """The five stages (3 is two commands) as a user would type them, small sizes."""
    common = ["--seed", str(seed)]
    specs, audit, sequences, tasks = out / "env_specs", out / "audit", out / "sequences", out / "tasks"
    rows = out / "task_content.jsonl"
    commands = [
        ["env_generation.run", "--field", field, "--output-dir", specs, "--max-subfields", "3"],
        ["env_audit.run", "--env-specs-dir", specs, "--output-dir", audit, "--calls-per-mode", "3"],
        [
            *("task_generation.build_sequences", "--env-specs-dir", specs, "--audit-dir", audit),
            *("--output-dir", sequences, "--n-sequences", "8"),
        ],
        [
            "task_generation.run",
            "--env-specs-dir",
            specs,
            "--sequences-dir",
            sequences,
            "--output-dir",
            tasks,
        ],
        ["task_audit.run", "--tasks-dir", tasks, "--env-specs-dir", specs, "--task-content", rows],
        ["trajectory_generation.run", "--dataset", rows, "--output-dir", out / "trajectories"],
    ]
    return [[sys.executable, "-m", *map(str, command), *common] for command in commands]


def hash_outputs(out: Path) -> dict[str, str]:
    """Relative path -> sha256 of every output file."""
    files = (p for p in sorted(out.rglob("*")) if p.is_file() and not p.name.startswith("."))
    return {
        str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in files
        if "_run" not in p.relative_to(out).parts
    }


def start(command: list[str], hash_seed: int) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def finish(command: list[str], hash_seed: int = 0) -> float:
    """Runs to the end and returns the seconds; a failure ends the benchmark with what was said."""
    began = time.monotonic()
    process = start(command, hash_seed)
    _, errors = process.communicate()
    if process.returncode:
        sys.exit(f"exit {process.returncode} from {' '.join(command)}\n{errors.decode()}")
    return time.monotonic() - began


def kill_until_done(command: list[str], seconds: float, budget: int, rng: random.Random) -> int:
    """Starts and kills the command at random moments until it ends by itself; returns the kills."""
    kills = 0
    while kills < budget:
        process = start(command, rng.randrange(1000))
        try:
            process.communicate(timeout=rng.uniform(0.1, 1.0) * seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
        else:
            if process.returncode:
                sys.exit(f"exit {process.returncode} after {kills} kills: {' '.join(command)}")
            return kills
    finish(command)
    return kills


def compare(truth: dict[str, str], found: dict[str, str], what: str) -> None:
    if truth != found:
        differing = sorted(k for k in truth.keys() | found.keys() if truth.get(k) != found.get(k))
        sys.exit(f"{what}: {len(differing)} files differ, e.g. {differing[:5]}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--processes", type=int, default=0, help="also run each stage in N processes at once")
    parser.add_argument("--field", default="Logistics")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        seconds = [finish(command) for command in list_stages(base / "truth", args.field, args.seed)]
        truth = hash_outputs(base / "truth")
        print(f"undisturbed: {len(truth)} files, stages took {[round(s, 1) for s in seconds]} s", flush=True)
        kills, runs = 0, 0
        while kills < args.kills:
            out = base / f"killed{runs}"
            for command, duration in zip(list_stages(out, args.field, args.seed), seconds, strict=True):
                kills += kill_until_done(command, duration, args.kills - kills, rng)
            compare(truth, hash_outputs(out), f"after {kills} kills")
            runs += 1
        if args.kills:
            print(f"{kills} kills over {runs} runs: all {len(truth)} final files identical", flush=True)
        if args.processes:
            for command in list_stages(base / "many", args.field, args.seed):
                processes = [start(command, n) for n in range(args.processes)]
                for process in processes:
                    _, errors = process.communicate()
                    if process.returncode:
                        sys.exit(f"exit {process.returncode}: {' '.join(command)}\n{errors.decode()}")
            compare(truth, hash_outputs(base / "many"), f"{args.processes} processes")
            print(f"{args.processes} processes a stage on one folder: identical", flush=True)


if __name__ == "__main__":
    main()
