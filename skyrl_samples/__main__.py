"""SkyRL samples: tasks with plans of tool calls.

generate   samples over an inventory of tools or over environments
enrich     plans for prompts that exist already
validate   check a file of samples
prune      drop the raw replies of samples that are not in a file

python -m skyrl_samples generate --n-samples 50 --inventory output/demo/env_specs --output train.jsonl
"""

import sys
from collections.abc import Sequence

from toolworlds.batch.command import run_subcommand

COMMANDS = {
    "generate": "skyrl_samples.run",
    "enrich": "skyrl_samples.enrich",
    "validate": "skyrl_samples.validate",
    "prune": "skyrl_samples.prune",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Hands the flags to the command; returns the exit code."""
    return run_subcommand("skyrl_samples", __doc__, COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
