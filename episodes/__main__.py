"""SFT tool episodes over a real document workspace.

index      chunk and embed the workspace's documents
fill-gold  run the calls of hand-written episodes and fill in their results
generate   episodes by the thousand, without a model
render     episodes as tokens with loss masks, or through a chat template

python -m episodes generate --workspace_dir data/workspace --n 1000 --out output/episodes
"""

import sys
from collections.abc import Sequence

from toolworlds.batch.command import run_subcommand

COMMANDS = {
    "index": "episodes.index",
    "fill-gold": "episodes.fill_gold",
    "generate": "episodes.run",
    "render": "episodes.render",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Hands the flags to the command; returns the exit code."""
    return run_subcommand("episodes", __doc__, COMMANDS, argv)


if __name__ == "__main__":
    sys.exit(main())
