"""Which end of a span a value is: read once from all names of an endpoint, kept in the registry."""

import pytest

from toolworlds.catalogue.ingest import RawCatalogue, _read_tools
from toolworlds.catalogue.registry import build_registry
from toolworlds.catalogue.spans import compare_ends, find_reversed
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint

DAYS = """
    start_date end_date, startDate endDate, start end, from to, date_from date_to, fromDate toDate,
    from until, checkin checkout, check_in check_out, check_in_date check_out_date, checkInDate checkOutDate,
    check_in check_out_date, arrival departure, arrival_date departure_date, departure_date return_date,
    depart return, depart_date return_date, outboundDate inboundDate, outbound_date return_date,
    pickup dropoff, pickup_date dropoff_date, pick_up_date drop_off_date, pickup_date return_date,
    since until, since_date until_date, begin finish, begin_date end_date, valid_from valid_to,
    validFrom validUntil, open close, opening_date closing_date, min_date max_date, date_min date_max,
    first_day last_day, first_night last_night, after before, created_after created_before,
    publishedAfter publishedBefore, date_gte date_lte, date[gte] date[lte], period_start period_end,
    starts_on ends_on, effective_date expiration_date, issue_date due_date, earliest_date latest_date,
    move_in_date move_out_date, leave_date return_date, start_time end_time, startDateTime endDateTime,
    starts_at ends_at, pickup_datetime return_datetime, start until, date_after date_before, start stop
"""
NUMBERS = """
    min_price max_price, priceMin priceMax, price_from price_to, lowest_price highest_price, minimum maximum,
    price_gte price_lte, year_from year_to, start_year end_year, min_rating max_rating, from_amount to_amount
"""


def list_pairs(text: str) -> list[tuple[str, str]]:
    pairs = [pair.split() for pair in " ".join(text.split()).split(",")]
    return [(start, end) for start, end in pairs]


def build(
    *names: str, name: str = "make_request", type_: str = "STRING", description: str = "", reply: Json = None
) -> Endpoint:
    """An endpoint that takes these, as a catalogue may write it."""
    parameters = [{"name": one, "type": type_, "description": description} for one in names]
    entry = {"name": name, "method": "POST", "required_parameters": parameters, "template_response": reply}
    catalogue = RawCatalogue()
    _read_tools([{"tool_name": "any", "api_list": [entry]}], "t.json", None, catalogue)
    return build_registry(catalogue)[0].endpoints[0]


def read_sides(endpoint: Endpoint) -> dict[str, str]:
    return {parameter.name: parameter.side for parameter in endpoint.parameters}


@pytest.mark.parametrize("description", ["", "YYYY-MM-DD", "A day."])
@pytest.mark.parametrize("is_turned", [False, True], ids=["in order", "end first"])
@pytest.mark.parametrize("pair", list_pairs(DAYS), ids=" ".join)
def test_days_make_a_span(pair: tuple[str, str], is_turned: bool, description: str) -> None:
    """In many spellings, in either order, described or not: the first is the start."""
    endpoint = build(*(reversed(pair) if is_turned else pair), description=description)
    assert [span.names for span in endpoint.spans] == [pair]
    sides = read_sides(endpoint)
    assert (sides[pair[0]], sides[pair[1]]) in (("start", "end"), ("min", "max"), ("start", "max"))
    assert {parameter.kind for parameter in endpoint.parameters} <= {
        "date", "past_date", "time", "moment", "past_moment"
    }  # fmt: skip


def test_there_are_enough_pairs() -> None:
    """At least 44 of days, as people write catalogues."""
    assert len(set(list_pairs(DAYS))) >= 44


@pytest.mark.parametrize("pair", list_pairs(NUMBERS), ids=" ".join)
def test_numbers_are_bounded(pair: tuple[str, str]) -> None:
    """A lowest and a highest."""
    endpoint = build(*reversed(pair), type_="NUMBER")
    assert [span.names for span in endpoint.spans] == [pair]
    assert (read_sides(endpoint)[pair[0]], read_sides(endpoint)[pair[1]]) == ("min", "max")


