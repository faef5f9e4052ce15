"""What the offline executor remembers, refuses and works out."""

import itertools
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.execution.offline import OfflineExecutor, Session
from tests.toolworlds.catalogue.travel import build_travel
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue
from toolworlds.language.words import write_email
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Registry
from toolworlds.world.calls import is_empty, is_error


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return build_travel(Path(tmp_path_factory.mktemp("travel")))


@pytest.fixture(scope="module")
def executor(registry: Registry) -> OfflineExecutor:
    return OfflineExecutor(registry, failure_rate=0, empty_rate=0)


@pytest.fixture
def session(executor: OfflineExecutor) -> Session:
    return executor.open("conv_1_0001", 1)


def open_seed_session() -> Session:
    registry = build_catalogue(SEED_TOOLS).catalogue.registry
    return OfflineExecutor(registry, failure_rate=0, empty_rate=0).open("conv_1_0001", 1)


SEARCH = {"city": "Lisbon", "check_in": "2026-09-01"}


def search(session: Session, **more: Json) -> list[dict[str, Json]]:
    hotels: list[dict[str, Json]] = session.execute("hotels::search_hotels", {**SEARCH, **more})["hotels"]
    return hotels


def book(session: Session, **more: Json) -> dict[str, Json]:
    stay = {"guest_name": "Ana Silva", "check_in": "2026-09-01", "check_out": "2026-09-05"}
    hotel = search(session)[0]
    booking: dict[str, Json] = session.execute(
        "hotels::book_hotel", {"hotel_id": hotel["hotel_id"], **stay, **more}
    )
    return booking


def test_replies_fit_their_schema(registry: Registry, session: Session) -> None:
    """Every endpoint's reply is what its schema declares."""
    booking = book(session)
    known = {"hotel_id": booking["hotel_id"], "booking_id": booking["booking_id"], **SEARCH}
    known |= {
        "confirmation_code": booking["confirmation_code"],
        "guest_name": "A B",
        "check_out": "2026-09-03",
    }
    known |= {"origin": "Oslo", "destination": "Rome", "departure_date": "2026-09-01", "days": 3}
    known |= {"amount": 10, "from_currency": "USD", "to_currency": "EUR"}
    for endpoint in registry.endpoints:
        reply = session.execute(endpoint.endpoint_id, {p.name: known[p.name] for p in endpoint.required})
        assert not is_error(reply), (endpoint.endpoint_id, reply)
        if endpoint.returns_schema:
            jsonschema_rs.validate(endpoint.returns_schema, reply)


def test_ids_returned_are_accepted(session: Session) -> None:
    """A hotel that a search returned can be looked at; an id that nobody returned is an error."""
    hotel = search(session)[1]
    found = session.execute("hotels::get_hotel", {"hotel_id": hotel["hotel_id"]})
    assert {key: found[key] for key in hotel} == hotel
    refused = session.execute("hotels::get_hotel", {"hotel_id": "htl_99999"})
    assert refused["error"]["code"] == "not_found"


def test_an_id_of_another_kind_is_refused(session: Session) -> None:
    """A booking's id is no hotel's."""
    booking = book(session)
    assert is_error(session.execute("hotels::get_hotel", {"hotel_id": booking["booking_id"]}))


def test_a_cancelled_thing_stays_cancelled(session: Session) -> None:
    """It says so when looked at, and is not cancelled twice."""
    booking = book(session)
    cancelled = session.execute("hotels::cancel_booking", {"booking_id": booking["booking_id"]})
    assert (cancelled["status"], cancelled["refund_amount"]) == ("cancelled", booking["total_price"])
    looked = session.execute("hotels::get_booking", {"booking_id": booking["booking_id"]})
    assert looked == {**booking, "status": "cancelled"}
    again = session.execute("hotels::cancel_booking", {"booking_id": booking["booking_id"]})
    assert again["error"]["code"] == "conflict"


def test_a_booking_holds_what_was_asked_for(session: Session) -> None:
    """Arguments, the hotel's own name, and a total of price times nights."""
    hotel, booking = search(session)[0], book(session)
    assert booking["guest_name"] == "Ana Silva"
    assert booking["hotel_name"] == hotel["name"]
    assert booking["nights"] == 4
    assert booking["total_price"] == pytest.approx(4 * hotel["price_per_night"])


def test_what_was_listed_keeps_its_values(session: Session) -> None:
    """A booking from a list is the same one when looked at, also after its hotel was."""
    bookings = session.execute("hotels::list_bookings", {})["bookings"]
    assert bookings
    for booking in bookings:
        session.execute("hotels::get_hotel", {"hotel_id": booking["hotel_id"]})
        assert session.execute("hotels::get_booking", {"booking_id": booking["booking_id"]}) == booking


