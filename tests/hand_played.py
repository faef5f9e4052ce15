"""A run played by hand: one field through all five stages, every reply written by a reader of the prompt.

`tests/golden/hand_played/replies.jsonl` holds the replies as a record that `--replay-dir` takes. A replay
wants the very prompts that were recorded, so after a change of prompts the replies are put to the new ones:

    python -m tests.hand_played

A reply that no longer fits fails there; then a reader must write another one.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from env_audit.run import main as audit
from env_generation.run import main as generate
from task_audit.run import main as release
from task_generation.build_sequences import main as chain
from task_generation.run import main as grow
from tests.stub_server import Behaviour, StubServer, play_record
from trajectory_generation.run import main as roll_out
from utils import read_lines

RECORD = Path(__file__).resolve().parent / "golden" / "hand_played"
MODEL = "hand-played"
KEPT = ("name", "describe", "request_id", "role", "attempt", "messages_sha256", "reply")


def run_stages(out: Path, *flags: str) -> list[int]:
    """The five stages as they were run; their exit codes."""
    common = ["--model", MODEL, "--seed", "11", "--concurrency", "8", *flags]
    specs, audits, chains, tasks = (str(out / name) for name in ("env_specs", "audit", "sequences", "tasks"))
    rows, played = str(out / "task_content.jsonl"), str(out / "trajectories")
    one = ["--max-subfields", "1", "--max-tasks-per-subfield", "1", "--tools-per-env", "6-6"]
    few = ["--n-sequences", "6", "--seq-length", "2-3", "--min-reliability", "0.6"]
    environments = ["--env-specs-dir", specs]
    return [
        generate(["--field", "Veterinary Care", "--output-dir", specs, *one, *common]),
        audit([*environments, "--output-dir", audits, "--calls-per-mode", "1", *common]),
        chain([*environments, "--audit-dir", audits, "--output-dir", chains, *few, *common]),
        grow([*environments, "--sequences-dir", chains, "--output-dir", tasks, *common]),
        release(["--tasks-dir", tasks, *environments, "--task-content", rows, *common]),
        roll_out(["--dataset", rows, "--output-dir", played, *common]),
    ]


def put_again(record: Path, kept: Path) -> list[int]:
    """Puts the replies of a record to the prompts as they are now and writes what `kept` shall hold."""
    with (
        StubServer(Behaviour(answer=play_record(record), models=(MODEL,))) as stub,
        tempfile.TemporaryDirectory() as folder,
    ):
        codes = run_stages(Path(folder) / "out", "--server-url", stub.url, "--record-dir", f"{folder}/record")
        lines = [line for path in sorted(Path(folder, "record").glob("*.jsonl")) for line in read_lines(path)]
    calls = sorted((line for line in lines if "reply" in line), key=lambda line: str(line["request_id"]))
    header = next(line for line in lines if "describe" in line)
    with kept.open("w", encoding="utf-8") as file:
        for line in [header, *calls]:
            short = {key: line[key] for key in KEPT if key in line}
            file.write(json.dumps(short, ensure_ascii=False) + "\n")
    return codes


def main(argv: Sequence[str] | None = None) -> int:
    """Takes another record's folder, or else the one that is kept."""
    folders = list(sys.argv[1:] if argv is None else argv)
    codes = put_again(Path(folders[0]) if folders else RECORD, RECORD / "replies.jsonl")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
