"""The packed binary layout: fixed blocks of token ids with mask and segment ids.

<out>/packed/                       packed.i-of-N/ with --shard
    train/, val/
        tokens.bin                  uint32
        mask.bin                    uint8: 0 or 1
        segment_ids.bin             uint8: 0 = padding, 1 to 255 = the episodes of a pack in turn
        mask_weighted.bin           float32, with weights
        episodes.idx                uint64 pairs (start, length), one a pack
    dataset_metadata.json  tokenizer_state.json  dataset_lineage.json

A split of more than `tokens_per_shard` tokens stands in train/shard_00000/, train/shard_00001/ and so on.
"""

import random
import shutil
from array import array
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

import orjson

from toolworlds.files import explain_os_errors, write_json
from toolworlds.records.base import Json

TYPES = {
    "tokens.bin": "uint32",
    "mask.bin": "uint8",
    "segment_ids.bin": "uint8",
    "mask_weighted.bin": "float32",
    "episodes.idx": "uint64",
}
CODES = {"uint32": "I", "uint8": "B", "float32": "f", "uint64": "Q"}
MOST_SEGMENTS = 255
SPLITS = {"train": "train", "val": "validation"}
"""Folder -> split."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How packs are filled."""

    pad_id: int
    seed: int
    block: int = 4096
    """Tokens of a pack."""
    tokens_per_shard: int = 50_000_000
    weights: Mapping[int, float] | None = None
    """Token id -> weight of its loss, 1 where not named; None writes no weighted mask."""

    @property
    def files(self) -> list[str]:
        """The names of a folder's files."""
        return [name for name in TYPES if name != "mask_weighted.bin" or self.weights is not None]


@dataclass(slots=True)
class Pack:
    """One pack: whole episodes one after the other."""

    ids: list[int] = field(default_factory=list)
    mask: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)

    def takes(self, ids: list[int], block: int) -> bool:
        """Whether one more episode fits."""
        return len(self.ids) + len(ids) <= block and self.segments[-1:] != [MOST_SEGMENTS]

    def add(self, ids: list[int], mask: list[int]) -> None:
        """Appends an episode."""
        self.segments += [self.segments[-1] + 1 if self.segments else 1] * len(ids)
        self.ids += ids
        self.mask += mask

    def fill(self, packing: Packing, start: int) -> dict[str, list[int] | list[float]]:
        """What each file gets for this pack, padded to the block; `start` is its first token's place."""
        empty = packing.block - len(self.ids)
        weights = packing.weights or {}
        weighted = [float(m and weights.get(i, 1.0)) for i, m in zip(self.ids, self.mask, strict=True)]
        return {
            "tokens.bin": self.ids + [packing.pad_id] * empty,
            "mask.bin": self.mask + [0] * empty,
            "segment_ids.bin": self.segments + [0] * empty,
            "mask_weighted.bin": weighted + [0.0] * empty,
            "episodes.idx": [start, packing.block],
        }


def pack_splits(
    files: Mapping[str, Path], folder: Path, packing: Packing, beside: Mapping[str, dict[str, Json]]
) -> dict[str, dict[str, Json]]:
    """Packs each split's rows, which hold `input_ids` and `loss_mask`; returns the figures of each.

    The folder is replaced as a whole; `beside` are the JSON files it holds besides `dataset_metadata.json`.
    """
    building = folder.with_name(f".{folder.name}.building")
    with explain_os_errors(folder):
        shutil.rmtree(building, ignore_errors=True)
        figures = {name: _pack_file(files[name], building / name, packing) for name in SPLITS}
        for name, value in {**beside, "dataset_metadata.json": _describe(packing, figures)}.items():
            write_json(building / name, value)
        shutil.rmtree(folder, ignore_errors=True)
        building.replace(folder)
    return figures


def _describe(packing: Packing, figures: dict[str, dict[str, Json]]) -> dict[str, Json]:
    return {
        "format": "packed",
        "format_version": 1,
        "pack_block_size": packing.block,
        "tokens_per_shard": packing.tokens_per_shard,
        "pad_id": packing.pad_id,
        "seed": packing.seed,
        "dtypes": {name: TYPES[name] for name in packing.files},
        "has_weighted_mask": packing.weights is not None,
        "splits": figures,
    }


def _pack_file(rows: Path, folder: Path, packing: Packing) -> dict[str, Json]:
    """Packs one split into shards; returns its figures."""
    figures = {"episodes": 0, "cut_episodes": 0, "packs": 0, "tokens": 0, "trained_tokens": 0, "shards": 0}
    packs = _fill_packs(rows, packing, figures)
    per_shard = max(1, packing.tokens_per_shard // packing.block)
    while chunk := list(islice(packs, 1)):
        with ExitStack() as stack:
            shard = folder / f"shard_{figures['shards']:05d}"
            shard.mkdir(parents=True)
            opened = {name: stack.enter_context((shard / name).open("wb")) for name in packing.files}
            _write(chunk[0], 0, opened, packing)
            for number, pack in enumerate(islice(packs, per_shard - 1), start=1):
                _write(pack, number, opened, packing)
        figures["shards"] += 1
    if figures["shards"] < 2:
        _flatten(folder, packing)
    return dict(figures)


def _flatten(folder: Path, packing: Packing) -> None:
    """A single shard's files stand in the split's own folder; without episodes they are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    only = folder / "shard_00000"
    for name in packing.files:
        if only.is_dir():
            (only / name).rename(folder / name)
        else:
            (folder / name).touch()
    if only.is_dir():
        only.rmdir()


def _write(pack: Pack, number: int, opened: Mapping[str, IO[bytes]], packing: Packing) -> None:
    values = pack.fill(packing, number * packing.block)
    for name, file in opened.items():
        file.write(array(CODES[TYPES[name]], values[name]).tobytes())


def _fill_packs(rows: Path, packing: Packing, figures: dict[str, int]) -> Iterator[Pack]:
    """Packs in shuffled order; an episode longer than a block keeps its end."""
    pack = Pack()
    for ids, mask in _read_shuffled(rows, packing.seed):
        figures["episodes"] += 1
        figures["cut_episodes"] += len(ids) > packing.block
        ids, mask = ids[-packing.block :], mask[-packing.block :]
        figures["tokens"] += len(ids)
        figures["trained_tokens"] += sum(mask)
        if pack.ids and not pack.takes(ids, packing.block):
            figures["packs"] += 1
            yield pack
            pack = Pack()
        pack.add(ids, mask)
    if pack.ids:
        figures["packs"] += 1
        yield pack


def _read_shuffled(rows: Path, seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """(ids, mask) of every row, in an order that follows from the seed; one row in memory at a time."""
    with rows.open("rb") as file:
        offsets, position = [], 0
        for line in file:
            offsets.append(position)
            position += len(line)
        random.Random(f"{seed}:pack").shuffle(offsets)
        for offset in offsets:
            file.seek(offset)
            row = orjson.loads(file.readline())
            yield row["input_ids"], row["loss_mask"]
