"""From an episode to its row in the file, with token ids and mask where a tokenizer is given."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from episodes.encoder import Encoder
from toolworlds.records.base import Json
from toolworlds.records.episodes import Episode
from toolworlds.tokens.tags import load_tags


@dataclass
class RowWriter:
    """Writes rows; `functions` are the tools as chat templates describe them."""

    tokenizer: Path | None
    tags: Path
    functions: list[Json]

    @cached_property
    def encoder(self) -> Encoder | None:
        """The encoder, where there is a tokenizer."""
        return Encoder(self.tokenizer, load_tags(self.tags), self.functions) if self.tokenizer else None

    def write(self, episode: Episode) -> dict[str, Json]:
        """The row."""
        row = episode.to_json()
        if self.encoder is None:
            return row
        encoded = self.encoder.encode(row)
        return {**row, "input_ids": encoded.input_ids, "loss_mask": encoded.loss_mask}
