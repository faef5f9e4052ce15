"""A run: requests are drawn until they differ, then episodes are played in chunks by several processes.

Drawing is cheap and done for all episodes in one place, so that which request is a double follows from the
numbers alone; playing is the work, and each episode is played from its number and attempt by itself.
"""

import hashlib
import itertools
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context

import orjson

from episodes.results import Results
from episodes.rows import RowWriter
from episodes.workshop import EpisodeSettings, Workshop
from toolworlds.records.base import Json
from toolworlds.records.episodes import Episode, Split
from toolworlds.world.calls import is_empty, is_error
from utils import dump_line

CHUNK = 200
REDRAWS = 12
"""Other wordings that are tried for a request that was there before."""


@dataclass(slots=True)
class Batch:
    """What a chunk of episodes comes to."""

    lines: dict[Split, list[bytes]] = field(default_factory=lambda: {"train": [], "validation": []})
    kept: list[bytes] = field(default_factory=list)
    """Full results that were cut."""
    counts: Counter[str] = field(default_factory=Counter)
    requests: set[bytes] = field(default_factory=set)
    exchanges: set[bytes] = field(default_factory=set)
    failing: set[bytes] = field(default_factory=set)


def settle_attempts(workshop: Workshop) -> "array[int]":
    """Attempt of each episode, such that its request is new as far as possible."""
    seen: set[bytes] = set()
    attempts = array("B", bytes(len(workshop.schedule)))
    for number in range(len(workshop.schedule)):
        for attempt in range(REDRAWS):
            key = shorten(workshop.draw(number, attempt).text)
            attempts[number] = attempt
            if key not in seen:
                break
        seen.add(key)
    return attempts


def shorten(text: str) -> bytes:
    """Eight bytes that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def make_batches(
    workshop: Workshop, attempts: "array[int]", shard: tuple[int, int], jobs: int, rows: RowWriter
) -> Iterator[Batch]:
    """All episodes of the shard in order, in batches; the same for any number of jobs."""
    index, count = shard
    numbers = range(index, len(attempts), count)
    chunks = [
        [(number, attempts[number]) for number in numbers[start : start + CHUNK]]
        for start in range(0, len(numbers), CHUNK)
    ]
    if jobs == 1:
        yield from map(_Maker(workshop, rows).make, chunks)
        return
    with get_context("spawn").Pool(jobs, _start, (workshop.settings, rows)) as pool:
        yield from pool.imap(_make, chunks)


class _Maker:
    """One process's workshop."""

    def __init__(self, workshop: Workshop, rows: RowWriter) -> None:
        self.workshop = workshop
        self.rows = rows
        if rows.encoder:
            workshop.checker.reserved = list(rows.encoder.tokenizer.special.values())

    def make(self, chunk: list[tuple[int, int]]) -> Batch:
        batch = Batch()
        results = Results(self.workshop.settings.max_result_chars)
        for number, attempt in chunk:
            episode, refused = self.workshop.make(number, attempt, results)
            batch.counts["refused"] += refused
            batch.lines[episode.meta.split].append(dump_line(self.rows.write(episode)))
            count_episode(batch, episode, self.workshop)
        shown = {
            key
            for key in results.kept
            if any(key.encode() in line for lines in batch.lines.values() for line in lines)
        }
        batch.kept = [dump_line(results.kept[key]) for key in sorted(shown)]
        return batch


def count_episode(batch: Batch, episode: Episode, workshop: Workshop) -> None:
    """Adds an episode's figures to its batch."""
    meta, messages = episode.meta, episode.messages
    calls = [m for m in messages if m.role == "toolresult"]
    steps = ("no tool", "single step", "multi step")[min(2, len(calls))]
    batch.counts.update(
        [f"steps {steps}", f"pattern {meta.pattern}", f"language {meta.language}", f"split {meta.split}"]
    )
    batch.requests.add(shorten(messages[0].content))
    if not calls:
        batch.exchanges.add(shorten("\n".join(m.content for m in messages)))
    for message, following in itertools.pairwise(messages):
        if following.role == "toolresult":
            result = orjson.loads(following.content)
            if is_error(result) or is_empty(result):
                batch.failing.add(shorten(message.content))
        if '"top_k":' in message.content and following.role == "toolresult":
            batch.counts[f"top_k {workshop.calls.read(message.content)[1]['top_k']}"] += 1
        batch.counts["cut results"] += (
            following.role == "toolresult" and '"truncated":true' in following.content
        )


_maker: _Maker


def _start(settings: EpisodeSettings, rows: RowWriter) -> None:
    global _maker
    _maker = _Maker(Workshop(settings), rows)


def _make(chunk: list[tuple[int, int]]) -> Batch:
    return _maker.make(chunk)


def summarize_run(
    total: Counter[str], distinct: dict[str, int], made: int, wanted_ratio: float
) -> dict[str, Json]:
    """The run's figures, as `summary.json` holds them."""
    groups: dict[str, dict[str, int]] = {}
    for key, value in sorted(total.items()):
        group, _, name = key.partition(" ")
        if name and group in ("steps", "pattern", "language", "split", "top_k"):
            groups.setdefault(group, {})[name] = value
    return {
        "episodes": made,
        "unique_request_ratio": round(distinct["requests"] / made, 4) if made else 0.0,
        "min_unique_ratio": wanted_ratio,
        "distinct_no_tool_exchanges": distinct["exchanges"],
        "distinct_failing_calls": distinct["failing"],
        "cut_results": total["cut results"],
        "draws_refused": total["refused"],
        **groups,
    }
