"""Model calls and tokens per accepted turn, rollout turn and released task, with twins and without.

    python benchmarks/model_calls.py --field Logistics

Without twins every call of a tool is answered by a model (the procedural one plays the simulators), through
the ordinary memo. Figures come from the ledgers that the stages keep.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent


def run(module: str, *arguments: object) -> None:
    """Runs a stage to its end."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    code = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode
    if code > 1:
        sys.exit(f"{module} ended with {code}")


def count_calls(folder: Path) -> Counter[str]:
    """Calls and tokens of a stage, from its ledger."""
    total: Counter[str] = Counter()
    for line in (folder / "_run" / "ledger.jsonl").read_bytes().splitlines():
        for counts in orjson.loads(line)["roles"].values():
            for key in ("calls", "prompt_tokens", "completion_tokens"):
                total[key] += counts[key]
    return total


def forget_twins(folder: Path, key: str) -> None:
    """Rewrites the records of a folder so that later stages see no twin."""
    for path in folder.glob("*.json"):
        record = orjson.loads(path.read_bytes())
        record[key] = type(record[key])()
        path.write_bytes(orjson.dumps(record))


def measure(base: Path, field: str, twins: bool) -> None:
    """Runs the pipeline and prints its figures."""
    specs, audit, sequences, tasks = (base / name for name in ("env_specs", "audit", "sequences", "tasks"))
    rows, rollouts = base / "rows" / "task_content.jsonl", base / "rollouts"
    run("env_generation.run", "--field", field, "--output-dir", specs)
    run("env_audit.run", "--env-specs-dir", specs, "--output-dir", audit)
    chains = ("--audit-dir", audit, "--output-dir", sequences)
    run("task_generation.build_sequences", "--env-specs-dir", specs, *chains)
    if not twins:
        forget_twins(sequences, "twins_admitted")
    run("task_generation.run", "--env-specs-dir", specs, "--sequences-dir", sequences, "--output-dir", tasks)
    run("task_audit.run", "--tasks-dir", tasks, "--env-specs-dir", specs, "--task-content", rows)
    run("trajectory_generation.run", "--dataset", rows, "--output-dir", rollouts, "--no-judge")
    turns = sum(len(orjson.loads(path.read_bytes())["turns"]) for path in tasks.glob("*.json"))
    acts = sum(len(orjson.loads(path.read_bytes())["agent_turns"]) for path in rollouts.glob("*.json"))
    released = len(rows.read_bytes().splitlines())
    grown, played = count_calls(tasks), count_calls(rollouts)
    making: Counter[str] = sum(map(count_calls, (specs, audit, sequences, tasks, rows.parent)), Counter())
    tokens = making["prompt_tokens"] + making["completion_tokens"]
    print(
        f"{'with' if twins else 'without'} twins: {grown['calls'] / turns:.2f} calls per accepted turn, "
        f"{played['calls'] / acts:.2f} per rollout turn; per released task ({released} of them) "
        f"{making['calls'] / released:.1f} calls and {tokens / released / 1000:.1f} thousand tokens",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--field", default="Logistics")
    args = parser.parse_args()
    for twins in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), args.field, twins)


if __name__ == "__main__":
    main()
