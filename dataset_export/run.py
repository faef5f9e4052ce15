"""Writes records of this project in a format that people train on: data files, a dataset card, a manifest.

The input is told by its records: rows, trajectories (a folder), conversations, episodes, SkyRL samples.

    python -m dataset_export.run --input output/task_content.jsonl --format trl --output output/export \\
        --split train=0.9,test=0.1 --license apache-2.0
"""

import argparse
import math
import re
import sys
from collections.abc import Sequence

from dataset_export.export import export
from dataset_export.formats.any import FORMATS
from dataset_export.push import push_folder
from dataset_export.settings import ExportSettings
from dataset_export.splits import Shares
from toolworlds.batch.command import run_flags
from toolworlds.batch.flag_values import read_folder
from toolworlds.batch.options import StageParser
from toolworlds.records.base import Json
from utils import UserError

_SPLIT = re.compile(r"[a-z][a-z0-9_]*")
"""What `datasets` takes as the name of a split."""


def build_parser() -> StageParser:
    """The flags."""
    parser = StageParser("dataset_export.run", __doc__)
    parser.add_argument("--input", type=read_folder, required=True, metavar="FILE", help="or a folder")
    parser.add_argument("--format", choices=FORMATS, required=True, help=", ".join(FORMATS), metavar="NAME")
    parser.add_argument("--output", type=read_folder, required=True, metavar="DIR", help="replaced whole")
    parser.add_argument(
        "--split", type=read_shares, metavar="NAME=SHARE,…", help="by environment (all is `train`)"
    )
    parser.add_argument(
        "--select",
        choices=("solved", "best-of", "all"),
        default="solved",
        help="of trajectories (%(default)s)",
    )
    parser.add_argument(
        "--reasoning", choices=("keep", "drop"), default="keep", help="of the assistant (%(default)s)"
    )
    parser.add_argument(
        "--tokenizer", type=read_folder, metavar="PATH", help="a tokenizer's folder: skyrl-sft as token ids"
    )
    parser.add_argument(
        "--tools",
        type=read_folder,
        metavar="FILE",
        help="what conversations (registry.json) or episodes (OpenAI functions) call",
    )
    parser.add_argument("--include-procedural", action="store_true", help="also what the embedded model made")
    parser.add_argument("--license", default="unknown", metavar="NAME", help="e.g. apache-2.0 (%(default)s)")
    parser.add_argument("--push", metavar="REPO", help="upload as a private dataset of the hub, OWNER/NAME")
    parser.add_argument("--seed", type=int, default=0, help="of the split (%(default)s)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Exports; returns the exit code."""
    return run_flags(build_parser(), run, argv)


def run(arguments: argparse.Namespace) -> int:
    """Exports, and uploads where that is asked for."""
    if arguments.push and arguments.license == "unknown":
        raise UserError("--push publishes nothing without a licence; add --license, e.g. apache-2.0")
    print(summarize(export(read_settings(arguments)), arguments.output))
    if arguments.push:
        print(f"pushed: {push_folder(arguments.output, arguments.push)}")
    return 0


def read_settings(arguments: argparse.Namespace) -> ExportSettings:
    """The flags as an export takes them."""
    return ExportSettings(
        source=arguments.input,
        format=arguments.format,
        output=arguments.output,
        shares=arguments.split,
        select=arguments.select,
        include_procedural=arguments.include_procedural,
        keep_reasoning=arguments.reasoning == "keep",
        tokenizer=arguments.tokenizer,
        tools=arguments.tools,
        licence=arguments.license,
        seed=arguments.seed,
    )


def read_shares(text: str) -> Shares:
    """`NAME=SHARE,…`, names differing, shares above 0 with the sum 1."""
    shares: Shares = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        try:
            value = float(share)
            if not value > 0 or name in shares or not _SPLIT.fullmatch(name):
                raise ValueError
        except ValueError as error:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not NAME=SHARE,…, e.g. train=0.9,test=0.1"
            ) from error
        shares[name] = value
    if not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-6):
        raise argparse.ArgumentTypeError(f"the shares of {text!r} add up to {sum(shares.values()):g}, not 1")
    return shares


def summarize(manifest: dict[str, Json], output: object) -> str:
    """What was written and what was not."""
    lines = [f"{manifest['input']['records']} {manifest['input']['kind']} -> {output} ({manifest['format']})"]
    for split, figures in manifest["splits"].items():
        lines.append(f"{split}: {figures['records']} records of {len(figures['environments'])} environments")
    lines += [f"left out: {count} {reason}" for reason, count in manifest["left_out"].items()]
    lines += [f"dropped: {what} of {count} messages" for what, count in manifest["dropped"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
