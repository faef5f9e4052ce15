import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.language.numbers import find_numbers

SMALL = st.integers(1, 99)
ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
ONES += " seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def spell(number: int) -> str:
    """English for 0 to 999,999."""
    if number >= 1000:
        rest = f" {spell(number % 1000)}" if number % 1000 else ""
        return f"{spell(number // 1000)} thousand{rest}"
    if number >= 100:
        rest = f" and {spell(number % 100)}" if number % 100 else ""
        return f"{spell(number // 100)} hundred{rest}"
    if number >= 20:
        rest = f"-{spell(number % 10)}" if number % 10 else ""
        return f"{TENS.split()[number // 10 - 2]}{rest}"
    return ONES.split()[number]


@given(st.integers(0, 999_999).filter(lambda number: number != 1))
def test_spelled_numbers_are_read_back(number: int) -> None:
    """English number words, up to hundreds of thousands, give the number and nothing else."""
    assert find_numbers(f"please send {spell(number)} boxes") == [(number,)]
    assert find_numbers(f"please book minus {spell(number)} boxes") == [(-number,)]


@given(
    st.integers(0, 10**12),
    st.sampled_from(["{:,}", "{}", "${:,}", "eur {:,}", "{}kg", "({})", "{:,}.00 usd"]),
)
def test_numerals_are_read_back(number: int, form: str) -> None:
    """Thousands commas, currencies and units change nothing."""
    assert find_numbers(f"send {form.format(number)}, please.") == [(number,)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12%", [(12, 0.12)]),
        ("1.25k", [(1250,)]),
        ("$3.5m", [(3_500_000,)]),
        ("5m", [(5,)]),
        ("3.5 million", [(3_500_000, 3.5)]),
        ("minus 5 and -6", [(-5,), (-6,)]),
        ("half a dozen eggs, a dozen rolls, two dozen buns", [(6,), (12,), (24,)]),
        ("a 30-day extension on the 3rd floor", [(30,), (3,)]),
        ("one bed", [(1,)]),
    ],
)
def test_forms_of_numbers(text: str, numbers: list[tuple[float, ...]]) -> None:
    """Percentages may be shares, amounts may count millions, `m` is a million only of money."""
    assert find_numbers(text) == numbers


@pytest.mark.parametrize(
    "text",
    ["inv-2031", "10-12", "b12", "1.2.3", "3/4", "9:30", "12a", "1,25", "that one", "one of them", "a-12-b"],
)
def test_parts_of_other_things_are_no_numbers(text: str) -> None:
    """Digits within ids, ranges, fractions and times, and `one` as a pronoun, are not read."""
    assert find_numbers(text) == []
