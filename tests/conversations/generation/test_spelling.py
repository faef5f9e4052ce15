"""Values as people write them are the values: whoever reads the text finds them."""

import random
from datetime import date, datetime, time

from hypothesis import given
from hypothesis import strategies as st

from conversations.execution.fields import Field
from conversations.generation.spelling import draw_spelling, plain_name, spell_money
from toolworlds.language.numbers import write_minutes
from toolworlds.language.values import mentions, type_of
from toolworlds.records.base import Json

VALUES = st.one_of(
    st.integers(0, 100_000),
    st.decimals(0, 10_000, places=2).map(float),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)).map(date.isoformat),
    st.builds(time, st.integers(0, 23), st.integers(0, 59)).map(lambda t: t.isoformat("minutes")),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(
        lambda m: m.replace(minute=m.minute // 5 * 5, second=0, microsecond=0).isoformat()
    ),
    st.sampled_from(["round_trip", "Kraków", "USD", "O'Neill & Sons", "gluten-free"]),
    st.lists(st.sampled_from(["Lima", "Oslo", "Rome"]), min_size=1, max_size=3, unique=True),
)


@given(VALUES, st.integers(0, 50))
def test_a_spelled_value_is_found_in_its_text(value: Json, number: int) -> None:
    """In every person's way of writing; days without a year are of the year that goes without saying."""
    spelling = draw_spelling(random.Random(number), 2026)
    text = f"please do it {spelling.spell(value, Field('x', 'string'))} then"
    assert mentions(text, value, type_of(value), "2026-06-01T00:00:00"), text


def test_measures_and_money() -> None:
    """Hours and minutes, currencies with their signs."""
    assert [write_minutes(m) for m in (45, 60, 165)] == ["45 min", "1 h", "2 h 45 min"]
    assert [spell_money(v, c) for v, c in ((1250, "USD"), (63.5, "SEK"), (9.99, ""))] == [
        "$1,250",
        "63.50 SEK",
        "9.99",
    ]


def test_plain_names_have_no_underscores() -> None:
    """Names of fields become words."""
    assert plain_name("price_per_night") == "price per night"
    assert plain_name("checkInDate") == "check in date"
    assert plain_name("num_guests") == "guests"
    assert plain_name("trackingNumber") == "tracking number"
    assert plain_name("number_of_exchanges") == "exchanges"
    assert plain_name("tempMax") == "max temperature"
    assert [plain_name(name) for name in ("sign2", "adults1", "ip", "msrp", "AED")] == [
        "second sign",
        "adults",
        "IP address",
        "MSRP",
        "AED",
    ]


def test_members_of_closed_sets_are_words() -> None:
    """However they are written; years have no commas."""
    spelling = draw_spelling(random.Random(1), 2026)
    order = Field("order", "string", "choice", choices=("PRICE", "STAR_RATING", "marketCap", "24hVolume"))
    assert [spelling.spell(one, order) for one in order.choices] == [
        "price",
        "star rating",
        "market cap",
        "24h volume",
    ]
    assert spelling.spell(1998, Field("season", "number", "year")) == "1998"
    assert spelling.spell("USD", Field("currency", "string")) == "USD"
