"""What a plan is: which pattern it belongs to, what it draws, and how it is played with real tools."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from episodes.dialogue import Dialogue
from episodes.sources import Pool
from toolworlds.records.base import Json
from toolworlds.records.episodes import Category, Pattern


@dataclass(frozen=True, slots=True)
class Draw:
    """What an episode will be about: slots for its wording, things for its calls."""

    slots: Mapping[str, str]
    things: Mapping[str, Json] = field(default_factory=dict)
    request: str = ""
    """The user's message, where the plan words it itself."""
    template: str = ""
    """Its template, likewise."""


class Choose(Protocol):
    """Chooses a subject; None where the pool has none."""

    def __call__(self, pool: Pool, rng: random.Random) -> Draw | None:
        """A pure function of the pool and the generator."""


class Play(Protocol):
    """Carries the dialogue on after the user's first message."""

    def __call__(self, dialogue: Dialogue, draw: Draw, rng: random.Random) -> None:
        """Calls and answers; raises MisfitError if the results do not bear the answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One way an episode can go."""

    name: str
    """`PATTERN/variant`."""
    category: Category
    share: float
    """Of all episodes, in the default mix."""
    calls: tuple[str, ...]
    choose: Choose
    play: Play

    @property
    def pattern(self) -> Pattern:
        """The part before the slash."""
        return self.name.split("/")[0]  # type: ignore[return-value]
