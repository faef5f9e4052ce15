"""Makes SFT tool episodes offline: drawn from templates and gold, answered from real tools' results.

Reads an indexed workspace and the gold set; writes <out>/train.jsonl, validation.jsonl, summary.json.

    python -m episodes index --workspace_dir data/workspace --index_dir data/workspace/index/latest
    python -m episodes generate --workspace_dir data/workspace --out output/episodes --n 1000
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from episodes import flags as read
from episodes.command import DATA, add_workspace_flags, run_flags
from episodes.encoder import to_functions
from episodes.generation import make_batches, settle_attempts
from episodes.lineage import describe_file, describe_inputs, describe_tokenizer
from episodes.output import name_file, write_run
from episodes.results import RESULT_CHARS
from episodes.rows import RowWriter
from episodes.samples import make_log_store, make_repository
from episodes.workshop import EpisodeSettings, Workshop
from toolworlds.batch.options import StageParser
from toolworlds.records.base import Json
from toolworlds.tokens.packing import SPLITS, Packing, pack_splits
from utils import UserError, write_json

CALLS = {
    None: "between tags",
    "native": "as the chat template writes calls",
    "plain": "as text: the chat template knows none",
    "joined": "as text: the chat template knows neither calls nor a system text",
}
SAMPLES = Path("output") / "samples"


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("episodes generate", __doc__)
    add_workspace_flags(parser)
    add = parser.add_argument
    add("--repo_dir", type=Path, metavar="R", help="a git checkout (a sample one is made)")
    add("--log_store", type=Path, metavar="L", help="SQLite or Parquet events (a sample week is made)")
    add("--gold", type=Path, default=DATA / "gold" / "gold_toolcalls.filled.jsonl", help="the specification")
    add("--out", type=Path, default=Path("output/episodes"), help="folder of the result (%(default)s)")
    add("--n", type=read.read_count, default=30_000, help="episodes (%(default)s)")
    add("--seed", type=int, default=42, help="everything random follows from it (%(default)s)")
    add("--mix", type=read.read_mix, default={}, metavar="PATTERN=W,…", help="shares of patterns")
    add("--languages", type=read.read_languages, default={"en": 0.6, "de": 0.4}, metavar="en=0.6,de=0.4")
    add("--min-unique-ratio", type=read.read_ratio, default=0.8, help="of the requests (%(default)s)")
    add(
        "--max-result-chars",
        type=read.read_length,
        default=RESULT_CHARS,
        help="longer results are cut, say so, and stand in full_results.jsonl (%(default)s)",
    )
    add(
        "--tags",
        type=Path,
        default=DATA / "tags" / "default.json",
        help="the tag set (data/tags/default.json)",
    )
    add("--tokenizer", type=Path, metavar="T", help="add input_ids and loss_mask by this tokenizer's folder")
    add("--pack", action="store_true", help="also write packed binary files; needs --tokenizer")
    add("--pack-block", type=read.read_count, default=4096, help="tokens of a pack (%(default)s)")
    add("--tokens-per-shard", type=read.read_count, default=50_000_000, help="of packed files (%(default)s)")
    add("--weighted-mask", action="store_true", help="--pack writes weights of tags, too")
    add(
        "--verify-all", action="store_true", help="call every tool again; otherwise for one in fifty episodes"
    )
    add("--jobs", type=read.read_count, default=os.cpu_count() or 1, help="processes (%(default)s)")
    add("--shard", type=read.read_shard, default=(0, 1), metavar="i/N", help="only the i-th of N parts")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Makes the episodes; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    settings = EpisodeSettings(
        index_dir=flags.index_dir,
        repo_dir=flags.repo_dir or make_repository(SAMPLES),
        log_store=flags.log_store or make_log_store(SAMPLES),
        gold=flags.gold,
        tags=flags.tags,
        count=flags.n,
        seed=flags.seed,
        mix=flags.mix,
        languages=flags.languages,
        max_result_chars=flags.max_result_chars,
        verify_all=flags.verify_all,
    )
    if flags.pack and not flags.tokenizer:
        raise UserError("--pack needs --tokenizer; give a tokenizer's folder")
    workshop = Workshop(settings)
    if note := workshop.check_gold():
        print(note)
    attempts = settle_attempts(workshop)
    jobs = min(flags.jobs, 1 + flags.n // 2000)
    rows = RowWriter(flags.tokenizer, flags.tags, to_functions(workshop.tools.specs))
    if rows.encoder and rows.encoder.closings:  # refused here, before anything is made
        print(f"masks are exact; calls are written {CALLS[rows.encoder.form]}")
    batches = make_batches(workshop, attempts, flags.shard, jobs, rows)
    summary = write_run(flags.out, batches, flags.shard, flags.min_unique_ratio)
    write_json(flags.out / "tools.json", rows.functions)
    lineage = write_lineage(flags, workshop, summary)
    if flags.pack:
        _pack(flags, rows, lineage)
    _print_summary(summary, flags.out)
    return 0


def write_lineage(
    flags: argparse.Namespace, workshop: Workshop, summary: dict[str, Json]
) -> dict[str, dict[str, Json]]:
    """Writes the sidecar of each split's file; returns them by split."""
    inputs = describe_inputs(workshop, flags.tokenizer, flags.shard)
    lineage = {
        split: describe_file(name_file(flags.out, split, flags.shard), summary["split"].get(split, 0), inputs)
        for split in SPLITS.values()
    }
    for split, described in lineage.items():
        write_json(name_file(flags.out, f"{split}.lineage", flags.shard, "json"), described)
    return lineage


def _pack(flags: argparse.Namespace, rows: RowWriter, lineage: dict[str, dict[str, Json]]) -> None:
    assert rows.encoder is not None
    packing = Packing(
        pad_id=rows.encoder.pad_id,
        seed=flags.seed,
        block=flags.pack_block,
        tokens_per_shard=flags.tokens_per_shard,
        weights=rows.encoder.weights if flags.weighted_mask else None,
    )
    files = {folder: name_file(flags.out, split, flags.shard) for folder, split in SPLITS.items()}
    beside: dict[str, dict[str, Json]] = {
        "tokenizer_state.json": describe_tokenizer(rows.encoder, packing.pad_id),
        "dataset_lineage.json": {"files": list(lineage.values())},
    }
    folder = name_file(flags.out, "packed", flags.shard, "")
    for name, figures in pack_splits(files, folder, packing, beside).items():
        cut = f", {figures['cut_episodes']} of them cut to their end" if figures["cut_episodes"] else ""
        print(f"{folder / name}: {figures['episodes']} episodes in {figures['packs']} packs{cut}")


def _print_summary(summary: dict[str, Json], out: Path) -> None:
    print(f"{summary['episodes']} episodes in {out}")
    for name, value in summary.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        print(f"  {name.replace('_', ' ')}: {shown}")


if __name__ == "__main__":
    sys.exit(main())
