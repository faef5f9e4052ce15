"""From an episode to its row in the file, with token ids and mask where a tokenizer is given."""

from dataclasses import dataclass
from pathlib import Path

from episode_generation.rendering.encoding import Encoder
from episode_generation.tags import load_tags
from records.base import Json
from records.episodes import Episode


@dataclass(slots=True)
class RowWriter:
    """Writes rows; `functions` are the tools as chat templates describe them."""

    tokenizer: Path | None
    tags: Path
    functions: list[Json]
    _encoder: Encoder | None = None

    def write(self, episode: Episode) -> dict[str, Json]:
        """The row."""
        row = episode.to_json()
        if self.tokenizer is None:
            return row
        if self._encoder is None:
            self._encoder = Encoder(self.tokenizer, load_tags(self.tags), self.functions)
        encoded = self._encoder.encode(row)
        return {**row, "input_ids": encoded.input_ids, "loss_mask": encoded.loss_mask}
