"""Where a file of episodes comes from: what was read, by digest, and every setting that it follows from.

`train.lineage.json` stands beside `train.jsonl`, `dataset_lineage.json` within a packed folder.
"""

import hashlib
from pathlib import Path

from episodes.encoder import Encoder
from episodes.workshop import Workshop
from toolworlds.records.base import Json
from utils import read_json

PADDING = 64
"""A model's vocabulary is padded to a multiple of this."""


def describe_inputs(workshop: Workshop, tokenizer: Path | None, shard: tuple[int, int]) -> dict[str, Json]:
    """All that decides the episodes; no path of the machine and no time."""
    s, store = workshop.settings, workshop.obs.store
    events = store.fetch("SELECT count(*) FROM events")[0][0]
    return {
        "made_by": "episodes generate",
        "n": s.count,
        "shard": f"{shard[0] + 1}/{shard[1]}",
        "seed": s.seed,
        "mix": dict(s.mix),
        "languages": dict(s.languages),
        "max_result_chars": s.max_result_chars,
        "index": read_json(s.index_dir / "index.json"),
        "repository": {"head": workshop.repo.git.head},
        "log_store": {"events": events, "first": store.first, "last": store.last},
        "gold_sha256": digest_file(s.gold),
        "tags_sha256": digest_file(s.tags),
        "tokenizer_sha256": digest_file(find_tokenizer(tokenizer)) if tokenizer else None,
    }


def describe_file(path: Path, rows: int, inputs: dict[str, Json]) -> dict[str, Json]:
    """The sidecar of one file."""
    return {"file": path.name, "rows": rows, "sha256": digest_file(path), "inputs": inputs}


def describe_tokenizer(encoder: Encoder, pad_id: int) -> dict[str, Json]:
    """What a loader must know of the tokenizer to read ids back."""
    tokenizer = encoder.tokenizer
    size = int(tokenizer.engine.get_vocab_size())
    template = tokenizer.template
    return {
        "tokenizer_sha256": digest_file(find_tokenizer(tokenizer.folder)),
        "chat_template_sha256": hashlib.sha256(template.source.encode()).hexdigest() if template else None,
        "chat_form": encoder.form,
        "tag_set": None if template else encoder.tags.name,
        "vocab_size": size,
        "padded_vocab_size": -(-size // PADDING) * PADDING,
        "special_tokens": {text: number for number, text in tokenizer.special.items()},
        "pad_id": pad_id,
    }


def find_tokenizer(place: Path) -> Path:
    """The file `tokenizer.json` of a tokenizer's folder."""
    return place / "tokenizer.json" if place.is_dir() else place


def digest_file(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
