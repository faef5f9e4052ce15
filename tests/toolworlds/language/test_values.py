import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.language.values import mentions, same_value, says, type_of
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.tasks import FactType

AMOUNTS = st.decimals(0, 10**7, places=2, allow_nan=False).map(float)


@given(AMOUNTS, AMOUNTS, st.sampled_from(["{:,.2f} EUR", "${:,.2f}", "{:.2f}", "about {:,.2f}, please"]))
def test_amounts_are_read_back(amount: float, other: float, form: str) -> None:
    """An amount is mentioned and stated by its spellings, and another amount by none of them."""
    text = form.format(amount)
    assert mentions(text, amount, "number")
    assert same_value(amount, text, "number")
    if abs(amount - other) > 0.006:
        assert not mentions(text, other, "number")
        assert not same_value(other, text, "number")


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_whole_numbers_are_never_found_inside_others(number: int, other: int) -> None:
    """Only the whole token counts: 12 is not in 112, 2012 or 12.5."""
    text = f"{other} and {other:,} and {other}.5 and inv-{number} and x{number} and {number}/7"
    assert mentions(text, number, "integer") == (number == other)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It's In Transit.", "in_transit"),
        ("for Zoë O’Brien's team", "Zoe O'Brien"),
        ("order ORD-00A12!", "ord_00a12"),
        ("Anna, Bo and 3 more", ["Bo", 3]),
        ("there are none", []),
        ("no such thing", None),
        ("Yes, it is.", True),
        ("It is not.", False),
        ("the Loft costs 75", {"name": "Loft", "rate": 75.0}),
        ("from April 24 at 5 pm until April 29 at 6:15 pm", ["2026-04-24T17:00:00", "2026-04-29T18:15:00"]),
    ],
)
def test_values_that_are_mentioned(text: str, value: Json) -> None:
    """Names without case and accents, enum words with blanks, ids, lists, yes and no."""
    assert mentions(text, value, type_of(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("version 12.5", "12"),
        ("INV-12", "12"),
        ("Annabel", "Anna"),
        ("ord_00a12x", "ord_00a12"),
        ("yes and no", True),
        ("Anna", ["Anna", "Bo"]),
        ("", ""),
        ("anything", ""),
    ],
)
def test_values_that_are_not_mentioned(text: str, value: Json) -> None:
    """Parts of tokens, both yes and no, half a list, empty words."""
    assert not mentions(text, value, type_of(value))


SAME: list[tuple[FactType, Json, Json]] = [
    ("integer", 3, "3"),
    ("integer", 3, 3.0),
    ("number", 1250.0, "1,250.00 EUR"),
    ("number", 1249.996, 1250),
    ("number", 0.12, "12%"),
    ("number", "12.50", 12.5),
    ("string", "In Transit", "in_transit"),
    ("id", "inv_01", "INV-01"),
    ("boolean", True, "yes"),
    ("boolean", False, "No."),
    ("date", "2026-03-14", "March 14th, 2026"),
    ("date", "2026-03-14T09:30:00", "2026-03-14 09:30"),
    ("date", "2026-03-14", "2026-03-14T00:00:00Z"),
    ("date", "09:30", "9.30 am"),
    ("list", ["a", "b", "b"], ["B", "a", "b"]),
    ("list", [{"name": "A", "n": 1}], [{"n": "1", "name": "a"}]),
    ("string", None, None),
    ("string", "!!", "!!"),
    ("list", {"name": "A", "n": 1}, {"n": "1", "name": "a"}),
]
DIFFERENT: list[tuple[FactType, Json, Json]] = [
    ("integer", 3, 3.004),
    ("integer", 3, True),
    ("integer", 12, 10**400),
    ("number", 0.004, 0),
    ("number", 3_500_000.0, 3_500_001),
    ("number", 3.5, "3.5 or 4"),
    ("number", 3.5, float("nan")),
    ("number", 3.5, float("inf")),
    ("number", 3.5, None),
    ("number", 3.5, [3.5]),
    ("string", "Anna", "Annabel"),
    ("string", "!!", "??"),
    ("boolean", True, "no"),
    ("boolean", False, 0),
    ("boolean", True, 1),
    ("date", "2026-03-14", "14 or 15 March"),
    ("date", "2026-03-14", "2026-03-15"),
    ("date", "2026-03-14T09:30:00", "2026-03-14"),
    ("list", ["a", "b"], ["a", "a"]),
    ("list", ["a"], ["a", "b"]),
    ("list", ["a"], "a"),
    ("string", "", None),
    ("list", {"name": "A", "n": 1}, {"name": "A", "n": 2}),
    ("list", {"name": "A"}, {"name": "A", "n": 2}),
    ("date", "2026-03-14", 20260314),
]


@pytest.mark.parametrize(("kind", "expected", "given_value"), SAME)
def test_answers_that_state_the_value(kind: FactType, expected: Json, given_value: Json) -> None:
    """Spellings, rounding to cents, other orders of a list."""
    assert same_value(expected, given_value, kind)


@pytest.mark.parametrize(("kind", "expected", "given_value"), DIFFERENT)
def test_answers_that_do_not(kind: FactType, expected: Json, given_value: Json) -> None:
    """Near misses, hedges, other types."""
    assert not same_value(expected, given_value, kind)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_read(text: str, other: str) -> None:
    """Reading never fails, words are stable under reading again, and a text with words mentions itself."""
    assert to_words(to_words(text)) == to_words(text)
    mentions(text, other, type_of(other), "2026-03-10T09:00:00")
    assert same_value(text, text, "string")
    if to_words(text).strip():
        assert mentions(text, text, "string")


def test_says_hears_both_sides() -> None:
    """A text may say yes and no at once."""
    assert says("yes, but not now", True)
    assert says("yes, but not now", False)
    assert not says("perhaps", True)


@pytest.mark.parametrize(
    ("given_value", "same"),
    [
        ("2026-03-14T10:30:00+01:00", True),
        ("2026-03-14T09:30:00Z", True),
        ("2026-03-14T09:30:00+01:00", False),
    ],
)
def test_a_moment_is_the_same_in_every_time_zone(given_value: str, same: bool) -> None:
    """Where both name their zone, the instants count."""
    assert same_value("2026-03-14T09:30:00Z", given_value, "date") is same
