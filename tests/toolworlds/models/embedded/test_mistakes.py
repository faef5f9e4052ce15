"""Plausible mistakes are mistakes, and plausible."""

import random

from hypothesis import given
from hypothesis import strategies as st

from toolworlds.language.values import type_of
from toolworlds.models.embedded.mistakes import ID, alter

VALUES = st.one_of(
    st.booleans(),
    st.integers(-1000, 1000),
    st.floats(-1e6, 1e6),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat()),
    st.from_regex(ID, fullmatch=True),
    st.text(max_size=20),
)


@given(VALUES, st.integers(0, 100))
def test_another_value_of_the_same_kind(value: object, seed: int) -> None:
    """Dates stay dates, ids stay ids, numbers stay numbers."""
    try:
        wrong = alter(value, random.Random(seed))
    except OverflowError:  # the last days of the year 9999
        return
    assert wrong != value
    assert type_of(wrong) == type_of(value)
    if isinstance(value, str) and ID.fullmatch(value):
        assert ID.fullmatch(wrong)


def test_others_are_taken_first() -> None:
    """Where there are other values of the world, one of them is the mistake."""
    assert alter("open", random.Random(0), ["open", "closed"]) == "closed"
