"""`--evaluate`: the finished file is handed to `conversations evaluate`, as a command of its own."""

import subprocess
import sys
from pathlib import Path

from toolworlds.batch.options import CommonOptions
from toolworlds.models.options import ModelOptions
from utils import dump_line

ROOT = Path(__file__).resolve().parents[2]
JUDGE = "conversation_judge"


def evaluate(
    output: Path, artifacts: Path | None, judge: tuple[str, str | None] | None, options: CommonOptions
) -> int:
    """Has a file judged into `<name>.judged.jsonl` beside it; returns that command's exit code."""
    judged = output.with_name(f"{output.stem}.judged.jsonl")
    command = [
        sys.executable,
        "-m",
        "conversations",
        "evaluate",
        "--input",
        str(output),
        "--output",
        str(judged),
    ]
    command += ["--artifacts", str(artifacts)] if artifacts else []
    command += ["--force"] if options.force else []
    sys.stdout.flush()
    return subprocess.run([*command, *_list_flags(options.models, judge)], cwd=ROOT, check=False).returncode


def _list_flags(models: ModelOptions, judge: tuple[str, str | None] | None) -> list[str]:
    """The flags that name these models again, and the judge where it is another one."""
    roles = dict(models.role_models)
    if judge:
        roles[JUDGE] = judge
    flags = [f"--seed={models.seed}", f"--concurrency={models.concurrency}", f"--model={models.model}"]
    flags += [f"--server-url={url}" for url in models.server_urls]
    flags += [f"--role-model={role}={name}{f'@{url}' if url else ''}" for role, (name, url) in roles.items()]
    flags += [
        f"--role-sampling={role}={','.join(f'{key}:{value}' for key, value in values.items())}"
        for role, values in models.role_sampling.items()
    ]
    flags += [f"--procedural-faults={kind}={rate}" for kind, rate in models.procedural_faults.items()]
    flags += [f"--engine-args={dump_line(models.engine_args).decode()}"] if models.engine_args else []
    return flags + ([f"--api-key-env={models.api_key_env}"] if models.api_key_env else [])
