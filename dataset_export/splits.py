"""Which environments go to which split: all records of one environment stand on the same side."""

from collections.abc import Mapping

from utils import UserError, stable_hash

Shares = dict[str, float]
"""split -> its share of the records; shares add up to 1."""


def assign_splits(counts: Mapping[str, int], shares: Shares, seed: int) -> dict[str, str]:
    """environment -> split, by the environments' numbers of records.

    Environments stand in an order drawn by the seed; each split takes the next ones until its share is as
    near as whole environments allow, and never none.
    Raises UserError where there are fewer environments than splits.
    """
    if len(counts) < len(shares):
        raise UserError(
            f"{len(counts)} environments cannot be divided into {len(shares)} splits "
            f"({', '.join(shares)}); give fewer splits or more environments"
        )
    order = sorted(counts, key=lambda name: stable_hash("split", seed, name))
    total, assigned, taken, edge = sum(counts.values()), {}, 0, 0.0
    names = list(shares)
    for place, split in enumerate(names):
        edge += shares[split] * total
        later = len(names) - place - 1
        mine = 0
        while len(order) > later and (
            later == 0 or mine == 0 or abs(taken + counts[order[0]] - edge) <= abs(taken - edge)
        ):
            name = order.pop(0)
            assigned[name] = split
            taken += counts[name]
            mine += 1
    return assigned
