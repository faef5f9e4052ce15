"""What kind of value a field holds, told from its name, type and entity: a city, a price, a date, a name."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from conversations.execution.names import load_pools
from toolworlds.catalogue.kinds import Kind
from toolworlds.language.nouns import to_singular
from toolworlds.language.phrases import read_phrases
from toolworlds.language.words import gather, split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import ValueType

TYPES: dict[str, frozenset[str]] = {
    "text": frozenset({"string"}),
    "number": frozenset({"integer", "number"}),
    "whole": frozenset({"integer"}),
    "any": frozenset({"string", "integer", "number"}),
}
PAST = gather(
    "created updated published posted ordered sent paid issued since observed executed received fetched"
)
ENTITY_KINDS = {
    "currency": "currency", "airport": "airport", "city": "city", "country": "country",
    "language": "language", "person": "person", "guest": "person", "passenger": "person",
    "email": "email", "timezone": "timezone",
}  # fmt: skip
"""Entities that tell the value, whatever the field is called: `from`, `to`, `base`."""
BARE = frozenset(["from", "to", "base", "target", "source", "quote", "name", "code", "for", "attendees"])
PEOPLE = gather(
    "person user customer patient attendee passenger guest contact doctor agent instructor driver author "
    "artist actor director employee student member candidate player traveler host recipient applicant "
    "tenant owner sender teacher organizer reviewer"
)
"""Entities whose name is a person's."""
_ALONE = frozenset(["from", "since", "after", "to", "until", "before"])
_BOUNDS = {
    "min": "min", "minimum": "min", "max": "max", "maximum": "max", "least": "min", "most": "max",
    "from": "min", "after": "min", "since": "min", "before": "max", "until": "max", "to": "max",
}  # fmt: skip
_PYTHON_TYPES: dict[ValueType, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict,
}  # fmt: skip
_CODES = {"language": "[a-z]{2}", "country": "[A-Z]{2}"}
"""Kinds that may stand as a code of two letters."""


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf of a reply or one parameter, as far as its values depend on it."""

    name: str
    type: ValueType
    entity: str = ""
    aspect: str = ""
    description: str = ""
    choices: tuple[Json, ...] = ()
    """The enum, if any."""
    example: Json = None
    told: str = ""
    """Its kind, where what it stands in tells that."""

    @property
    def last_aspect(self) -> str:
        """The aspect without the part it plays: a sender's account id is an id."""
        return self.aspect.rpartition(" ")[2]


def is_of_type(value: Json, type_: ValueType) -> bool:
    """Whether a value is of the type as catalogues name it; true and false are no numbers."""
    return type_ == "boolean" if isinstance(value, bool) else isinstance(value, _PYTHON_TYPES[type_])


@cache
def _load_rules() -> tuple[dict[tuple[str, ...], list[tuple[int, str]]], list[frozenset[str]]]:
    """Name -> the rules that hold it as (place, kind); and the types of each rule."""
    rules = read_phrases(Path(__file__).with_name("kinds.yml"))
    index: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for place, rule in enumerate(rules):
        for name in rule["names"].split():
            index.setdefault(tuple(name.split("_")), []).append((place, rule["kind"]))
    return index, [TYPES[rule["of"]] for rule in rules]


@lru_cache(maxsize=65536)
def find_kind(field: Field) -> str:
    """The kind of a field's values; `id`, `boolean`, `choice` and `other` beside those of the rules."""
    if field.told:
        return field.told
    if field.type == "boolean":
        return "boolean"
    if field.choices:
        return "choice"
    words = split_name(field.name)
    if field.aspect and field.entity != "symbol" and Kind(field.entity, field.aspect).identifies:
        return "id"
    if field.type == "string" and field.entity in ENTITY_KINDS and (not words or words[-1] in BARE):
        return _refine(ENTITY_KINDS[field.entity], field)
    type_ = "string" if field.type == "array" else field.type
    last = words[-1].rstrip("0123456789") if words else ""
    one = (*words[:-1], to_singular(last) if type_ == "string" else last)
    return _refine(_match(words, type_) or _match(one, type_) or "other", field)


def _match(words: tuple[str, ...], type_: str) -> str | None:
    """The surest rule for the longest name that ends the field's, begins it, or stands anywhere in it."""
    index, types = _load_rules()
    spans = [words[start:] for start in range(len(words))]
    spans += [words[:end] for end in range(len(words) - 1, 0, -1)]
    spans += [(word,) for word in words]
    for number, span in enumerate(spans):
        fitting = [(place, kind) for place, kind in index.get(span, ()) if type_ in types[place]]
        if fitting and (number < len(words) or min(fitting)[1] != "text"):
            return min(fitting)[1]
    return None


def _refine(kind: str, field: Field) -> str:
    """What the example and the description add: a time of day with its date, an airport's code."""
    text = field.example if isinstance(field.example, str) else ""
    past = kind.startswith("past") or bool(PAST & set(split_name(field.name)))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) or re.search(r"YYYY-MM-DD(?!.{0,3}HH)", field.description):
        return "past_date" if past else "date"
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text) or "YYYY-MM-DD" in field.description:
        return "past_moment" if past else "moment"
    if re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
        return "time"
    if kind == "other" and text in load_pools()["currencies"]:
        return "currency"
    if kind == "city" and re.search(r"\bISO 3166", field.description):
        return "country_code"
    if kind in _CODES and (re.fullmatch(_CODES[kind], text) or re.search(r"\bISO\b", field.description)):
        return f"{kind}_code"
    if kind == "city" and field.entity in ("event", "location") and field.name == "location":
        return "spot"
    if kind == "instruction" and re.search(r"\b(left|right|along|straight)\b", text):
        return "way"
    if kind in ("city", "other") and (
        re.search(r"\b(IATA|[Aa]irport code)\b", field.description) or re.fullmatch(r"[A-Z]{3}", text)
    ):
        return "airport" if kind == "city" or "irport" in field.description else kind
    if kind == "name" and field.entity in PEOPLE:
        return "person"
    if kind == "name" and _match(split_name(field.entity), "string") == "company":
        return "company"
    return kind


@lru_cache(maxsize=65536)
def find_bound(name: str) -> str | None:
    """`min` or `max` where a parameter bounds values instead of naming one."""
    words = split_name(name)
    ends = (words[0], words[-1]) if len(words) > 1 or name in _ALONE else ()
    return next((_BOUNDS[word] for word in ends if word in _BOUNDS), None)
