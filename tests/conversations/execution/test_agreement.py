"""What replies of the seed catalogue say of one thing, and that it hangs together."""

import re

import pytest

from conversations.execution.agreement import find_street
from conversations.execution.names import find_city, load_pools
from conversations.execution.offline import OfflineExecutor, Session
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue
from toolworlds.records.base import Json

CONVERSATIONS = 40


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    registry = build_catalogue(SEED_TOOLS).catalogue.registry
    executor = OfflineExecutor(registry, failure_rate=0, empty_rate=0)
    return [executor.open(f"conv_1_{number:04}", 1) for number in range(CONVERSATIONS)]


def collect(sessions: list[Session], endpoint: str, listing: str, **arguments: Json) -> list[dict[str, Json]]:
    found = [item for session in sessions for item in session.execute(endpoint, arguments)[listing]]
    assert found
    return found


def test_places_stand_where_their_names_say(sessions: list[Session]) -> None:
    """A pharmacy on Elm Street has its address there, in its city; its name is written with capitals."""
    city = find_city("Oslo")
    assert city is not None
    places = collect(sessions, "way_point::find_places", "places", query="toy library", city="Oslo")
    named = [place for place in places if find_street(place["name"])]
    assert named
    assert all(find_street(place["name"]) == find_street(place["address"]) for place in named)
    assert all("Toy Library" in place["name"] for place in places)
    assert all(abs(place["latitude"] - city.latitude) < 0.1 for place in places)
    assert all(abs(place["longitude"] - city.longitude) < 0.1 for place in places)


def test_a_product_is_of_the_brand_that_it_is_named_after(sessions: list[Session]) -> None:
    """No Okami lamp by Vanta."""
    for product in collect(sessions, "corner_shop::search_products", "products", query="lamp"):
        assert product["product_name"].startswith(product["brand"])


def test_a_course_is_what_its_title_says(sessions: list[Session]) -> None:
    """Whoever it is held with teaches it, and eight weeks are eight."""
    courses = collect(sessions, "learn_well::search_courses", "courses", skill="pottery")
    held = [course for course in courses if " with " in course["title"]]
    timed = [course for course in courses if "eight weeks" in course["title"]]
    assert held and timed
    assert all(course["title"].endswith(course["teacher"]["name"]) for course in held)
    assert all(
        course["teacher"]["email"].split("@")[0].isascii() and "." in course["teacher"]["email"]
        for course in held
    )
    assert {course["weeks"] for course in timed} == {8}


def test_an_article_speaks_of_one_city(sessions: list[Session]) -> None:
    """Headline, summary, text and the place it is about name no two cities."""
    cities = {row[0] for row in load_pools()["cities"]}
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(cities, key=len, reverse=True)))})\b")
    for session in sessions:
        for article in session.execute("wire_news::search_news", {"topic": "opera"})["articles"]:
            told = session.execute("wire_news::read_article", {"article_id": article["article_id"]})
            texts = (article["headline"], article["summary"], told["article_text"])
            named = {city for text in texts for city in pattern.findall(text)}
            assert named <= {told["city"]}


def test_rooms_fit_their_hotel(sessions: list[Session]) -> None:
    """The cheapest costs what the hotel was said to cost; a single room has one bed."""
    for session in sessions[:10]:
        stay = {"city": "Lima", "check_in_date": "2027-05-01", "check_out_date": "2027-05-04"}
        hotel = session.execute("stay_finder::search_hotels", stay)["hotels"][0]
        rooms = session.execute("stay_finder::get_hotel_rooms", {"hotel_id": hotel["hotel_id"]})["rooms"]
        assert min(room["price_per_night"] for room in rooms) == hotel["price_per_night"]
        assert {room["beds"] for room in rooms if room["room_type"].startswith("single")} <= {1}


def test_weather_comes_in_the_units_asked_for(sessions: list[Session]) -> None:
    """Degrees Fahrenheit and miles an hour of the same weather."""
    for session in sessions[:10]:
        metric = session.execute("skycast::get_current_weather", {"city": "Lagos", "units": "metric"})
        imperial = session.execute("skycast::get_current_weather", {"city": "Lagos", "units": "imperial"})
        assert 15 < metric["temperature"] < 45 < 59 < imperial["temperature"]


def test_seats_are_where_they_were_wished(sessions: list[Session]) -> None:
    """A and F are at the window, C and D at the aisle."""
    for session in sessions[:10]:
        asked = {"origin_city": "Riga", "destination_city": "Rome", "departure_date": "2027-05-01"}
        flight = session.execute("sky_routes::search_flights", asked)["flights"][0]
        fare = session.execute("sky_routes::get_fare_details", {"flight_id": flight["flight_id"]})
        booking = {"fare_id": fare["fare_id"], "passenger_name": "Ana Silva", "seat_preference": "aisle"}
        assert session.execute("sky_routes::book_flight", booking)["seat"][-1] in "CD"


def test_a_rental_is_picked_up_in_the_city_of_its_car(sessions: list[Session]) -> None:
    """Also where the call that rents it names no city."""
    asked = {"pickup_city": "Cork", "pickup_date": "2027-05-01", "return_date": "2027-05-03"}
    for session in sessions[:10]:
        car = session.execute("road_ready::search_cars", asked)["cars"][0]
        days = {"pickup_date": "2027-05-01", "return_date": "2027-05-03"}
        rental = {"car_id": car["car_id"], "driver_name": "Ana Silva", **days}
        assert session.execute("road_ready::rent_car", rental)["address"].endswith(", Cork")


def test_a_way_takes_no_street_twice(sessions: list[Session]) -> None:
    """Nor does it turn into the street that it starts from."""
    for session in sessions:
        place = session.execute("way_point::find_places", {"query": "vet", "city": "Bergen"})["places"][0]
        asked = {"place_id": place["place_id"], "start_address": "5 Elm Street"}
        way = session.execute("way_point::get_directions", asked)
        streets = ["Elm Street", *(find_street(step["instruction"]) for step in way["steps"])]
        assert len(streets) == len(set(streets)) > 1


def test_own_addresses_lie_in_one_city(sessions: list[Session]) -> None:
    """Nobody works across an ocean from home; different people live in different cities."""
    homes = set()
    for session in sessions:
        cities = {a["city"] for a in session.execute("corner_shop::list_addresses", {})["addresses"]}
        assert len(cities) == 1
        homes |= cities
    assert len(homes) > CONVERSATIONS // 2


def test_titles_take_up_what_is_searched_for_without_saying_a_word_twice(sessions: list[Session]) -> None:
    """No `Lead warehouse lead`."""
    asked = {"job_title": "warehouse lead", "city": "Porto"}
    for job in collect(sessions, "career_board::search_jobs", "jobs", **asked):
        assert job["job_title"].lower().count("lead") == 1
