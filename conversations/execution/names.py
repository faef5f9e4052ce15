"""Names, places and sentences: drawn from `pools.yml` with the dice that are passed in."""

import random
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from toolworlds.language.phrases import fill, read_phrases
from toolworlds.language.words import raise_first
from toolworlds.records.base import Json

_TRIES = 6


class City(NamedTuple):
    """A place with what follows from it."""

    name: str
    country: str
    airport: str
    currency: str
    latitude: float
    longitude: float


def load_pools() -> Json:
    """`pools.yml`."""
    return read_phrases(Path(__file__).with_name("pools.yml"))


@cache
def load_cities() -> tuple[City, ...]:
    """All cities."""
    return tuple(City(*row) for row in load_pools()["cities"])


@lru_cache(maxsize=1024)
def find_city(text: str) -> City | None:
    """The city of this name or airport code."""
    wanted = text.strip().casefold()
    return next((c for c in load_cities() if wanted in (c.name.casefold(), c.airport.casefold())), None)


def draw_person(rng: random.Random) -> str:
    """A full name."""
    people = load_pools()["people"]
    return f"{rng.choice(people['first'])} {rng.choice(people['last'])}"


def draw_name(entity: str, rng: random.Random, theme: str = "", city: City | None = None) -> str:
    """What a thing of this kind may be called; it holds the theme where one was searched for."""
    pools = load_pools()
    patterns = (
        pools["names"].get(entity) or pools["names"].get(entity.split("_")[-1]) or pools["names"]["other"]
    )
    themed = pools["themed"].get(entity) or pools["themed"].get(entity.split("_")[-1])
    if theme and themed:
        return _draw_themed(themed, rng, theme, city)
    name = fill_pattern(rng.choice(patterns), rng, city)
    name = raise_first(name)
    if theme and theme.casefold() not in name.casefold():
        name = _work_in(name, theme)
    return name


def _draw_themed(patterns: list[str], rng: random.Random, theme: str, city: City | None) -> str:
    """A name that takes up the theme; no `Lead warehouse lead`, unless the theme itself says a word twice."""
    for _ in range(_TRIES):
        name = fill_pattern(rng.choice(patterns), rng, city, theme)
        said = [word for word in re.findall(r"\w{4,}", name.casefold()) if word in theme.casefold().split()]
        if len(said) == len(set(said)):
            break
    return name


def find_named_city(text: str) -> City | None:
    """The first city that a text names."""
    found = _city_names().search(text)
    return find_city(found[0]) if found else None


@cache
def _city_names() -> re.Pattern[str]:
    names = sorted((city.name for city in load_cities()), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")


def fill_pattern(pattern: str, rng: random.Random, city: City | None = None, theme: str = "") -> str:
    """The pattern with a word of each part; of the cities the one that is told, if any."""
    return fill(pattern, _Drawn(rng, city, theme))


class _Drawn(dict[str, str]):
    """Words for places, each drawn when it is asked for."""

    def __init__(self, rng: random.Random, city: City | None, theme: str) -> None:
        super().__init__(theme=theme)
        self._rng, self._city = rng, city

    def __missing__(self, part: str) -> str:
        if part == "person":
            return draw_person(self._rng)
        if part == "city":
            return (self._city or self._rng.choice(load_cities())).name
        if part == "n":
            return str(self._rng.randint(2, 9))
        return str(self._rng.choice(load_pools()["parts"][part]))


def _work_in(name: str, theme: str) -> str:
    return f"{name} {raise_first(theme)}"


def translate(text: str, language: str) -> str:
    """One of the known sentences in another language; any other text as it is."""
    pools = load_pools()
    for sentences in pools["translations"]:
        pattern = re.escape(sentences["English"]).replace(r"\{n\}", r"(?P<n>\d+)")
        found = re.fullmatch(pattern.replace(r"\{weekday\}", r"(?P<weekday>\w+)"), text)
        if found and language in sentences:
            parts = found.groupdict()
            if "weekday" in parts:
                place = pools["weekdays"]["English"].index(parts["weekday"])
                parts["weekday"] = pools["weekdays"][language][place]
            return fill(sentences[language], parts)
    return text
