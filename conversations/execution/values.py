"""Believable values by kind: names, places, prices, days. All is drawn from the dice that are passed in."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from conversations.execution.examples import draw_near, draw_number_text, draw_share, draw_year
from conversations.execution.fields import Field
from conversations.execution.geography import draw_latitude, draw_longitude
from conversations.execution.names import (
    City,
    draw_name,
    draw_person,
    fill_pattern,
    load_cities,
    load_pools,
    translate,
)
from toolworlds.catalogue.value_kinds import PEOPLE
from toolworlds.language.words import gather, write_email
from toolworlds.records.base import Json

_CODED = "[a-z]+(_[a-z]+)+"
"""How closed sets are written, whose other members nobody knows."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Scene:
    """What values of one call have in common."""

    now: datetime
    city: City | None = None
    day: date | None = None
    """The day that the call is about."""
    theme: str = ""
    """What was searched for."""
    currency: str = ""
    first_name: str = ""
    last_name: str = ""
    born: int = 0
    """Of the people who are sought."""
    language: str = ""
    """Into which something is to be translated."""


_NOWHERE = Scene(datetime(2026, 1, 1))


def draw_id(entity: str, field: Field, rng: random.Random) -> Json:
    """A new id in the manner of the example, else `HTL-48213`; a number where the field is one."""
    if field.type in ("integer", "number"):
        return rng.randrange(100_000, 1_000_000)
    example = field.example if isinstance(field.example, str) else ""
    prefix = re.match(r"[A-Za-z]{1,10}[-_]?", example)
    if prefix and re.search(r"\d", example):
        return f"{prefix[0]}{rng.randrange(10_000, 100_000)}"
    return f"{abbreviate(entity)}-{rng.randrange(10_000, 100_000)}"


def draw_code(field: Field, rng: random.Random) -> Json:
    """A code in the manner of the example, else three letters and four digits."""
    if field.type != "string":
        return rng.randrange(100_000, 1_000_000)
    example = (
        field.example if isinstance(field.example, str) and re.search(r"\d", field.example) else "ABC1234"
    )
    signs = (
        rng.choice(_DIGITS) if s.isdigit() else rng.choice(_LETTERS) if s.isupper() else s for s in example
    )
    return "".join(signs)


@lru_cache(maxsize=4096)
def abbreviate(entity: str) -> str:
    """Three capitals: first letter and consonants of the last word, `HTL` for a hotel."""
    word = re.sub(r"[^a-z]", "", entity.split("_")[-1].lower()) or "item"
    letters = word[0] + re.sub(r"[aeiou]", "", word[1:]) + word[1:]
    return letters[:3].upper()


def draw_value(field: Field, rng: random.Random, scene: Scene, entity: str = "") -> Json:
    """A value of the field, in its type; `entity` is the thing that it belongs to."""
    maker = _MAKERS.get(field.kind)
    value = maker(rng, scene, field, entity) if maker else _draw_from_pool(field.kind, field, rng)
    return fit_type(value, field)


def fit_type(value: Json, field: Field) -> Json:
    """The value in the field's type, with as many decimals as such values have."""
    if field.type == "integer" and isinstance(value, float):
        return round(value)
    if field.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        return value if not isinstance(field.example, float) else float(value)
    if field.type == "string" and not isinstance(value, str):
        return str(value)
    return value


def _draw_from_pool(kind: str, field: Field, rng: random.Random) -> Json:
    pools = load_pools()
    if field.example == "" or (isinstance(field.example, str) and re.fullmatch(_CODED, field.example)):
        return field.example
    words = pools["words"].get(kind) or pools["words"].get(field.name)
    if words and field.type in ("string", "array"):
        word = fill_pattern(rng.choice(words), rng)
        return word.lower() if isinstance(field.example, str) and field.example.islower() else word
    if field.type == "string" and field.name in pools["names"]:
        return draw_name(field.name, rng)
    if isinstance(field.example, str) and re.fullmatch(r"[A-Z]{1,3}[ -]?\d{2,5}", field.example):
        return draw_code(field, rng)
    if field.type in ("integer", "number"):
        return draw_near(field.example, rng)
    if isinstance(field.example, str) and field.example and field.example != "string":
        return draw_number_text(field.example, rng) or field.example
    return draw_name("other", rng)


