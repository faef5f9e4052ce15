"""From an episode to its row in the file, with token ids and mask where a tokenizer is given."""

from dataclasses import dataclass

from records.base import Json
from records.episodes import Episode


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writes rows without token ids."""

    def write(self, episode: Episode) -> dict[str, Json]:
        """The row."""
        return episode.to_json()
