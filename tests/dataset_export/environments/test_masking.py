"""A missing reward is neither 0 nor of any weight."""

from hypothesis import given
from hypothesis import strategies as st

from dataset_export.environments.masking import fill_masked

GROUPED = st.lists(st.tuples(st.none() | st.sampled_from([0.0, 1.0]), st.sampled_from("abc")))


def test_a_missing_reward_becomes_the_mean_of_its_group() -> None:
    """Its advantage is then none, and the others' baseline stays."""
    assert fill_masked([1.0, None, 0.0, None, 1.0], ["a", "a", "a", "b", "c"]) == [1.0, 0.5, 0.0, 0.0, 1.0]


@given(GROUPED)
def test_the_mean_of_a_group_does_not_move(pairs: list[tuple[float | None, str]]) -> None:
    """Whatever is missing; and what is known stays as it is."""
    rewards, groups = [reward for reward, _ in pairs], [group for _, group in pairs]
    filled = fill_masked(rewards, groups)
    assert all(old in (None, new) for old, new in zip(rewards, filled, strict=True))
    for group in set(groups):
        known = [reward for reward, other in pairs if other == group and reward is not None]
        all_of_it = [reward for reward, other in zip(filled, groups, strict=True) if other == group]
        if known:
            assert abs(sum(all_of_it) / len(all_of_it) - sum(known) / len(known)) < 1e-9
