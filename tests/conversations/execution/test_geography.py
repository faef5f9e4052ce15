"""Where cities lie and what follows."""

from datetime import date

from conversations.execution.geography import count_flight_minutes, find_usual_high
from conversations.execution.names import City, find_city, load_cities


def find(name: str) -> City:
    city = find_city(name)
    assert city is not None
    return city


def test_every_city_lies_somewhere_of_its_own() -> None:
    """No two share their coordinates, and all are on the globe."""
    spots = [(city.latitude, city.longitude) for city in load_cities()]
    assert len(set(spots)) == len(spots)
    assert all(-90 < latitude < 90 and -180 < longitude < 180 for latitude, longitude in spots)


def test_seasons_are_those_of_the_hemisphere() -> None:
    """July is warm in Oslo and cool in Hobart; Singapore hardly knows the difference."""
    january, july = date(2026, 1, 20), date(2026, 7, 20)
    assert find_usual_high(find("Oslo"), july) > find_usual_high(find("Oslo"), january) + 15
    assert find_usual_high(find("Hobart"), january) > find_usual_high(find("Hobart"), july) + 15
    gap = find_usual_high(find("Singapore"), july) - find_usual_high(find("Singapore"), january)
    assert abs(gap) < 2


def test_flights_take_as_long_as_the_way_is_by_the_clocks_of_both_ends() -> None:
    """Eastwards the clock runs ahead, westwards it is caught up with; both ways make twice the time aloft."""
    there = count_flight_minutes(find("New York"), find("Los Angeles"))
    back = count_flight_minutes(find("Los Angeles"), find("New York"))
    assert there < 240 < 480 < back
    assert 10 * 60 < there + back < 12 * 60 + 30