def _word(rng: random.Random, kind: str) -> str:
    return str(rng.choice(load_pools()["words"][kind]))


def _money(rng: random.Random, scene: Scene, field: Field, entity: str) -> Json:
    low, high = _PRICES.get(entity) or _PRICES.get(entity.split("_")[-1]) or (15, 240)
    for word, (least, most) in _AMOUNTS.items():
        if word in field.name:
            low, high = least, most
    if isinstance(field.example, int | float) and not isinstance(field.example, bool) and field.example > 0:
        low, high = field.example * 0.5, field.example * 1.8
    amount = rng.uniform(low, high)
    if high < 5 and field.type != "integer":
        return round(amount, 2)
    if amount > 5000:
        return int(round(amount, -2))
    return round(amount) if high > 900 or field.type == "integer" else round(amount * 2) / 2


_PRICES: dict[str, tuple[float, float]] = {
    "hotel": (70, 320), "room": (80, 340), "flight": (60, 780), "restaurant": (20, 90), "product": (12, 240),
    "book": (8, 35), "ticket": (12, 95), "event": (15, 120), "movie": (9, 18), "course": (30, 400),
    "car": (30, 120), "property": (120_000, 900_000), "listing": (120_000, 900_000), "stock": (20, 450),
    "train": (15, 140), "tour": (20, 130), "subscription": (5, 40),
}  # fmt: skip
"""What a thing costs, from and to."""
_AMOUNTS: dict[str, tuple[float, float]] = {
    "salary": (32_000, 120_000), "rent": (700, 3200), "market_cap": (1e9, 9e10), "budget": (200, 3000),
    "fee": (2, 25), "tax": (2, 30), "shipping": (4, 18), "balance": (120, 8000),
}  # fmt: skip
"""Amounts that their own name tells."""


