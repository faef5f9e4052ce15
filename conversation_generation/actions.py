"""What an endpoint does, in words of somebody who wants it done; how values are tacked on and asked for."""

import random
import re
from collections.abc import Collection
from functools import lru_cache

from conversation_generation.phrasing import fill, load_phrases
from conversation_generation.scenario import Slot
from conversation_generation.spelling import plain_name
from records.catalogues import Endpoint
from tool_catalogue.executor.fields import find_bound, split_name

_LEADS = re.compile(
    r"^(this (endpoint|api|method|call|tool|function)( will| can)?|allows? (you|users?|clients?) to|"
    r"use (this|it) to|endpoint (to|for)|api (to|for)|you can|used to|lets you|enables you to)\s+",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(specific|given|particular|certain|specified|provided|detailed|single)\s+", re.IGNORECASE
)
_ANY_ONE = re.compile(
    r" (?:in|for|near|at|of|from|to|around|on|between) (?:a|an|the|your|any|some) (?:(\w+) )?(\w+)\b"
)
_GENERIC = {
    "location": "city", "place": "city", "destination": "city", "area": "city", "region": "city",
    "dates": "date", "day": "date", "user": "person", "customer": "person", "keyword": "query",
    "term": "query", "subject": "topic",
}  # fmt: skip
_STARTS = frozenset("in checkin start from begin departure pickup since after".split())  # noqa: SIM905 - plainer
_ENDS = frozenset("out checkout end to until return dropoff before".split())  # noqa: SIM905 - plainer


@lru_cache(maxsize=65536)
def describe_action(endpoint_id: str, name: str, description: str, intent: str) -> tuple[str, str]:
    """(verb, object) of what the endpoint does: `search`, `hotels`; of its name without one."""
    phrases = load_phrases("actions")
    text = _VAGUE.sub("", _LEADS.sub("", re.split(r"(?<=[a-z)])[.!?](\s|$)", description.strip())[0]))
    text = re.sub(r"\([^()]*\)|\b[\w-]*[_:]{1,2}[\w:]+\b|[{}<>\[\]]", "", text)
    for cut in phrases["cuts"]:
        text = text.split(cut)[0] if text.find(cut) > 8 else text
    words = text.split()
    verb = _base_form(words[0].lower()) if words else ""
    if verb in phrases["verbs"] and len(words) > 1:
        rest = " ".join(words[1:])
        return verb, re.sub(r"^(for|about)\s+", "", rest) if verb == "search" else rest
    nouns = [word for word in split_name(name) if _base_form(word) not in phrases["verbs"]]
    return phrases["intents"][intent], " ".join(nouns) or "the details"


def _base_form(word: str) -> str:
    """`searches` and `gets` without their ending."""
    verbs = load_phrases("actions")["verbs"]
    for ending in ("", "s", "es"):
        if word.endswith(ending) and word.removesuffix(ending) in verbs and ending:
            return word.removesuffix(ending)
    return word


def word_action(endpoint: Endpoint, spoken: Collection[str], rng: random.Random) -> str:
    """An imperative: `look for hotels`; without `in a city` where a value of such a kind is spoken."""
    verb, rest = describe_action(endpoint.endpoint_id, endpoint.name, endpoint.description, endpoint.intent)
    rest = _ANY_ONE.sub(lambda m: "" if _GENERIC.get(m[2], m[2]) in spoken else m[0], rest)
    phrase = rng.choice(load_phrases("actions")["verbs"].get(verb, [verb]))
    return f"{phrase} {rest[0].lower() + rest[1:] if not rest[:2].isupper() else rest}"


@lru_cache(maxsize=65536)
def find_part(name: str, kind: str, siblings: tuple[str, ...] = ()) -> str:
    """The part that a value plays in a request: its kind, or `start`, `end`, `origin`, `max`, …"""
    words = set(split_name(name))
    if kind in ("city", "airport") and words & {"origin", "from", "departure", "source", "start"}:
        return "origin"
    if kind in ("city", "airport") and words & {"destination", "to", "arrival", "target"}:
        return "destination"
    if kind in ("date", "moment") and words & _STARTS and len(siblings) > 1:
        return "start"
    if kind in ("date", "moment") and words & _ENDS and len(siblings) > 1:
        return "end"
    if kind in ("currency", "language"):
        side = (
            "to"
            if words & {"to", "target", "quote", "into"}
            else "from"
            if words & {"from", "base", "source"}
            else ""
        )
        return f"{kind}_{side}" if side else "other"
    bound = find_bound(name)
    if bound and kind in ("money", "rating", "minutes", "calories", "year", "distance", "rooms"):
        return f"{bound}_rated" if kind == "rating" else bound
    return kind


def attach(slot: Slot, spelled: str, siblings: tuple[str, ...], rng: random.Random) -> str:
    """A value as a part of a request: `in Lisbon`, `for two people`."""
    templates = load_phrases("actions")["attach"]
    part = find_part(slot.parameter.name, slot.kind, siblings)
    part = f"one_{part}" if spelled in ("1", "one") and f"one_{part}" in templates else part
    template = rng.choice(templates.get(part, templates["other"]))
    return fill(template, {"value": spelled, "name": plain_name(slot.parameter.name)}, rng)


def name_wanted(slot: Slot, siblings: tuple[str, ...], rng: random.Random) -> str:
    """What the assistant asks for: `the city`, `how many people it is for`."""
    templates = load_phrases("actions")["asks"]
    part = find_part(slot.parameter.name, slot.kind, siblings)
    own = templates.get(part, templates["other"])
    return fill(rng.choice(own), {"name": plain_name(slot.parameter.name)}, rng)
