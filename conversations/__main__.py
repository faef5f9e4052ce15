"""Conversations over a catalogue of tools in ToolBench's format.

build      a catalogue: from tools to a registry and two graphs
generate   multi-turn conversations over it
evaluate   judge them, repair what fails, report
validate   check their structure and that every value has a source
metrics    how varied they are
lineage    which output each argument came from

python -m conversations generate --n 50 --seed 42 --output output/conversations.jsonl
"""

import sys
from collections.abc import Sequence

from toolworlds.batch.command import run_subcommand

COMMANDS = {
    "build": "conversations.build",
    "generate": "conversations.generation.run",
    "evaluate": "conversations.audit.run",
    "validate": "conversations.audit.validate",
    "metrics": "conversations.audit.metrics",
    "lineage": "conversations.audit.lineage",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Hands the flags to the command; returns the exit code."""
    return run_subcommand("conversations", __doc__, COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
