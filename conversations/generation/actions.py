"""What an endpoint does, in words of somebody who wants it done; how values are tacked on and asked for."""

import random
import re
from calendar import day_name
from collections.abc import Collection
from functools import lru_cache

from conversations.generation.descriptions import PREPOSITIONS, describe_action
from conversations.generation.phrasing import load_phrases
from conversations.generation.scenario import Slot
from conversations.generation.spelling import plain_name
from toolworlds.language.nouns import is_plural, to_singular
from toolworlds.language.phrases import fill
from toolworlds.language.words import gather, join_words, split_name
from toolworlds.records.catalogues import Endpoint, Parameter

_TAIL = re.compile(
    rf" (?P<preposition>{PREPOSITIONS})(?: (?:a|an|the|your|any|some|this|two))?"
    rf"(?P<noun>(?: (?!(?:{PREPOSITIONS})\b)[\w-]+){{1,4}})"
    rf"(?= (?:{PREPOSITIONS})\b|$)"
)
_GENERIC = {
    "location": "city", "place": "city", "destination": "city", "area": "city", "region": "city",
    "dates": "date", "day": "date", "user": "person", "customer": "person", "keyword": "query",
    "term": "query", "subject": "topic",
}  # fmt: skip
_RECEIVING = gather("recipient payee beneficiary receiver")
_SORTING = gather("sort sorting order orderby ordering sortby")
_FLAG_WORDS = gather("is has have include includes including with show return get add enable use check")
_DAYS = gather("today tomorrow yesterday tonight now")
_VAGUE_NOUNS = gather("number name code value key type id data details list term")
_BOUNDED = gather("money rating minutes calories year distance rooms")
_CHOICES = 5
"""Values of a closed set, at most, that a question lists."""


def word_action(endpoint: Endpoint, spoken: Collection[str], rng: random.Random) -> str:
    """An imperative: `look for hotels`; without `in a city` where a value of such a kind is spoken."""
    verb, rest = describe_action(endpoint)
    known = {one for p in endpoint.parameters if p.natural and p.required for one in list_nouns(p)}

    def drop_spoken(tail: re.Match[str]) -> str:
        last = tail["noun"].split()[-1]
        return "" if _GENERIC.get(last, last) in spoken or _names(tail["noun"], known) else tail[0]

    rest = _TAIL.sub(drop_spoken, rest)
    phrase = rng.choice(load_phrases("actions")["verbs"].get(verb, [verb]))
    if verb in ("search", "find", "browse"):
        rest = re.sub(r"^(?:an? |the )?list of ", "", rest)
    return f"{phrase} {rest}"


def _names(noun: str, known: Collection[str]) -> bool:
    """Whether a noun phrase is one of these nouns, or ends with one: `stock symbol`."""
    words = [to_singular(word.lower()) for word in noun.split()]
    return any(" ".join(words[start:]) in known for start in range(len(words)))


@lru_cache(maxsize=65536)
def _list_nouns(name: str, entity: str, description: str) -> frozenset[str]:
    own = plain_name(name).lower()
    nouns = {own, f"{own} address", to_singular(own.split()[-1]) if own else own, entity}
    about = re.sub(r"^(?:the|a|an|your) ", "", description.lower().strip(" .!"))
    if len(about.split()) <= 3:
        nouns |= {about, about.removesuffix(" name")}
    return frozenset(nouns - _VAGUE_NOUNS - {""} | {own})


def list_nouns(parameter: Parameter) -> frozenset[str]:
    """What a description may call a parameter: `symbol`, `tracking number`, `company`."""
    named = parameter.aspect.rpartition(" ")[2] in ("name", "title", "code", "id")
    entity = parameter.entity.replace("_", " ") if named else ""
    return _list_nouns(parameter.name, entity, parameter.description)


def find_part(slot: Slot) -> str:
    """The part that a value plays in a request: its kind, or `start`, `end`, `origin`, `max`, …"""
    kind, side = slot.kind, slot.parameter.side
    words = set(split_name(slot.parameter.name))
    if kind in ("city", "airport", "address") and side:
        return "origin" if side == "start" else "destination"
    if kind in ("date", "moment", "past_date", "time") and (
        side in ("min", "max") or (side and slot.endpoint.find_span(slot.parameter.name))
    ):
        return "start" if side in ("start", "min") else "end"
    if kind in ("currency", "language") and side:
        return f"{kind}_from" if side == "start" else f"{kind}_to"
    if side in ("min", "max") and kind in _BOUNDED:
        return f"{side}_rated" if kind == "rating" else side
    if kind == "person" and words & _RECEIVING:
        return "recipient"
    if kind == "year" and words != {"year"}:
        return "born" if "birth" in words else "season" if "season" in words else "other"
    return "sort" if words & _SORTING and kind in ("choice", "other") else kind