def test_a_code_stands_for_its_thing(session: Session) -> None:
    """A confirmation code finds the booking that it was given for."""
    booking = book(session)
    found = session.execute("hotels::find_booking", {"confirmation_code": booking["confirmation_code"]})
    assert found == booking


def test_lists_hold_what_was_made(session: Session) -> None:
    """The bookings of this conversation stand in their list, and the count is the list's length."""
    booking = book(session)
    listed = session.execute("hotels::list_bookings", {})
    assert booking in listed["bookings"]
    assert listed["count"] == len(listed["bookings"])


def test_searches_honour_their_arguments(session: Session) -> None:
    """Hotels of the city, under the price, within the limit; flights on their day, landing after take-off."""
    hotels = search(session, max_price=100, limit=3)
    assert {hotel["city"] for hotel in hotels} == {"Lisbon"}
    assert max(hotel["price_per_night"] for hotel in hotels) <= 100
    assert len(hotels) <= 3
    route = {"origin": "Oslo", "destination": "Rome", "departure_date": "2026-09-01"}
    for flight in session.execute("trips::search_flights", route)["flights"]:
        assert flight["departure_time"].startswith("2026-09-01")
        assert flight["arrival_time"] > flight["departure_time"]


def test_forecasts_go_from_day_to_day(session: Session) -> None:
    """As many days as were asked for, one after the other, no low above its high."""
    days = session.execute("trips::get_weather_forecast", {"city": "Lisbon", "days": 5})["forecast"]
    dates = [day["date"] for day in days]
    assert len(set(dates)) == 5 and dates == sorted(dates)
    assert all(day["low"] <= day["high"] for day in days)


def test_what_is_left_out_is_what_the_endpoint_assumes() -> None:
    """An event of the usual length, a forecast over the usual days; what is said is kept."""
    session = open_seed_session()
    event = {"title": "Lunch", "date": "2026-09-01", "start_time": "12:00"}
    assert session.execute("day_keeper::create_event", event)["duration_minutes"] == 60
    longer = session.execute("day_keeper::create_event", {**event, "duration_minutes": 90})
    assert longer["duration_minutes"] == 90
    assert len(session.execute("skycast::get_forecast", {"city": "Lisbon"})["forecast"]) == 3
    assert len(session.execute("skycast::get_forecast", {"city": "Lisbon", "days": 6})["forecast"]) == 6


def test_an_address_is_that_of_who_stands_beside_it() -> None:
    """A doctor's, an adviser's, a carrier's, a hotel's."""
    session = open_seed_session()
    found = session.execute("care_desk::find_doctors", {"specialty": "surgery", "city": "Lisbon"})
    for doctor in found["doctors"]:
        assert doctor["doctor_email"] == write_email(doctor["doctor_name"].removeprefix("Dr. "))
    accounts = session.execute("harbour_bank::list_accounts", {})["accounts"]
    assert all(one["adviser_email"] == write_email(one["adviser"]) for one in accounts)
    assert len({one["adviser"] for one in accounts}) > 1


def test_rain_goes_with_the_sky() -> None:
    """A sunny day has little chance of rain, showers have much."""
    session = open_seed_session()
    days = [
        day
        for city in ("Lisbon", "Oslo", "Rome", "Lima", "Cork")
        for day in session.execute("skycast::get_forecast", {"city": city, "days": 14})["forecast"]
    ]
    fair = [day["rain_chance"] for day in days if day["condition"] in ("sunny", "clear")]
    wet = [day["rain_chance"] for day in days if day["condition"] in ("light rain", "showers")]
    assert fair and max(fair) <= 15
    assert wet and min(wet) >= 55


def test_sums_add_up(session: Session) -> None:
    """Converted amounts follow from the rate, a cart's total from its lines and the shipping."""
    arguments = {"amount": 250, "from_currency": "USD", "to_currency": "JPY"}
    converted = session.execute("trips::convert_currency", arguments)
    assert converted["converted_amount"] == pytest.approx(250 * converted["rate"])
    cart = session.execute("trips::get_cart", {})
    lines = sum(item["unit_price"] * item["quantity"] for item in cart["items"])
    assert cart["total"] == pytest.approx(lines + cart["shipping"])


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("hotels::fly", {}, "unknown_endpoint"),
        ("hotels::search_hotels", {"city": "Lisbon"}, "invalid_parameters"),
        ("hotels::search_hotels", {**SEARCH, "guests": "two"}, "invalid_parameters"),
        ("hotels::search_hotels", {**SEARCH, "guests": True}, "invalid_parameters"),
        ("hotels::search_hotels", {**SEARCH, "stars": 5}, "invalid_parameters"),
    ],
)
def test_what_is_wrong_is_refused(session: Session, name: str, arguments: dict[str, Json], code: str) -> None:
    """Unknown endpoints, missing, unknown and mistyped arguments."""
    assert session.execute(name, arguments)["error"]["code"] == code


