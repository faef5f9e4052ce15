"""Replies over a catalogue whose fields say little: kinds from what they stand in, one thing throughout."""

from functools import cache
from pathlib import Path

import pytest

from conversations.execution.names import find_city, load_pools
from conversations.execution.offline import OfflineExecutor
from toolworlds.catalogue.artifacts import build_catalogue
from toolworlds.records.base import Json
from toolworlds.world.calls import is_empty

FOREIGN = Path(__file__).parents[1] / "generation" / "foreign_tools.json"


@cache
def build_executor() -> OfflineExecutor:
    return OfflineExecutor(build_catalogue(FOREIGN).catalogue.registry, failure_rate=0, empty_rate=0)


def call(number: int, *calls: tuple[str, dict[str, Json]]) -> Json:
    """The last of some calls of one session."""
    session = build_executor().open(f"conv_1_{number}", 1)
    return [session.execute(name, arguments) for name, arguments in calls][-1]


def test_nested_objects_are_of_the_thing_that_was_asked_for() -> None:
    """`data.coin` is the coin whose id was given, with its name."""
    session = build_executor().open("conv_1_0001", 1)
    coins = session.execute("coin_pulse::list_coins", {})["data"]["coins"]
    coin = session.execute("coin_pulse::get_coin", {"uuid": coins[1]["uuid"]})["data"]["coin"]
    assert {key: coin[key] for key in ("uuid", "symbol", "name")} == {
        key: coins[1][key] for key in ("uuid", "symbol", "name")
    }
    assert len({one["price"] for one in coins}) > 1


@pytest.mark.parametrize("number", range(8))
def test_what_stands_together_belongs_together(number: int) -> None:
    """City and country, symbol and company, low and high of a fare, people and their names."""
    place = call(number, ("whereip::lookup", {"ip": "203.0.113.9"}))
    city = find_city(place["city"])
    assert city and city.country == place["country_name"]
    found = call(number, ("tickertape::company_profile", {"symbol": "KSTR"}))
    assert found["companyName"] == dict(load_pools()["symbols"])["KSTR"]
    trip: dict[str, Json] = {"pickupAddress": "1 Mill Lane", "dropoffAddress": "2 Mill Lane"}
    fare = call(number, ("openrides::estimatefare", trip))["estimate"]
    assert 5 < fare["low"] < fare["high"] < 40
    sought: dict[str, Json] = {"lastName": "Marlow", "firstName": "Edith", "birthYear": 1880}
    people = call(number, ("rootsfinder::searchancestors", sought))["persons"]
    assert {one["fullName"] for one in people} == {"Edith Marlow"}
    assert {one["birthDate"][:4] for one in people} == {"1880"}


def test_kinds_come_from_what_a_field_stands_in() -> None:
    """`condition.text` is a condition, `location.name` the place that was asked for."""
    weather = call(1, ("geo_weather::current_json", {"q": "Porto"}))
    assert weather["current"]["condition"]["text"] in load_pools()["words"]["condition"]
    assert weather["location"]["name"] == "Porto"


def test_days_end_where_the_call_ends_them() -> None:
    """Also where it says no first day."""
    paid = call(1, ("tickertape::dividends", {"symbol": "KSTR", "to": "2026-05-01"}))["data"]
    assert paid and all(one["exDate"] <= "2026-05-01" for one in paid)


def test_things_without_ids_differ() -> None:
    """A list holds no two that are the same in all."""
    reply = call(1, ("wordsmithy::dictionary", {"word": "brisk"}))["definitions"]
    assert len(reply) == len({str(one) for one in reply})


def test_emptiness_is_seen_through_wrappers() -> None:
    """Lists count wherever objects hold them."""
    assert is_empty({"api": {"results": 0, "teams": []}})
    assert not is_empty({"api": {"results": 1, "teams": [{"id": 1}]}})
    assert not is_empty({"api": {"results": 0}})
