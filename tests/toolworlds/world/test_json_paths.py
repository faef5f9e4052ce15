import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.records.base import Json
from toolworlds.world.json_paths import NoSuchPath, read_path, rename, replace_at, show_path, walk_leaves

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(VALUES)
def test_every_leaf_is_found_again_at_its_path(value: Json) -> None:
    """What the walk gives is what reading at the path gives."""
    for path, leaf in walk_leaves(value):
        assert read_path(value, path) == leaf


@given(VALUES, LEAVES)
def test_replacing_changes_one_leaf_of_a_copy(value: Json, other: Json) -> None:
    """The original stays, and all other leaves do."""
    before = list(walk_leaves(value))
    for path, _ in before:
        changed = dict(walk_leaves(replace_at(value, path, other)))
        assert changed == dict(before) | {path: other}
    assert list(walk_leaves(value)) == before


@pytest.mark.parametrize("path", [["b"], ["a", 2], ["a", -1], ["a", "0"], [0], ["a", 0, 0]])
def test_paths_that_lead_nowhere(path: list[str | int]) -> None:
    """Missing keys, places beyond the end, negative ones, and steps of the wrong kind."""
    with pytest.raises(NoSuchPath, match=show_path(path)):
        read_path({"a": [1, 2]}, path)


def test_renaming_reaches_every_string() -> None:
    """Ids are renamed in lists and objects, as whole values only, and never as keys."""
    assert rename({"x": ["x", {"y": "x1"}, "x"]}, {"x": "z"}) == {"x": ["z", {"y": "x1"}, "z"]}
