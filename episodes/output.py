"""What a run leaves: `train.jsonl`, `validation.jsonl`, `full_results.jsonl`, `summary.json` in its folder.

Beside them lie lineage sidecars and `tools.json`, the tools as functions. With `--shard i/N` the files are
called `train.i-of-N.jsonl` and so on; together all parts hold what a run without shards holds.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from episodes.generation import Batch, summarize_run
from toolworlds.records.base import Json
from utils import UserError, open_atomic, write_json


def name_file(out: Path, name: str, shard: tuple[int, int], suffix: str = "jsonl") -> Path:
    """Where a shard's file stands."""
    index, count = shard
    part = "" if count == 1 else f".{index + 1}-of-{count}"
    return out / f"{name}{part}{suffix and f'.{suffix}'}"


@contextmanager
def _open_anew(path: Path) -> Iterator[IO[bytes]]:
    """`open_atomic`, after what a killed run left of this file is cleared away."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        left.unlink(missing_ok=True)
    with open_atomic(path) as file:
        yield file


def write_run(
    out: Path, batches: Iterable[Batch], shard: tuple[int, int], min_unique_ratio: float
) -> dict[str, Json]:
    """Writes all batches as they come; raises UserError, leaving no file, when too few requests differ."""
    total: Counter[str] = Counter()
    distinct: dict[str, set[bytes]] = {"requests": set(), "exchanges": set(), "failing": set()}
    kept_ids: set[bytes] = set()
    made = 0
    with ExitStack() as stack:
        paths = {name: name_file(out, name, shard) for name in ("train", "validation", "full_results")}
        files = {name: stack.enter_context(_open_anew(path)) for name, path in paths.items()}
        for batch in batches:
            for split, lines in batch.lines.items():
                files[split].writelines(lines)
                made += len(lines)
            files["full_results"].writelines(line for line in batch.kept if line[:40] not in kept_ids)
            kept_ids.update(line[:40] for line in batch.kept)
            total.update(batch.counts)
            for name, values in distinct.items():
                values |= getattr(batch, name)
        counts = {name: len(values) for name, values in distinct.items()}
        summary = summarize_run(total, counts, made, min_unique_ratio)
        if summary["unique_request_ratio"] < min_unique_ratio:
            raise UserError(
                f"only {summary['unique_request_ratio']} of the requests differ, --min-unique-ratio asks for"
                f" {min_unique_ratio}; give more documents, a smaller --n, or a lower ratio"
            )
    write_json(name_file(out, "summary", shard, "json"), summary)
    return summary