def test_an_undeclared_reply_is_a_plain_success(session: Session) -> None:
    """Where the catalogue says nothing of a reply, it says that the call worked."""
    assert session.execute("trips::ping", {}) == {"status": "success"}


def test_calls_can_be_executed_again(executor: OfflineExecutor) -> None:
    """The same id and seed give the same answers; another conversation gives others."""
    first, again, other = (executor.open(name, 1) for name in ("conv_1_0001", "conv_1_0001", "conv_1_0002"))
    assert book(first) == book(again) != book(other)
    assert first.now == again.now


def test_an_answer_does_not_depend_on_calls_beside_it(executor: OfflineExecutor) -> None:
    """A repaired conversation may call less or more; what stays the same is answered the same."""
    alone, after = executor.open("conv_1_0001", 1), executor.open("conv_1_0001", 1)
    after.execute("trips::get_cart", {})
    search(after, city="Oslo")
    assert search(alone) == search(after)


def test_an_unavailable_service_is_there_the_second_time(registry: Registry) -> None:
    """At a rate of 1 every call fails once, and the same call succeeds when made again."""
    session = OfflineExecutor(registry, failure_rate=1, empty_rate=0).open("conv_1_0001", 1)
    refused = session.execute("hotels::search_hotels", SEARCH)
    assert refused["error"]["code"] == "unavailable"
    assert search(session)


def test_one_search_may_find_nothing(registry: Registry) -> None:
    """At a rate of 1 the first search is empty with a count of 0, and every later one finds something."""
    session = OfflineExecutor(registry, failure_rate=0, empty_rate=1).open("conv_1_0001", 1)
    empty = session.execute("hotels::search_hotels", SEARCH)
    assert empty == {"hotels": [], "total_results": 0} and is_empty(empty)
    assert search(session, city="Oslo")


@pytest.mark.parametrize(("failures", "empties"), [(0.04, 0.05), (0.3, 0.3)])
def test_mishaps_occur_at_their_rate(registry: Registry, failures: float, empties: float) -> None:
    """Over 400 conversations the shares are those that were asked for, within four standard deviations."""
    executor = OfflineExecutor(registry, failures, empties)
    replies = [executor.open(f"conv_1_{n}", 1).execute("hotels::search_hotels", SEARCH) for n in range(400)]
    refused = sum(is_error(reply) for reply in replies)
    empty = sum(is_empty(reply) for reply in replies if not is_error(reply))
    for count, total, rate in ((refused, 400, failures), (empty, 400 - refused, empties)):
        assert abs(count - rate * total) <= 4 * (total * rate * (1 - rate)) ** 0.5


def test_names_and_values_vary(executor: OfflineExecutor) -> None:
    """Among 60 searches hardly a hotel's name or price comes twice in the same place."""
    firsts = [search(executor.open(f"conv_1_{n}", 1))[0] for n in range(60)]
    assert len({hotel["name"] for hotel in firsts}) > 50
    assert len({hotel["price_per_night"] for hotel in firsts}) > 45
    assert len({hotel["hotel_id"] for hotel in firsts}) == 60


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["search", "look", "book", "cancel", "list"]), max_size=12), st.integers(0, 50)
)
def test_any_order_of_calls_keeps_names_and_ids(registry: Registry, moves: list[str], number: int) -> None:
    """Whatever is called when, one id has one name and one price, and no two things share an id."""
    session = OfflineExecutor(registry, 0.1, 0.1).open(f"conv_1_{number}", 1)
    hotels: dict[str, Json] = {}
    bookings: list[str] = []
    for move, place in zip(moves, itertools.count()):
        if move == "search":
            reply = session.execute("hotels::search_hotels", {**SEARCH, "guests": 1 + place % 3})
        elif move == "look" and hotels:
            reply = session.execute("hotels::get_hotel", {"hotel_id": sorted(hotels)[place % len(hotels)]})
        elif move == "book" and hotels:
            stay = {"guest_name": "Ana Silva", "check_in": "2026-09-01", "check_out": "2026-09-05"}
            reply = session.execute("hotels::book_hotel", {"hotel_id": min(hotels), **stay})
            bookings += [reply["booking_id"]] if not is_error(reply) else []
        elif move == "cancel" and bookings:
            reply = session.execute("hotels::cancel_booking", {"booking_id": bookings[0]})
        else:
            reply = session.execute("hotels::list_bookings", {})
        for found in [reply, *reply.get("hotels", [])]:
            if {"hotel_id", "name"} <= found.keys():
                seen = (found["name"], found["price_per_night"])
                assert hotels.setdefault(found["hotel_id"], seen) == seen
    assert not set(hotels) & set(bookings)
