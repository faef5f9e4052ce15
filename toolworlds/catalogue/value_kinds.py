"""What values look like, told from the name, type and entity of what holds them: a city, a price, a date."""

import re
from functools import cache, lru_cache
from pathlib import Path

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
_HOLDING = gather("condition status category genre cuisine")
_NAMELESS = gather("text name label value main")
_CURRENCIES = gather("USD EUR GBP JPY CHF SEK NOK DKK CAD AUD NZD PLN CZK")
_CODES = {"language": "[a-z]{2}", "country": "[A-Z]{2}"}
"""Kinds that may stand as a code of two letters."""


@cache
def _load_rules() -> tuple[dict[tuple[str, ...], list[tuple[int, str]]], list[frozenset[str]]]:
    """Name -> the rules that hold it as (place, kind); and the types of each rule."""
    rules = read_phrases(Path(__file__).with_name("value_kinds.yml"))
    index: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for place, rule in enumerate(rules):
        for name in rule["names"].split():
            index.setdefault(tuple(name.split("_")), []).append((place, rule["kind"]))
    return index, [TYPES[rule["of"]] for rule in rules]


@lru_cache(maxsize=65536)
def read_value_kind(
    name: str,
    type_: ValueType,
    entity: str = "",
    aspect: str = "",
    description: str = "",
    *,
    chosen: bool = False,
    example: Json = None,
) -> str:
    """The kind of the values; `id`, `boolean`, `choice` and `other` beside those of the rules.

    `chosen`: there is a closed set of them. `example` must be a text or a number, if anything.
    """
    if type_ in ("boolean", "object") or chosen:
        return "choice" if chosen and type_ != "boolean" else type_
    words = split_name(name)
    if aspect and entity != "symbol" and Kind(entity, aspect).identifies:
        return "id"
    text = example if isinstance(example, str) else ""
    if type_ == "string" and entity in ENTITY_KINDS and (not words or words[-1] in BARE):
        return _refine(ENTITY_KINDS[entity], words, entity, description, text)
    type_ = "string" if type_ == "array" else type_
    last = words[-1].rstrip("0123456789") if words else ""
    one = (*words[:-1], to_singular(last) if type_ == "string" else last)
    return _refine(_match(words, type_) or _match(one, type_) or "other", words, entity, description, text)


def read_held_kind(kind: str, name: str, holder: str) -> str:
    """The kind of a field whose key says nothing but that here stands what its object is called:
    `condition.text` is a condition."""
    if name not in _NAMELESS or kind not in ("text", "other", "name"):
        return kind
    held = read_value_kind(holder, "string")
    return held if held in _HOLDING else kind


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


def _refine(kind: str, words: tuple[str, ...], entity: str, description: str, text: str) -> str:
    """What the example and the description add: a time of day with its date, an airport's code."""
    past = kind.startswith("past") or bool(PAST & set(words))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) or re.search(r"YYYY-MM-DD(?!.{0,3}HH)", description):
        return "past_date" if past else "date"
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text) or "YYYY-MM-DD" in description:
        return "past_moment" if past else "moment"
    if re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
        return "time"
    if kind == "other" and text in _CURRENCIES:
        return "currency"
    if kind == "city" and re.search(r"\bISO 3166", description):
        return "country_code"
    if kind in _CODES and (re.fullmatch(_CODES[kind], text) or re.search(r"\bISO\b", description)):
        return f"{kind}_code"
    if kind == "city" and entity in ("event", "location") and words == ("location",):
        return "spot"
    if kind == "instruction" and re.search(r"\b(left|right|along|straight)\b", text):
        return "way"
    if kind in ("city", "other") and (
        re.search(r"\b(IATA|[Aa]irport code)\b", description) or re.fullmatch(r"[A-Z]{3}", text)
    ):
        return "airport" if kind == "city" or "irport" in description else kind
    if kind == "name" and entity in PEOPLE:
        return "person"
    if kind == "name" and _match(split_name(entity), "string") == "company":
        return "company"
    return kind
