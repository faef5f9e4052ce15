"""Two sets of conversations side by side: differences of measures, with bootstrap intervals."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from conversations.audit.diversity import Measures, measure
from conversations.audit.features import Features

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of both sets. The interval is that of `b - a`."""

    name: str
    a: float
    b: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def compare(a: Sequence[Features], b: Sequence[Features], resamples: int, seed: int) -> list[Difference]:
    """Every measure that both sets have, over equally many conversations of each: the first ones.

    A resample repeats conversations, so shares of distinct things and entropies come out too low in it. So
    the interval is how far resampled differences lie from their own mean, laid around the measured one.
    """
    size = min(len(a), len(b))
    a, b = a[:size], b[:size]
    rng = random.Random(f"{seed}:bootstrap")
    drawn = [(measure(_resample(a, rng)), measure(_resample(b, rng))) for _ in range(resamples)]
    first, second = measure(a), measure(b)
    return [
        _difference(name, first, second, drawn)
        for name in first
        if first[name] is not None and second[name] is not None
    ]


def _resample(features: Sequence[Features], rng: random.Random) -> list[Features]:
    return rng.choices(features, k=len(features))


def _difference(
    name: str, a: Measures, b: Measures, drawn: Sequence[tuple[Measures, Measures]]
) -> Difference:
    before, after = a[name] or 0.0, b[name] or 0.0
    spread = sorted((second[name] or 0.0) - (first[name] or 0.0) for first, second in drawn)
    middle = sum(spread) / len(spread)
    cut = int(len(spread) * (1 - LEVEL) / 2)
    low, high = spread[cut] - middle, spread[-1 - cut] - middle
    return Difference(name, before, after, after - before + low, after - before + high)
