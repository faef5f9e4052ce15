"""How varied a set of conversations is, measure by measure, and two sets side by side."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from conversations.audit.features import NGRAMS, Features

PAIRS = 10_000
"""Random pairs over which dissimilarity is averaged; fewer where there are no more."""
PAIR_SEED = 42
LEVEL = 0.95
"""Of the intervals around differences."""

Measures = dict[str, float | None]


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


def measure(features: Sequence[Features]) -> Measures:
    """All measures that follow from features alone; None where nothing can be measured."""
    calls = [call for f in features for call in f.calls]
    rates = [f.grounding for f in features if f.grounding is not None]
    ids = sum(f.ids for f in features)
    return {
        "domain_entropy": entropy(f.domain for f in features),
        "pattern_entropy": entropy(f.pattern for f in features),
        "chain_entropy": entropy(f.chain for f in features),
        "jaccard_dissimilarity": mean_dissimilarity([f.tools for f in features]),
        **{f"distinct_{n}": _share_of_grams(features, index) for index, n in enumerate(NGRAMS)},
        "distinct_calls": len(set(calls)) / len(calls) if calls else None,
        "distinct_chains": len({f.chain for f in features}) / len(features),
        "distinct_openings": float(len({f.opening for f in features})),
        "embedding_spread": measure_spread([f.vector for f in features if f.vector is not None]),
        "near_duplicates": fmean(f.duplicate for f in features),
        "mean_calls": len(calls) / len(features),
        "mean_messages": fmean(f.turns for f in features),
        "multi_step_share": fmean(len(f.calls) >= 3 for f in features),
        "multi_tool_share": fmean(len(f.tools) >= 2 for f in features),
        "clarification_share": fmean(f.questions > 0 for f in features),
        "grounding_rate": fmean(rates) if rates else None,
        "ids_from_outputs": sum(f.grounded_ids for f in features) / ids if ids else None,
    }


def entropy(labels: Iterable[str]) -> float:
    """Shannon entropy in nats."""
    counts = Counter(labels)
    total = counts.total()
    return -sum(count / total * math.log(count / total) for _, count in sorted(counts.items())) + 0.0


def mean_dissimilarity(sets: Sequence[frozenset[str]]) -> float | None:
    """Mean Jaccard dissimilarity over random pairs of different conversations; over all pairs of a few."""
    count = len(sets)
    if count < 2:
        return None
    if count * (count - 1) // 2 <= PAIRS:
        pairs = [(a, b) for a in range(count) for b in range(a)]
    else:
        rng = random.Random(PAIR_SEED)
        pairs = [tuple(rng.sample(range(count), 2)) for _ in range(PAIRS)]  # type: ignore[misc]
    return fmean(len(sets[a] ^ sets[b]) / (len(sets[a] | sets[b]) or 1) for a, b in pairs)


def measure_spread(vectors: Sequence[Sequence[float]]) -> float | None:
    """Mean cosine distance of all pairs; None of fewer than two. Vectors have length 1."""
    count = len(vectors)
    if count < 2:
        return None
    total = math.fsum(sum(column) ** 2 for column in zip(*vectors, strict=True))
    return 1 - (total - count) / (count * (count - 1))


def _share_of_grams(features: Sequence[Features], index: int) -> float | None:
    """Distinct n-grams by all n-grams of the sample."""
    sample = [f for f in features if f.grams]
    total = sum(f.gram_counts[index] for f in sample)
    return len(frozenset().union(*(f.grams[index] for f in sample))) / total if total else None


def compare(a: Sequence[Features], b: Sequence[Features], resamples: int, seed: int) -> list[Difference]:
    """Every measure that both sets have, over equally many conversations of each: the first ones.

    A resample repeats conversations, so shares of distinct things and entropies come out too low in it. So
    the interval is how far resampled differences lie from their own mean, laid around the measured one.
    """
    size = min(len(a), len(b))
    a, b = a[:size], b[:size]
    rng = random.Random(f"{seed}:bootstrap")
    drawn = [(measure(rng.choices(a, k=size)), measure(rng.choices(b, k=size))) for _ in range(resamples)]
    first, second = measure(a), measure(b)
    cut = int(resamples * (1 - LEVEL) / 2)
    found = []
    for name, before in first.items():
        if before is not None and (after := second[name]) is not None:
            spread = sorted((two[name] or 0.0) - (one[name] or 0.0) for one, two in drawn)
            around = after - before - sum(spread) / len(spread)
            found.append(Difference(name, before, after, around + spread[cut], around + spread[-1 - cut]))
    return found
