"""How varied a set of conversations is: entropies, dissimilarity of tool sets, shares of what is distinct."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from conversations.audit.embedding import measure_spread
from conversations.audit.features import NGRAMS, Features

PAIRS = 10_000
"""Random pairs over which dissimilarity is averaged; fewer where there are no more."""
PAIR_SEED = 42

Measures = dict[str, float | None]


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
    return fmean(_dissimilarity(sets[a], sets[b]) for a, b in pairs)


def _dissimilarity(a: frozenset[str], b: frozenset[str]) -> float:
    union = len(a | b)
    return 1 - len(a & b) / union if union else 0.0


def _share_of_grams(features: Sequence[Features], index: int) -> float | None:
    """Distinct n-grams by all n-grams of the sample."""
    sample = [f for f in features if f.grams]
    total = sum(f.gram_counts[index] for f in sample)
    return len(frozenset().union(*(f.grams[index] for f in sample))) / total if total else None