def attach(slot: Slot, spelled: str, rng: random.Random) -> str:
    """A value as a part of a request: `in Lisbon`, `for two people`."""
    templates = load_phrases("actions")["attach"]
    name = plain_name(slot.parameter.name)
    part = find_part(slot)
    part = f"one_{part}" if spelled in ("1", "one") and f"one_{part}" in templates else part
    if slot.kind == "boolean":
        name = name_flag(slot.parameter)
        part = "flag" if spelled == "yes" else "no_flag"
    elif spelled in _DAYS:
        part = "day"
    elif spelled in day_name:
        part = "weekday"
    elif part not in templates and name in templates:
        part = name
    elif part not in templates or part == "other" or (part == slot.kind and _is_thing(slot)):
        part = _find_plain_part(slot, name, spelled)
    if spelled in ("1", "one"):
        name = to_singular(name)
    if part == "first_name" and any("last" in split_name(p.name) for p in slot.endpoint.required):
        part = "given_name"
    if part == "money" and slot.parameter.name == "amount":
        part = "amount"
    return fill(rng.choice(templates.get(part, templates["other"])), {"value": spelled, "name": name}, rng)


def _find_plain_part(slot: Slot, name: str, spelled: str) -> str:
    """The part of a value whose kind has no phrases of its own."""
    endpoint = slot.endpoint
    _, rest = describe_action(endpoint)
    nouns = list_nouns(slot.parameter)
    if _is_thing(slot):
        return "bare"
    if slot.parameter.type in ("integer", "number") and is_plural(name) and spelled.isalnum():
        return "counted"
    tail = next((t for t in _TAIL.finditer(rest) if _names(t["noun"], nouns)), None)
    first = tail and next(p for p in endpoint.parameters if _names(tail["noun"], list_nouns(p)))
    if tail and first == slot.parameter:
        return f"named_{tail['preposition']}"
    if (
        slot.kind != "name"
        and slot.parameter in endpoint.required[:1]
        and endpoint.intent in ("search", "retrieve")
        and len(spelled) < 30
    ):
        return "named_for"
    if slot.parameter.type in ("integer", "number"):
        return "sized"
    return "quoted" if len(spelled.split()) > 4 or spelled[-1:] in ".!?" else "other"


def _is_thing(slot: Slot) -> bool:
    """Whether a value is the very thing that the endpoint is about: `look up the IP address`."""
    endpoint = slot.endpoint
    _, rest = describe_action(endpoint)
    thing = re.sub(r"^(?:a|an|the|this|your) ", "", re.split(rf" (?:{PREPOSITIONS}) ", rest)[0])
    return (
        slot.kind not in ("name", "query")
        and slot.parameter in endpoint.required[:1]
        and _names(thing, list_nouns(slot.parameter))
        and not is_plural(thing)
    )


def name_flag(parameter: Parameter) -> str:
    """What a boolean parameter switches: `include_details` the details, `adultOnly` adult only."""
    words = [w for w in plain_name(parameter.name).split() if w.lower() not in _FLAG_WORDS]
    return " ".join(words) or "everything"


def name_wanted(slot: Slot, rng: random.Random) -> str:
    """What the assistant asks for: `the city`, `how many people it is for`."""
    templates = load_phrases("actions")["asks"]
    part = find_part(slot)
    name = name_flag(slot.parameter) if slot.kind == "boolean" else plain_name(slot.parameter.name)
    choices = [one for one in slot.parameter.enum if isinstance(one, str) and re.fullmatch("[a-z]+", one)]
    if slot.kind == "choice" and 2 <= len(choices) == len(slot.parameter.enum) <= _CHOICES:
        return f"the {name} ({join_words(choices, 'or')})"
    if (
        (part == "other" or part not in templates)
        and slot.parameter.type in ("integer", "number")
        and is_plural(name)
    ):
        part = "counted"
    return fill(rng.choice(templates.get(part, templates["other"])), {"name": name}, rng)
