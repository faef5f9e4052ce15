"""From an endpoint's description to a verb and what it is done to, in plain words with their articles."""

import html
import re
from functools import lru_cache

from conversations.generation.phrasing import load_phrases
from conversations.generation.spelling import plain_name
from toolworlds.language.nouns import is_plural, starts_with_vowel, to_singular, with_article
from toolworlds.language.words import base_form, gather, split_name
from toolworlds.records.catalogues import Endpoint

_LEADS = re.compile(
    r"^(?:(?:this|the|our) (?:\w+ ){0,2}?(?:endpoint|api|method|call|tool|function|service|request|route)"
    r"(?: will| can| is used| is)?(?: to)?|endpoint (?:to|for)|api (?:to|for)|you can|used to|"
    r"(?:simply|easily|quickly|just|please|now))\s+",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"\b(?:allow|let|enable)s? (?:you|(?:an? |the |your )?(?:user|client|developer|customer)s?)(?: to)? (.+)|"
    r"^use .{0,40}? to (.+)",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<[^<>]*>|https?://\S+|[`*\"“”]|\([^()]*\)|\[[^\[\]]*\]|[{}<>\[\]]|\b\w+::\w+\b")
_CODED = re.compile(r"\b(?=\w*[a-z])(?:[a-zA-Z0-9]+_\w+|[a-z]+(?:[A-Z][a-z0-9]*)+)\b")
_VAGUE = re.compile(
    r"\b(?:specific|given|particular|certain|specified|provided|detailed|single|paginated|corresponding|desired|"
    r"requested|selected|comprehensive|advanced|various|up[- ]to[- ]date|(?:through )?(?:thousands|millions|"
    r"hundreds) of)\s+",
    re.IGNORECASE,
)
_ONE = re.compile(r"\bone (?=[a-z]+\b)(?!of\b)|\b(?:all|the) (?:the )?(?:possible|available) (?=\w+s\b)")
_SECOND_VERB = re.compile(r"^(\w+)(?:,| and| or|/| & )\s*(\w+)\s+(.*)$")
PREPOSITIONS = (
    "of|for|in|on|at|from|to|into|near|around|about|with|between|against|across|within|under|during"
)
_SEGMENTS = re.compile(rf"\s+({PREPOSITIONS})\s+")
_ARTICLES = gather(
    "a an the all any some my your our their its his her this that these those each every both two three no "
    "many more another me us it you one someone somebody"
)
_IDIOMS = frozenset(["date", "demand", "time", "place", "detail", "stock", "sale", "general", "minutes"])
_SAME = re.compile(r"\b(?:which|that) (?:are|is) (?=similar|related|close|nearby|available|popular)")
_LIKE_IT = re.compile(r"^(\w+s)\b(.*) the one$")
_MASS = gather("information info data news weather music traffic lyrics help advice currency text money")
_SENTENCE_WORDS = gather(
    "you your we our i is are can will was has have ever how what why who when best this it these please "
    "fast free easy easily quickly simply powerful"
)
_NAME_NOISE = frozenset(["api", "json", "xml", "endpoint", "php", "v1", "v2", "v3", "v4", "rest"])
_NOUN_PHRASE = 7
"""Words of a description, at most, that is taken as the name of what is wanted."""


def describe_action(endpoint: Endpoint) -> tuple[str, str]:
    """(verb, object) of what the endpoint does: `search`, `a hotel in the city`."""
    return read_action(endpoint.name, endpoint.description, endpoint.intent)


@lru_cache(maxsize=65536)
def read_action(name: str, description: str, intent: str) -> tuple[str, str]:
    """Of the description where that says so in a few words, else of the name."""
    phrases = load_phrases("actions")
    text = _tidy(description, name)
    purpose = _PURPOSE.search(text)
    for said in (text, *filter(None, purpose.groups() if purpose else ())):
        if deed := _read_deed(_cut(_LEADS.sub("", said))):
            return deed[0], add_articles(*deed)
    words = _list_words(name)
    verb = next(
        (v for w in words if (v := _base_form(w)) in phrases["verbs"] and v not in phrases["also_nouns"]), ""
    )
    verb = verb or phrases["intents"][intent]
    noun = _cut(text)
    if not _is_noun_phrase(noun) or split_name(noun) == split_name(name):
        until = words.index("by") if "by" in words else len(words)
        noun = " ".join(w for w in words[:until] if _base_form(w) != verb) or ("matches" if until else "")
        noun = re.sub(rf"^(?:{PREPOSITIONS}|by)\b|\b(?:{PREPOSITIONS}|by)$", "", noun).strip()
    return verb, add_articles(verb, noun or "details")


def _tidy(description: str, name: str) -> str:
    """The first sentence without tags, code and marketing; words of the name in lower case."""
    text = _TAGS.sub(" ", html.unescape(_TAGS.sub(" ", description)))
    text = _CODED.sub(lambda coded: plain_name(coded[0]), text)
    text = re.split(r"(?<=[a-z0-9)])\s*[.!?](?:\s|$)|\s[-–—|]\s", " ".join(text.split()))[0].strip(" .!?:;,#")
    words = text.split()
    titled = [word for word in words[1:] if word[:1].isupper() and word[1:].islower()]
    own = {word for part in split_name(name) for word in (part, to_singular(part), f"{part}s")}
    every = len(titled) > len([word for word in words[1:] if word.islower() and len(word) > 3])
    lowered = [w.lower() if w in titled and (every or w.lower() in own) else w for w in words]
    if words and not re.search("[a-z]", text):
        lowered = text.lower().split()
    if lowered and (lowered[0][1:].islower() or lowered[0] == "A"):
        lowered[0] = lowered[0][0].lower() + lowered[0][1:]
    text = re.sub(r" (?:near|around|for|to) you$", "", " ".join(lowered))
    text = re.sub(r"(?<=\w) ids?\b", "", text)
    plain = _SAME.sub("", _VAGUE.sub("", " ".join(_raise_initials(word) for word in text.split())))
    return _ONE.sub(_word_one, plain)


def _word_one(found: re.Match[str]) -> str:
    if not found[0].startswith("one"):
        return "all "
    return "an " if starts_with_vowel(found.string[found.end() :]) else "a "


def _raise_initials(word: str) -> str:
    said = plain_name(word) if word.isalpha() else word
    return said if said[:2].isupper() or word == "persons" else word


def _cut(text: str) -> str:
    """The text up to where a description turns to how it is done."""
    for cut in load_phrases("actions")["cuts"]:
        text = text.split(cut)[0] if text.find(cut) > 5 else text
    return re.sub(rf"(?: (?:{PREPOSITIONS}|by|and|or))+$", "", text.strip(" .!?:;,-&"))


def _read_deed(text: str) -> tuple[str, str] | None:
    """Verb and object of a text that begins with a verb; None of any other."""
    phrases = load_phrases("actions")
    words = text.split()
    if len(words) < 2:
        return None
    pair = _SECOND_VERB.match(text)
    if pair and all(_base_form(one.lower()) in phrases["verbs"] for one in pair.groups()[:2]):
        return _read_deed(f"{pair[1]} {pair[3]}")
    verb, rest = _base_form(words[0].lower()), words[1:]
    if verb not in phrases["verbs"]:
        return None
    if verb in phrases["also_nouns"]:
        described = rest[0] == "of" or (len(rest) == 1 and rest[0].lower() in phrases["details"])
        if described or (
            rest[0] in ("for", "by", "in", "on", "from") and verb not in ("search", "look", "check")
        ):
            return None
    text = (
        re.sub(r"^(?:for|about|through|by)\s+", "", " ".join(rest))
        if verb in ("search", "look")
        else " ".join(rest)
    )
    text = _LIKE_IT.sub(lambda m: f"{m[1]}{m[2]} a {to_singular(m[1])}", text)
    return verb, re.sub(r"^of\s+", "", text)


def _base_form(word: str) -> str:
    return base_form(word, load_phrases("actions")["verbs"])


def _list_words(name: str) -> list[str]:
    words = [word for word in plain_name(name).split() if word.lower() not in _NAME_NOISE]
    return [word for word in words if not re.fullmatch(r"v?\d+", word)]


def _is_noun_phrase(text: str) -> bool:
    words = re.findall(r"[a-z']+", text.lower())
    return bool(words) and len(text.split()) <= _NOUN_PHRASE and not _SENTENCE_WORDS & set(words)


def add_articles(verb: str, text: str) -> str:
    """The object with an article before every noun that needs one: `the reviews of the movie`."""
    parts = _SEGMENTS.split(text)
    said = _add_article(parts[0], _choose_article(verb, parts[0]))
    for preposition, noun in zip(parts[1::2], parts[2::2], strict=True):
        alone = noun in _IDIOMS or is_plural(noun) or noun.split()[-1] in _MASS
        said += f" {preposition} {noun if alone else _add_article(noun, 'the')}"
    return said


def _choose_article(verb: str, noun: str) -> str:
    """What stands before the thing itself: one that is new or looked for has `a`, one that is known `the`."""
    last = noun.split()[-1].lower() if noun else ""
    manner = load_phrases("actions")["articles"].get(verb, "the")
    if manner == "the":
        return "the"
    return "" if is_plural(noun) or last in _MASS else str(manner)


def _add_article(noun: str, article: str) -> str:
    first = noun.split()[0] if noun else ""
    named = first[:1].isupper() and not first.isupper()
    if not article or not first or first.lower() in _ARTICLES or first[0].isdigit() or named:
        return noun
    article = "a" if first == "random" and not is_plural(noun) else article
    return with_article(noun) if article in ("a", "an") else f"{article} {noun}"