def test_a_stay_begins_with_the_arrival_and_a_trip_with_the_departure() -> None:
    """By whatever else the endpoint is asked."""
    days = ("departure_date", "arrival_date")
    assert build(*days, name="book_hotel").spans[0].names == ("arrival_date", "departure_date")
    assert build(*days, name="search_flights").spans[0].names == ("departure_date", "arrival_date")
    assert build(*days, "nights").spans[0].apart
    assert not build("since", "until").spans[0].apart


def test_places_have_sides_and_no_order() -> None:
    """Where one leaves from and where one goes; a city where a car is picked up is neither."""
    assert read_sides(build("origin_city", "destination_city")) == {
        "origin_city": "start",
        "destination_city": "end",
    }
    flight = build("departure", "destination", "departure_date", "return_date", name="search_flights")
    assert {p.name: p.kind for p in flight.parameters}["departure"] == "city"
    assert [span.names for span in flight.spans] == [("departure_date", "return_date")]
    assert read_sides(build("pickup_city", "pickup_date"))["pickup_city"] == ""
    assert build("source_language", "target_language").spans == []


@pytest.mark.parametrize(
    "names",
    [
        ("from", "to", "amount"),
        ("first_name", "last_name"),
        ("start_latitude", "end_latitude"),
        ("from_account_id", "to_account_id"),
        ("start_date", "end_city"),
        ("max_price", "min_rating"),
    ],
    ids=" ".join,
)
def test_what_is_no_span(names: tuple[str, ...]) -> None:
    """Currencies, names, coordinates, ids, and ends of different things."""
    types = {"start_latitude": "NUMBER", "max_price": "NUMBER"}
    endpoint = build(*names, name="convert_currency", type_=types.get(names[0], "STRING"))
    assert endpoint.spans == []


def test_fields_of_a_reply_make_spans_within_one_object() -> None:
    """A flight's departure is before its arrival; a start outside is another one's."""
    reply = {
        "start_date": "2026-05-01",
        "flights": [{"departure_time": "08:00", "arrival_time": "09:30", "high": 3.5, "low": 1.5}],
    }
    endpoint = build("date", name="search_flights", reply=reply)
    assert {span.names for span in endpoint.returned_spans} == {
        ("flights[].departure_time", "flights[].arrival_time"),
        ("flights[].low", "flights[].high"),
    }


@pytest.mark.parametrize(
    ("start", "end", "order"),
    [
        ("2026-05-01", "2026-05-03", -1),
        ("2026-05-03", "2026-05-01", 1),
        ("2026-05-03", "2026-05-03", 0),
        ("2026-05-03T10:00:00Z", "2026-05-03T09:00:00+00:00", 1),
        ("2026-05-03T10:00:00", "2026-05-03", 0),
        (1.5, 2, -1),
        ("22:00", "06:00", None),
        ("soon", "2026-05-03", None),
        (True, 2, None),
        (None, "2026-05-03", None),
    ],
)
def test_ends_are_compared_by_value(start: Json, end: Json, order: int | None) -> None:
    """Days, moments and numbers; times of day may pass midnight."""
    assert compare_ends(start, end) == order


def test_a_reversed_call_is_found() -> None:
    """Also a stay that ends on the day on which it begins; a search may be for a single day."""
    stay, search = build("checkin", "checkout"), build("since", "until")
    assert find_reversed(stay, {"checkin": "2026-05-03", "checkout": "2026-05-03"})
    assert not find_reversed(stay, {"checkin": "2026-05-03", "checkout": "2026-05-04"})
    assert find_reversed(search, {"since": "2026-05-03", "until": "2026-05-02"})
    assert not find_reversed(search, {"since": "2026-05-03", "until": "2026-05-03"})
    assert not find_reversed(search, {"until": "2026-05-03"})
