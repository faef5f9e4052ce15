"""Conversations over a catalogue of tools in ToolBench's format.

build      reads tools and writes a catalogue: a registry and two graphs
generate   writes multi-turn conversations over a catalogue; --evaluate judges them as well
evaluate   judges conversations and writes a report; --repair mends those that fall short, with a model
validate   checks structure, calls, metadata, and that every argument has a source
metrics    measures how varied conversations are; --compare sets two files or folders side by side
inspect    shows which output or message each argument came from

python -m conversations generate --n 50 --seed 42 --output output/conversations.jsonl
"""

import sys
from collections.abc import Sequence

from toolworlds.batch.command import run_subcommand

COMMANDS = {
    "build": "conversations.build",
    "generate": "conversations.generation.run",
    "evaluate": "conversations.audit.evaluate",
    "validate": "conversations.audit.validate",
    "metrics": "conversations.audit.metrics",
    "inspect": "conversations.audit.inspect",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Hands the flags to the command; returns the exit code."""
    return run_subcommand("conversations", __doc__, COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
