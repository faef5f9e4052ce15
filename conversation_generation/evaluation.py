"""`--evaluate`: the finished file is handed to `conversation_audit.run`, as a command of its own."""

import subprocess
import sys
from pathlib import Path

from batch.options import CommonOptions

ROOT = Path(__file__).resolve().parent.parent


def evaluate(output: Path, artifacts: Path | None, judge: str | None, options: CommonOptions) -> int:
    """Has a file judged into `<name>.judged.jsonl` beside it; returns that command's exit code."""
    models = options.models
    judged = output.with_name(f"{output.stem}.judged.jsonl")
    command = [
        sys.executable,
        "-m",
        "conversation_audit.run",
        "--input",
        str(output),
        "--output",
        str(judged),
    ]
    command += ["--model", judge or models.model, "--seed", str(options.seed)]
    command += ["--artifacts", str(artifacts)] if artifacts else []
    command += ["--server-url", *models.server_urls] if models.server_urls else []
    command += ["--api-key-env", models.api_key_env] if models.api_key_env else []
    command += ["--force"] if options.force else []
    sys.stdout.flush()
    return subprocess.run(command, cwd=ROOT, check=False).returncode