def _day(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    if entity in ("transaction", "article", "review", "message", "payment"):
        return (scene.now.date() - timedelta(days=rng.randint(1, 28))).isoformat()
    return (scene.day or scene.now.date() + timedelta(days=rng.randint(4, 120))).isoformat()


def _past_day(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    if scene.born and "birth" in field.name:
        return date(scene.born, rng.randint(1, 12), rng.randint(1, 28)).isoformat()
    known = _read_year(field.example)
    if known and known < scene.now.year - 30:
        return date(known + rng.randint(-15, 15), rng.randint(1, 12), rng.randint(1, 28)).isoformat()
    reach = 9000 if "release" in field.name or "birth" in field.name else 45
    return (scene.now.date() - timedelta(days=rng.randint(1, reach))).isoformat()


def _read_year(example: Json) -> int | None:
    return int(example[:4]) if isinstance(example, str) and re.match(r"\d{4}-\d\d", example) else None


def _clock(rng: random.Random, name: str = "") -> time:
    least, most = _HOURS.get(name, (7, 21))
    return time(rng.randint(least, most), rng.choice((0, 0, 10, 15, 20, 30, 30, 40, 45, 50)))


def _moment(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    day = scene.day or scene.now.date() + timedelta(days=rng.randint(2, 60))
    return spell_moment(datetime.combine(day, _clock(rng)), field)


_PLACES = frozenset(["location", "city", "town"])
_HOURS = {"sunrise": (5, 7), "sunset": (17, 21), "moonrise": (14, 20), "moonset": (3, 8)}
_JUST_NOW = gather("updated fetched timestamp booked placed cancelled as paid executed sent observed")


def _past_moment(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    if _JUST_NOW & set(field.name.split("_")):
        return spell_moment(scene.now, field)
    return spell_moment(scene.now - timedelta(minutes=rng.randint(60, 60_000)), field)


def spell_moment(moment: datetime, field: Field) -> str:
    """A date-time as the example writes it, with or without its zone and seconds."""
    example = field.example if isinstance(field.example, str) else "T00:00:00Z"
    text = moment.isoformat(timespec="seconds" if len(example.rstrip("Z")) != 16 else "minutes")
    return text.replace("T", " " if example[10:11] == " " else "T") + ("Z" if example.endswith("Z") else "")


def _city(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    return (scene.city or rng.choice(load_cities())).name


def _address(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    street = f"{rng.randint(1, 180)} {rng.choice(load_pools()['parts']['street'])}"
    return f"{street}, {scene.city.name}" if scene.city else street


def _name(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    own = entity or field.entity
    if scene.city and (own in _PLACES or field.entity in _PLACES):
        return scene.city.name
    if entity and field.entity != entity and field.entity in load_pools()["names"]:
        return draw_name(field.entity, rng)
    return draw_person(rng) if own in PEOPLE else draw_name(own, rng, scene.theme, scene.city)


def _person(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    first, _, last = draw_person(rng).partition(" ")
    own = not field.entity or field.entity in (entity, "full")
    name = f"{(own and scene.first_name) or first} {(own and scene.last_name) or last}"
    return f"Dr. {name}" if field.entity == "doctor" else name


def _text(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    texts = load_pools()["texts"]
    own = texts.get(field.name) or texts.get(entity)
    if isinstance(field.example, str) and field.example and not scene.theme and entity not in texts:
        return field.example
    own = own or texts["other"]
    subject = scene.theme or entity.replace("_", " ") or "the subject"
    return fill_pattern(rng.choice(own), rng, scene.city, subject)


def _symbol(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    return str(rng.choice(load_pools()["symbols"])[0])


def _company(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    return draw_name(field.name if field.name in load_pools()["names"] else "company", rng)


def _tracking(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(3)) + str(rng.randrange(1000, 10_000))


def _postcode(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    return str(rng.randrange(10_000, 99_999))


def _status(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    return field.example if isinstance(field.example, str) and field.example else "active"


def _translation(rng: random.Random, scene: Scene, field: Field, entity: str) -> str:
    """The sentence in the language that the call names, where it is known; else the sentence itself."""
    return translate(scene.theme, scene.language) if scene.theme else _text(rng, scene, field, entity)


def _rating(rng: random.Random, scene: Scene, field: Field, entity: str) -> float:
    """Of five, or of ten where the example is."""
    of_ten = isinstance(field.example, int | float) and field.example > 5
    return round(rng.uniform(6.9, 9.6) if of_ten else rng.uniform(3.4, 4.9), 1)


def _is_unusual(minutes: Json) -> bool:
    """Whether an example's minutes are fewer or more than those of most things."""
    return isinstance(minutes, int) and minutes > 1 and not 10 <= minutes <= 300


_BY_DAY = frozenset(["event", "meeting", "slot", "appointment", "lesson"])
Maker = Callable[[random.Random, Scene, Field, str], Json]


def _integer(low: int, high: int) -> Maker:
    return lambda rng, scene, field, entity: rng.randint(low, high)


def _decimal(low: float, high: float, digits: int) -> Maker:
    return lambda rng, scene, field, entity: round(rng.uniform(low, high), digits)


_MAKERS: dict[str, Maker] = {
    "boolean": lambda rng, scene, field, entity: rng.random() < 0.8,
    "choice": lambda rng, scene, field, entity: rng.choice(field.choices),
    "id": lambda rng, scene, field, entity: draw_id(field.entity or entity, field, rng),
    "latitude": lambda rng, scene, field, entity: draw_latitude(rng, scene.city),
    "longitude": lambda rng, scene, field, entity: draw_longitude(rng, scene.city),
    "currency": lambda rng, scene, field, entity: scene.currency or field.example or "EUR",
    "timezone": lambda rng, scene, field, entity: rng.choice(("UTC", "UTC+1", "UTC+2", "UTC-5")),
    "email": lambda rng, scene, field, entity: write_email(draw_person(rng)),
    "phone": lambda rng, scene, field, entity: f"+1 555 01{rng.randrange(10, 100)}",
    "url": lambda rng, scene, field, entity: f"https://example.com/{rng.randrange(1000, 10_000)}",
    "airport": lambda rng, scene, field, entity: (scene.city or rng.choice(load_cities())).airport,
    "postcode": _postcode,
    "address": _address,
    "country": lambda rng, scene, field, entity: (scene.city or rng.choice(load_cities())).country,
    "city": _city,
    "first_name": lambda rng, scene, field, entity: (
        scene.first_name or rng.choice(load_pools()["people"]["first"])
    ),
    "last_name": lambda rng, scene, field, entity: (
        scene.last_name or rng.choice(load_pools()["people"]["last"])
    ),
    "username": lambda rng, scene, field, entity: write_email(draw_person(rng)).split("@")[0],
    "person": _person,
    "past_date": _past_day,
    "past_moment": _past_moment,
    "moment": _moment,
    "date": _day,
    "time": lambda rng, scene, field, entity: (
        time(rng.randint(8, 17), rng.choice((0, 15, 20, 30, 40, 45)))
        if entity in _BY_DAY
        else _clock(rng, field.name)
    ).isoformat("minutes"),
    "year": lambda rng, scene, field, entity: draw_year(field, scene.now.year, rng),
    "month": lambda rng, scene, field, entity: rng.randint(1, 12),
    "weekday": lambda rng, scene, field, entity: rng.choice(load_pools()["parts"]["weekday"]),
    "nights": _integer(1, 7),
    "days": _integer(2, 7),
    "hours": lambda rng, scene, field, entity: (
        rng.choice((20, 24, 30, 32, 36, 38, 40)) if "week" in field.name else rng.randint(1, 12)
    ),
    "weeks": _integer(2, 12),
    "minutes": lambda rng, scene, field, entity: (
        draw_near(field.example, rng) if _is_unusual(field.example) else 5 * rng.randint(3, 36)
    ),
    "ip": lambda rng, scene, field, entity: f"203.0.113.{rng.randint(1, 254)}",
    "duration_text": lambda rng, scene, field, entity: f"{rng.randint(1, 4)} h {5 * rng.randint(1, 11)} min",
    "rate": _decimal(0.4, 2.5, 4),
    "percent": lambda rng, scene, field, entity: draw_share(field, rng),
    "change": _decimal(-6, 6, 2),
    "rating": _rating,
    "score": lambda rng, scene, field, entity: (
        draw_share(field, rng) if isinstance(field.example, float) else rng.randint(40, 98)
    ),
    "temperature": _integer(4, 31),
    "wind": _integer(4, 38),
    "air_quality": _integer(18, 120),
    "uv": _integer(1, 9),
    "money": _money,
    "people": lambda rng, scene, field, entity: (
        rng.choice((4, 5, 5, 7)) if entity in ("car", "vehicle") else rng.randint(1, 6)
    ),
    "translation": _translation,
    "topic": lambda rng, scene, field, entity: (
        draw_name(entity if scene.theme else field.name, rng, scene.theme, scene.city)
        if entity in load_pools()["themed"]
        else scene.theme or _word(rng, "topic")
    ),
    "quantity": _integer(1, 5),
    "count": lambda rng, scene, field, entity: (
        draw_near(field.example, rng) if isinstance(field.example, int) else rng.randint(2, 60)
    ),
    "limit": lambda rng, scene, field, entity: rng.choice((3, 4, 5)),
    "page": lambda rng, scene, field, entity: 1,
    "calories": lambda rng, scene, field, entity: 10 * rng.randint(12, 78),
    "grams": _integer(2, 48),
    "weight": _decimal(0.3, 18, 1),
    "distance": lambda rng, scene, field, entity: (
        draw_near(field.example, rng)
        if isinstance(field.example, int | float) and field.example > 60
        else 50 * rng.randint(2, 40)
        if re.search(r"\bmet(er|re)s?\b", field.description)
        else round(rng.uniform(0.4, 24), 1)
    ),
    "area": _integer(35, 210),
    "rooms": _integer(1, 4),
    "age": lambda rng, scene, field, entity: draw_near(field.example or 42, rng),
    "rank": _integer(1, 20),
    "term_years": _integer(1, 12),
    "symbol": _symbol,
    "status": _status,
    "tracking": _tracking,
    "seat": lambda rng, scene, field, entity: f"{rng.randint(1, 32)}{rng.choice('ABCDEF')}",
    "text": _text,
    "message": lambda rng, scene, field, entity: "Your request was processed.",
    "question": lambda rng, scene, field, entity: f"How does {_word(rng, 'topic')} work?",
    "query": lambda rng, scene, field, entity: scene.theme or _word(rng, "topic"),
    "category": lambda rng, scene, field, entity: (
        field.example if isinstance(field.example, str) and field.example else _word(rng, "category")
    ),
    "brand": lambda rng, scene, field, entity: rng.choice(load_pools()["parts"]["maker"]),
    "name": _name,
    "company": _company,
}
