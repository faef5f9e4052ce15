"""How far openings lie from each other in meaning, where an embedding model is installed."""

import math
from collections.abc import Sequence

Vector = Sequence[float]


def measure_spread(vectors: Sequence[Vector]) -> float | None:
    """Mean cosine distance of all pairs; None of fewer than two. Vectors have length 1."""
    count = len(vectors)
    if count < 2:
        return None
    total = math.fsum(sum(column) ** 2 for column in zip(*vectors, strict=True))
    return 1 - (total - count) / (count * (count - 1))
