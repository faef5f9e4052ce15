"""What follows from where a city lies: coordinates, how warm it is on a day, how long one flies there."""

import math
import random
from datetime import date, datetime

from conversations.execution.names import City

_NEAR = 0.06
"""Degrees, at most, between a place and the middle of its city."""
_EARTH = 6371
_KILOMETRES_A_MINUTE = 13.5
_ON_THE_GROUND = 35
"""Minutes of a flight spent below cruising speed."""


def draw_latitude(rng: random.Random, city: City | None) -> float:
    """Within the city, where there is one."""
    return round(city.latitude + rng.uniform(-_NEAR, _NEAR) if city else rng.uniform(-40, 60), 4)


def draw_longitude(rng: random.Random, city: City | None) -> float:
    """Within the city, where there is one."""
    return round(city.longitude + rng.uniform(-_NEAR, _NEAR) if city else rng.uniform(-120, 140), 4)


def find_usual_high(city: City, day: date | datetime) -> float:
    """Degrees Celsius in the afternoon, as a rule: from the latitude and the season."""
    whole_year = 29 - 0.45 * max(0.0, abs(city.latitude) - 18)
    swing = min(12.0, 0.25 * abs(city.latitude))
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday - 200) / 365)
    return whole_year + swing * (season if city.latitude >= 0 else -season)


def count_flight_minutes(origin: City, destination: City) -> int:
    """From departure to arrival by the clocks of both places, to five minutes."""
    aloft = _ON_THE_GROUND + _measure(origin, destination) / _KILOMETRES_A_MINUTE
    zones = round(destination.longitude / 15) - round(origin.longitude / 15)
    return 5 * round(aloft / 5) + 60 * zones


def _measure(one: City, other: City) -> float:
    """Kilometres along the great circle."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    half = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(half))
