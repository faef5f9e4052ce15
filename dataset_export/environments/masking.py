"""Episodes without a reward in a batch of a trainer that knows only numbers."""

from collections import defaultdict
from collections.abc import Hashable, Sequence


def fill_masked(rewards: Sequence[float | None], groups: Sequence[Hashable]) -> list[float]:
    """The rewards; in place of a missing one the mean of its group's others, which shifts no baseline.

    0 where a whole group is missing. An episode whose reward was missing must not be trained on all the same:
    mask its tokens.
    """
    known = defaultdict(list)
    for reward, group in zip(rewards, groups, strict=True):
        if reward is not None:
            known[group].append(reward)
    means = {group: sum(some) / len(some) for group, some in known.items()}
    return [
        means.get(group, 0.0) if reward is None else reward
        for reward, group in zip(rewards, groups, strict=True)
    ]
