"""What a user wants: values for everything that a chain asks of a person, alike where they mean the same."""

import random
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from conversations.execution.fields import Field, describe_parameter
from conversations.execution.names import (
    City,
    draw_name,
    draw_person,
    fill_pattern,
    load_cities,
    load_pools,
)
from conversations.execution.values import Scene, draw_value
from conversations.generation.phrasing import load_phrases
from toolworlds.language.nouns import to_singular
from toolworlds.language.words import gather, split_name, write_email
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Parameter, Span

_WORDED = frozenset(["query", "topic", "name", "other", "text", "message", "note"])
_OTHERS = frozenset(["recipient", "contact", "friend", "payee", "beneficiary", "sender"])
_STEADY = gather("symbol ip zodiac domain tracking first_name last_name username country_code language_code")
"""Kinds of which a person who asks for several things means one."""
_TRIES = 8
_EXAMPLE = re.compile(r"e\.g\.?,? *['\"]?([^'\"),;]+)")


@dataclass(slots=True)
class Wishes:
    """One user's wishes in one conversation; the same thing is asked for again with the same value."""

    rng: random.Random
    now: datetime
    me: str = ""
    """The user's own name."""
    home: City | None = None
    place: City | None = None
    day: date | None = None
    until: date | None = None
    _known: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.me = draw_person(self.rng)
        self.home, self.place = self.rng.sample(load_cities(), 2)
        self.day = self.now.date() + timedelta(days=self.rng.randint(3, 75))
        self.until = self.day + timedelta(days=self.rng.randint(1, 9))

    def wish(self, parameter: Parameter, endpoint: Endpoint) -> Json:
        """The value that this user gives for a parameter."""
        key = _share_key(parameter, endpoint)
        if key not in self._known:
            span = endpoint.find_span(parameter.name)
            if span is None:
                self._known[key] = self._draw(parameter, endpoint)
            else:
                self._wish_span(span, endpoint)
        return self._known[key]

    def _wish_span(self, span: Span, endpoint: Endpoint) -> None:
        """Draws both ends, the end after the start; one that was said before stays."""
        ends = [p for name in (span.start, span.end) for p in endpoint.parameters if p.name == name]
        keys = [_share_key(parameter, endpoint) for parameter in ends]
        for _ in range(_TRIES):
            drawn = sorted(self._draw(parameter, endpoint) for parameter in ends)
            start, end = (self._known.get(key, value) for key, value in zip(keys, drawn, strict=True))
            if start < end:
                break
        else:
            is_settled = keys[0] in self._known
            start, end = (start, self._shift(start, 1)) if is_settled else (self._shift(end, -1), end)
        self._known |= {keys[0]: start, keys[1]: end}

    def _shift(self, value: Json, sign: int) -> Json:
        """A value somewhat later or earlier, more or less."""
        if isinstance(value, int | float):
            return value + sign
        moment = datetime.fromisoformat(value) + timedelta(days=sign * self.rng.randint(1, 9))
        return moment.isoformat()[: len(value)]

    def change(self, parameter: Parameter, endpoint: Endpoint) -> Json:
        """Another value for the same parameter, after the first one led nowhere."""
        before = self.wish(parameter, endpoint)
        span, key = endpoint.find_span(parameter.name), _share_key(parameter, endpoint)
        ends = {p.name: self.wish(p, endpoint) for p in endpoint.parameters if span and p.name in span.names}
        for _ in range(_TRIES):
            self.home, self.place = self.rng.sample(load_cities(), 2)
            self._move_days()
            value = self._draw(parameter, endpoint)
            ends[parameter.name] = value
            if value != before and (span is None or ends[span.start] < ends[span.end]):
                self._known[key] = value
                return value
        return before

    def _move_days(self) -> None:
        """Other days, which keep their order with one that was said already."""
        end = self._known.get("date end")
        last = (date.fromisoformat(end) - self.now.date()).days - 1 if isinstance(end, str) else 75
        self.day = self.now.date() + timedelta(days=self.rng.randint(min(2, last), max(2, last)))
        if end is None:
            self.until = self.day + timedelta(days=self.rng.randint(1, 9))

    def _draw(self, parameter: Parameter, endpoint: Endpoint) -> Json:
        value = self._draw_one(parameter, describe_parameter(parameter), parameter.kind, endpoint)
        if parameter.type == "array" and not isinstance(value, list):
            return [value]
        return value

    def _draw_own(self, parameter: Parameter, endpoint: Endpoint) -> Json:
        """One of the values that `endpoints.yml` lists for the parameter, or a sentence to translate."""
        phrases = load_phrases("endpoints").get(endpoint.endpoint_id, {})
        own = phrases.get("values", {}).get(parameter.name)
        if own is None and phrases and parameter.name == "text":
            own = [one["English"] for one in load_pools()["translations"]]
        if own is None:
            return None
        value = fill_pattern(self.rng.choice(own), self.rng)
        return int(value) if parameter.type == "integer" else value

    def _draw_one(self, parameter: Parameter, described: Field, kind: str, endpoint: Endpoint) -> Json:
        if (own := self._draw_own(parameter, endpoint)) is not None:
            return own
        words = set(split_name(parameter.name))
        if kind in ("city", "airport"):
            city = self.home if parameter.side == "start" else self.place
            assert city is not None
            return city.airport if kind == "airport" else city.name
        if kind in ("date", "moment", "past_date") and parameter.type == "string":
            return self._draw_day(parameter, "new" in words)
        if kind in ("person", "email"):
            name = draw_person(self.rng) if words & _OTHERS else self.me
            return write_email(name) if kind == "email" else name
        if kind == "currency":
            return self._draw_currency()
        if kind in _WORDED and parameter.type in ("string", "array"):
            return self._draw_worded(parameter, described, endpoint)
        if kind == "address":
            return draw_value(described, self.rng, Scene(self.now), parameter.entity)
        if kind == "money":
            return self._draw_amount(parameter, described, endpoint)
        if kind == "rating" and parameter.side in ("min", "max"):
            return self.rng.choice((3.5, 4, 4.5)) if parameter.type == "number" else 4
        if parameter.type == "object":
            return {}
        scene = Scene(self.now, self.place, self.day)
        return draw_value(described, self.rng, scene, parameter.entity)

    def _draw_day(self, parameter: Parameter, is_new: bool) -> str:
        assert self.day and self.until
        if parameter.kind == "past_date":
            return (self.now.date() - timedelta(days=self.rng.randint(2, 300))).isoformat()
        day = self.until if parameter.side in ("end", "max") else self.day
        if is_new:
            day = self.until + timedelta(days=self.rng.randint(1, 12))
        if parameter.kind == "moment":
            minute = self.rng.choice(("00", "15", "30", "45"))
            return f"{day.isoformat()}T{self.rng.randint(8, 19):02}:{minute}:00"
        return day.isoformat()

    def _draw_currency(self) -> str:
        pool = load_pools()["currencies"]
        taken = [v for k, v in self._known.items() if k.startswith("currency")]
        return str(self.rng.choice([one for one in pool if one not in taken]))

    def _draw_worded(self, parameter: Parameter, described: Field, endpoint: Endpoint) -> str:
        """What is searched for or written: as the description, the default or the endpoint's reply has it."""
        examples = _EXAMPLE.findall(parameter.description)
        if isinstance(parameter.default, str) and parameter.default:
            examples.append(parameter.default)
        if parameter.entity not in load_pools()["names"]:
            examples = examples or find_examples(endpoint.returns_example, parameter.name)
        if examples:
            return str(self.rng.choice(examples)).strip()
        if parameter.kind in ("name", "other"):
            return draw_name(parameter.entity, self.rng)
        return str(draw_value(described, self.rng, Scene(self.now, self.place), parameter.entity))

    def _draw_amount(self, parameter: Parameter, described: Field, endpoint: Endpoint) -> Json:
        if parameter.side not in ("min", "max"):
            value: float = self.rng.choice((1, 1, 1, 5, 10)) * self.rng.randint(12, 480)
        else:
            nouns = _list_nouns(endpoint)
            drawn = draw_value(described, self.rng, Scene(self.now), nouns[0] if nouns else "")
            value = round(drawn * 1.5 / 10) * 10 or 10
        return int(value) if parameter.type == "integer" or value == int(value) else value


