"""Drops raw replies that no sample was made from: refused attempts, and those of samples taken out since.

Only files that the given samples link to are touched.

    python -m skyrl_samples prune --input output/skyrl/train.jsonl
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from skyrl_samples.flags import log_event
from skyrl_samples.raw_replies import find_file, prune_replies
from skyrl_samples.store import read_samples
from toolworlds.batch.command import run_flags
from toolworlds.batch.flag_values import read_folder
from toolworlds.batch.options import StageParser
from toolworlds.records.samples import RawReply, SkyRLSample


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("skyrl_samples prune", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="F", help="samples")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Prints what was kept and dropped of each file; returns the exit code."""
    return run_flags(build_parser(), prune, argv)


def prune(arguments: argparse.Namespace) -> int:
    """The command."""
    linked: dict[Path, set[str]] = defaultdict(set)
    for sample in read_samples(arguments.input):
        for link in list_links(sample):
            if path := find_file(arguments.input.parent, link):
                linked[path].add(link.request_id)
    for path in sorted(linked):
        kept, dropped = prune_replies(path, linked[path].__contains__)
        log_event("pruned", path=str(path), kept=kept, dropped=dropped)
    return 0


def list_links(sample: SkyRLSample) -> list[RawReply]:
    """Where the raw replies of a sample are: of its task, and of a later plan."""
    origin = sample.extra_info.task_metadata
    links = [origin.raw_reply, origin.plan_origin.raw_reply if origin.plan_origin else None]
    return [link for link in links if link is not None]


if __name__ == "__main__":
    sys.exit(main())
