"""The packed binary layout: fixed blocks of token ids with mask and segment ids.

<out>/<split>/tokens.bin         uint32
              mask.bin           uint8, 0 or 1
              segment_ids.bin    uint8, 0 = padding, 1 to 255 = the episodes of a block
              mask_weighted.bin  float32, with `weights`
              episodes.idx       uint64 pairs: start, length
<out>/dataset_metadata.json
"""

import random
from array import array
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson

from episode_generation.rendering.tokenizer import Tokenizer
from episode_generation.tags import TagSet
from records.base import Json
from utils import open_atomic, write_json

BLOCK = 4096
MOST_SEGMENTS = 255


@dataclass(frozen=True, slots=True)
class Packing:
    """How blocks are filled."""

    pad_id: int
    seed: int
    block: int = BLOCK
    weights: Mapping[int, float] | None = None
    """Token id -> weight of its loss, 1 where not named; None writes no weighted mask."""


def pack_file(rows: Path, folder: Path, packing: Packing) -> dict[str, Json]:
    """Packs a file of rows with `input_ids` and `loss_mask`; returns its figures."""
    names = ["tokens.bin", "mask.bin", "segment_ids.bin", "episodes.idx"]
    if packing.weights is not None:
        names.append("mask_weighted.bin")
    offsets = _shuffle_lines(rows, packing.seed)
    figures = {"episodes": len(offsets), "blocks": 0, "tokens": 0, "trained_tokens": 0, "cut_episodes": 0}
    with ExitStack() as stack:
        files = {name: stack.enter_context(open_atomic(folder / name)) for name in names}
        for block in _fill_blocks(rows, offsets, packing, figures):
            start = figures["blocks"] * packing.block
            for name, values in block.arrays(packing).items():
                files[name].write(values.tobytes())
            spans = array("Q", [n for at, length in block.spans for n in (start + at, length)])
            files["episodes.idx"].write(spans.tobytes())
            figures["blocks"] += 1
            figures["tokens"] += len(block.ids)
            figures["trained_tokens"] += sum(block.mask)
    return dict(figures)


def weigh_tags(tags: TagSet, tokenizer: Tokenizer) -> dict[int, float]:
    """Weights by token id: ends and calls 2, thoughts and citations 1.5; only of tags that are one token."""
    double = (tags.assistant[1], tags.end, *tags.toolcall)
    weights = dict.fromkeys((*tags.think, *tags.cite), 1.5) | dict.fromkeys(double, 2.0)
    ids = {tag: tokenizer.encode(tag) for tag in weights}
    return {ids[tag][0]: weight for tag, weight in weights.items() if len(ids[tag]) == 1}


def write_metadata(out: Path, packing: Packing, splits: dict[str, dict[str, Json]]) -> None:
    """`dataset_metadata.json` beside the split folders."""
    settings = {"pack_block_size": packing.block, "pad_id": packing.pad_id, "seed": packing.seed}
    types = {"tokens": "uint32", "mask": "uint8", "segment_ids": "uint8", "mask_weighted": "float32"}
    write_json(out / "dataset_metadata.json", {**settings, "types": types, "splits": splits})


class _Block:
    """One block in the making."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.mask: list[int] = []
        self.segments: list[int] = []
        self.spans: list[tuple[int, int]] = []

    def add(self, ids: list[int], mask: list[int]) -> None:
        self.spans.append((len(self.ids), len(ids)))
        self.ids += ids
        self.mask += mask
        self.segments += [len(self.spans)] * len(ids)

    def arrays(self, packing: Packing) -> dict[str, "array[int] | array[float]"]:
        empty = packing.block - len(self.ids)
        found: dict[str, array[int] | array[float]] = {
            "tokens.bin": array("I", self.ids + [packing.pad_id] * empty),
            "mask.bin": array("B", self.mask + [0] * empty),
            "segment_ids.bin": array("B", self.segments + [0] * empty),
        }
        if packing.weights is not None:
            weighed = [m * packing.weights.get(i, 1.0) for i, m in zip(self.ids, self.mask, strict=True)]
            found["mask_weighted.bin"] = array("f", weighed + [0.0] * empty)
        return found


def _shuffle_lines(rows: Path, seed: int) -> list[int]:
    offsets, position = [], 0
    with rows.open("rb") as file:
        for line in file:
            offsets.append(position)
            position += len(line)
    random.Random(f"{seed}:pack").shuffle(offsets)
    return offsets


def _fill_blocks(
    rows: Path, offsets: list[int], packing: Packing, figures: dict[str, int]
) -> Iterator[_Block]:
    """Blocks in the shuffled order; an episode longer than a block keeps its end."""
    block = _Block()
    for row in _read_at(rows, offsets):
        ids, mask = row["input_ids"], row["loss_mask"]
        figures["cut_episodes"] += len(ids) > packing.block
        ids, mask = ids[-packing.block :], mask[-packing.block :]
        if len(block.ids) + len(ids) > packing.block or len(block.spans) == MOST_SEGMENTS:
            yield block
            block = _Block()
        block.add(ids, mask)
    if block.spans:
        yield block


def _read_at(rows: Path, offsets: list[int]) -> Iterator[dict[str, Json]]:
    with rows.open("rb") as file:
        for offset in offsets:
            file.seek(offset)
            yield orjson.loads(file.readline())
