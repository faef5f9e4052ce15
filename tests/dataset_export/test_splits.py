"""Splits: by whole environments, as near to the shares as these allow."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_export.splits import assign_splits
from utils import UserError

counts = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 50), min_size=3, max_size=40)


@given(counts, st.floats(0.05, 0.9), st.integers(0, 5))
def test_every_environment_has_one_split_and_no_split_is_empty(
    counts: dict[str, int], test_share: float, seed: int
) -> None:
    """With three splits, whatever the shares."""
    shares = {"train": (1 - test_share) / 2, "validation": (1 - test_share) / 2, "test": test_share}
    sides = assign_splits(counts, shares, seed)
    assert sides.keys() == counts.keys()
    assert set(sides.values()) == set(shares)


@given(st.integers(20, 200), st.integers(0, 5))
def test_shares_are_met_to_one_environment(number: int, seed: int) -> None:
    """Environments of equal size: a split holds its share of them, give or take one."""
    counts = {f"env_{n}": 6 for n in range(number)}
    sides = assign_splits(counts, {"train": 0.9, "test": 0.1}, seed)
    assert abs(list(sides.values()).count("test") - number / 10) <= 1


@given(counts, st.randoms())
def test_the_order_of_the_input_does_not_matter(counts: dict[str, int], rng: st.DataObject) -> None:
    """The seed and the names decide."""
    items = list(counts.items())
    rng.shuffle(items)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    shares = {"train": 0.7, "test": 0.3}
    assert assign_splits(dict(items), shares, 0) == assign_splits(counts, shares, 0)


def test_too_few_environments_are_refused() -> None:
    """Two splits cannot be made of one environment."""
    with pytest.raises(UserError, match="1 environments"):
        assign_splits({"env_1": 10}, {"train": 0.9, "test": 0.1}, 0)


@given(st.integers(20, 100), st.integers(0, 5))
def test_three_shares_are_met_one_after_the_other(number: int, seed: int) -> None:
    """Each split ends where the shares up to its own do, give or take one environment."""
    shares = {"train": 0.6, "validation": 0.25, "test": 0.15}
    split_of = assign_splits({f"env_{n}": 4 for n in range(number)}, shares, seed)
    sizes = Counter(split_of.values())
    assert {
        split: abs(sizes[split] - share * number) <= 1 for split, share in shares.items()
    } == dict.fromkeys(shares, True)


def test_shares_that_can_be_met_are_met() -> None:
    """Where whole environments add up to them, to the record."""
    for shares in ({"train": 0.5, "test": 0.5}, {"train": 0.5, "validation": 0.3, "test": 0.2}):
        sizes = Counter(assign_splits({f"env_{n}": 1 for n in range(10)}, shares, 0).values())
        assert sizes == {split: round(share * 10) for split, share in shares.items()}


def test_of_two_ways_as_near_the_larger_one_is_taken() -> None:
    """Three equal environments in halves: two and one."""
    sizes = Counter(assign_splits({"a": 2, "b": 2, "c": 2}, {"train": 0.5, "test": 0.5}, 0).values())
    assert sizes == {"train": 2, "test": 1}


def test_the_next_environment_decides_whether_it_is_taken() -> None:
    """Of sizes 1, 3 and 6 in halves: whatever the order, train stops where it is nearest to 5."""
    chosen = set()
    for seed in range(60):
        split_of = assign_splits({"a": 1, "b": 3, "c": 6}, {"train": 0.5, "test": 0.5}, seed)
        chosen.add("".join(sorted(name for name, split in split_of.items() if split == "train")))
    assert chosen == {"ab", "ac", "b", "c"}
