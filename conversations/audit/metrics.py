"""Measures how varied conversations are; with --compare two files, or two folders of files, side by side.

python -m conversations metrics --input output/conversations.jsonl --output output/metrics.json
python -m conversations metrics --compare output/memory_off output/memory_on
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.table import Table

from conversations.audit.features import Features, read_features
from conversations.audit.measures import compare, measure
from conversations.audit.store import read_conversations
from toolworlds.batch.command import run_flags
from toolworlds.batch.flag_values import read_count, read_folder, read_seed
from toolworlds.batch.options import StageParser
from toolworlds.records.base import Json
from utils import UserError, write_json


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("conversations metrics", __doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--input", type=read_folder, metavar="FILE")
    what.add_argument("--compare", type=read_folder, nargs=2, metavar=("A", "B"))
    parser.add_argument(
        "--resamples", type=read_count, default=200, metavar="N", help="of --compare (%(default)s)"
    )
    parser.add_argument("--seed", type=read_seed, default=42, help="of the resampling (%(default)s)")
    parser.add_argument(
        "--output", type=read_folder, metavar="FILE", help="write the figures as JSON as well"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measures or compares; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    given = [flags.input] if flags.input else flags.compare
    if flags.output and flags.output.resolve() in {file.resolve() for p in given for file in _list_files(p)}:
        raise UserError(f"--output {flags.output} is what is measured; name another file")
    if flags.compare:
        _compare(flags)
    else:
        _measure(flags)
    return 0


def _measure(flags: argparse.Namespace) -> None:
    features = _read(flags.input)
    measures = measure(features)
    table = Table("measure", "value", title=f"{len(features)} conversations of {flags.input.name}")
    for name, value in measures.items():
        table.add_row(name.replace("_", " "), "-" if value is None else f"{value:.4f}")
    _show(table, {"conversations": len(features), **measures}, flags.output)


def _compare(flags: argparse.Namespace) -> None:
    first, second = ([_read(file) for file in _list_files(path)] for path in flags.compare)
    differences = compare([*chain(*first)], [*chain(*second)], flags.resamples, flags.seed)
    paired = len(first) == len(second) > 1
    alone = [(measure(a), measure(b)) for a, b in zip(first, second, strict=True)] if paired else []
    table = Table("measure", "A", "B", "B - A", "95 % interval", *(["B higher"] if paired else []))
    for found in differences:
        higher = sum((b[found.name] or 0) > (a[found.name] or 0) for a, b in alone)
        table.add_row(
            found.name.replace("_", " "),
            f"{found.a:.4f}",
            f"{found.b:.4f}",
            f"{found.b - found.a:+.4f}{'' if found.is_clear else ' (unclear)'}",
            f"{found.low:+.4f} to {found.high:+.4f}",
            *([f"{higher} of {len(alone)} files"] if paired else []),
        )
    figures: dict[str, Json] = {
        d.name: {"a": d.a, "b": d.b, "difference": d.b - d.a, "low": d.low, "high": d.high}
        for d in differences
    }
    _show(table, figures, flags.output)


def _show(table: Table, figures: dict[str, Json], output: Path | None) -> None:
    """The table for people; the figures as JSON where a file is named."""
    Console(soft_wrap=True, width=110).print(table)
    if output:
        write_json(output, figures)


def _read(path: Path) -> list[Features]:
    return list(read_features(read_conversations(path)))


def _list_files(path: Path) -> list[Path]:
    """The file, or the JSONL files of a folder in the order of their names."""
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.jsonl"))
    if not files:
        raise UserError(f"{path} holds no .jsonl files; give a file of conversations or a folder of them")
    return files


if __name__ == "__main__":
    sys.exit(main())