def find_examples(reply: Json, name: str) -> list[str]:
    """The texts that stand under a name in a reply."""
    if isinstance(reply, list):
        return [one for item in reply for one in find_examples(item, name)]
    if not isinstance(reply, dict):
        return []
    own = [value for key, value in reply.items() if key == name and isinstance(value, str) and value]
    return own + [one for value in reply.values() for one in find_examples(value, name)]


def _list_nouns(endpoint: Endpoint) -> list[str]:
    """What the endpoint is about, from its replies and its name."""
    entities = [f.entity for f in endpoint.returns_fields if f.aspect == "id" and "[]" in f.path]
    return [*entities, *map(to_singular, reversed(split_name(endpoint.name)))]


def _share_key(parameter: Parameter, endpoint: Endpoint) -> str:
    """Parameters with one key get one value."""
    kind, words = parameter.kind, set(split_name(parameter.name))
    if kind in ("city", "airport"):
        return f"{kind} {'home' if parameter.side == 'start' else 'place'}"
    if kind in ("date", "people", "nights"):
        is_last = kind == "date" and parameter.side in ("end", "max")
        return f"{kind} {'end' if is_last else parameter.name if 'new' in words else 'start'}"
    if kind in ("person", "email"):
        return f"{kind} {parameter.name if words & _OTHERS else ''}"
    if kind == "currency":
        return f"currency {parameter.name}"
    if kind in _STEADY:
        return f"{kind} {parameter.name}"
    return f"{endpoint.endpoint_id} {parameter.name}"
