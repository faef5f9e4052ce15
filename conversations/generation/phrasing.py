"""The phrases of conversations, `phrases/*.yml`, and speakers who do not repeat themselves."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from toolworlds.language.phrases import fill, list_places, read_phrases
from toolworlds.records.base import Json

FOLDER = Path(__file__).parent / "phrases"


def load_phrases(name: str) -> Json:
    """What one file of phrases holds."""
    return read_phrases(FOLDER / f"{name}.yml")


@dataclass(slots=True)
class Voice:
    """One speaker, who does not say the same phrase twice while there are others."""

    rng: random.Random
    _used: set[str] = field(default_factory=set)

    def choose(self, templates: Sequence[str]) -> str:
        """One of the templates, a new one if there is any."""
        chosen = self.rng.choice([t for t in templates if t not in self._used] or templates)
        if chosen:
            self._used.add(chosen)
        return chosen

    def say(self, templates: Sequence[str], **places: str) -> str:
        """One of the templates whose needed places are known, filled; nothing if there is none."""
        fitting = [t for t in templates if list_places(t, needed=True) <= places.keys()]
        return fill(self.choose(fitting), places, self.rng) if fitting else ""
