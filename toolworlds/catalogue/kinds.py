"""Which kind of value a name stands for: of what entity, which aspect, and whether a person would know it.

`hotel_id` and the `id` in `hotels[]` are both the id of a hotel; `city` and `destination_city` both name a
city. `date` alone is the date of whatever it stands in, so an article's date is no date of a booking.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from toolworlds.language.nouns import to_singular
from toolworlds.language.words import gather, split_name

ID_WORDS = {
    "id": "id",
    "ids": "id",
    "uuid": "id",
    "guid": "id",
    "uid": "id",
    "identifier": "id",
    "asin": "id",
    "sku": "id",
}
CODE_WORDS = gather("code number reference ref token key slug hash cursor handle signature")
ASPECTS = gather(
    "name title date time price amount total fee cost balance status state type kind url link image count "
    "description rating score size color colour level class version format order page limit offset at by"
)
"""Last words that say nothing without the thing they stand in."""
FLOWING = frozenset({"id", "name", "title", "date", "time"}) | CODE_WORDS
"""Aspects whose values one endpoint takes from another; a price or a status is no argument of its own."""
STANDALONE = {
    "city": "city", "town": "city", "country": "country", "currency": "currency", "email": "email",
    "mail": "email", "phone": "phone", "telephone": "phone", "address": "address", "latitude": "latitude",
    "lat": "latitude", "longitude": "longitude", "lon": "longitude", "lng": "longitude",
    "postcode": "postcode", "zip": "postcode", "zipcode": "postcode", "airport": "airport", "iata": "airport",
    "ticker": "ticker", "timezone": "timezone", "language": "language", "text": "text", "skill": "skill",
}  # fmt: skip
"""Things that are the same whatever they stand in: a city is a city."""
COMPOUNDS = {
    "post code": ["postcode"], "postal code": ["postcode"], "zip code": ["postcode"],
    "email address": ["email"], "mail address": ["email"], "phone number": ["phone"],
    "telephone number": ["phone"],
}  # fmt: skip
APART = gather("to target new origin departure start home old ip mac wallet contract web")
"""Qualifiers that make another thing of a standalone one: where a journey begins is not where it leads."""
ROLES = APART | gather(
    "from end begin first last min max minimum maximum total current base created updated published "
    "next previous before after until since estimated"
)
"""Qualifiers that name no entity: the start date is one of whatever it stands in."""
VAGUE = gather(
    "query keyword search term q message note comment description summary label kind type status condition "
    "source result data value item reason success error code msg info list response body content sort "
    "filter format mode units page limit offset count size level category tag option output input text_type "
    "string object parameter param field callback method action version password secret username user login"
)
"""Nouns that every reply has, and that therefore name nothing."""
WRAPPERS = VAGUE | gather("items results records entries hits payload rows elements root")
UNKNOWN_NUMBERS = gather(
    "order invoice booking reservation confirmation tracking account ticket case reference transaction "
    "policy payment serial"
)
KNOWN_CODES = gather(
    "country currency language airport postal zip area iata promo coupon discount state region city station "
    "postcode"
)
PREPOSITIONS = gather("by of for in on at from with into to as")
FILLERS = PREPOSITIONS | gather(
    "the a an and or all one my your free new current latest recent available "
    "full detail details info information data list results api v1 v2 v3"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is of, and which aspect of that it is."""

    entity: str
    aspect: str

    @property
    def flows(self) -> bool:
        """Whether such a value can go from a reply into an argument."""
        if self.aspect.rpartition(" ")[2] not in FLOWING or not self.entity:
            return False
        return self.identifies or not self.vague

    @property
    def vague(self) -> bool:
        """Whether the entity is a word of replies or calls rather than a thing: `result`, `from`."""
        return self.entity in VAGUE or self.entity in ROLES

    @property
    def standalone(self) -> bool:
        """Whether it is the same thing in every tool: a city is a city."""
        return self.entity in STANDALONE

    @property
    def natural(self) -> bool:
        """Whether a person would know it."""
        aspect = self.aspect.rpartition(" ")[2]
        if aspect == "number":
            return self.entity not in UNKNOWN_NUMBERS
        if aspect == "code":
            return not KNOWN_CODES.isdisjoint(self.entity.split("_"))
        return aspect != "id" and (aspect not in CODE_WORDS or aspect == "handle")

    @property
    def identifies(self) -> bool:
        """Whether it singles out one thing, and nobody but the catalogue knows it."""
        return not self.natural


def read_kind(name: str, inside: str, textual: bool) -> Kind:
    """The kind of a value called `name` within a thing called `inside`; `textual`: it is a string."""
    words = list(split_name(name))
    if not words:
        return Kind(inside, "name" if textual else "value")
    words[-2:] = COMPOUNDS.get(" ".join(words[-2:]), words[-2:])
    last = words[-1]
    rest = words[:-1]
    if last in ID_WORDS or last in CODE_WORDS:
        return _qualify(rest, ID_WORDS.get(last, last), inside)
    if last in STANDALONE:
        return _read_standalone(STANDALONE[last], rest)
    if last in ASPECTS and (rest or last not in STANDALONE):
        return _qualify(rest, last, inside)
    return Kind("_".join([*rest, to_singular(last)]), "name" if textual else "value")


def _qualify(rest: list[str], aspect: str, inside: str) -> Kind:
    roles = [word for word in rest if word in ROLES]
    nouns = [word for word in rest if word not in ROLES]
    entity = "_".join([*nouns[:-1], to_singular(nouns[-1])]) if nouns else inside
    return Kind(STANDALONE.get(entity, entity), " ".join([*roles, aspect]))


def _read_standalone(entity: str, rest: list[str]) -> Kind:
    """Qualifiers fall away, except those that make another thing of it; a text is never like another."""
    apart = rest if entity == "text" else [word for word in rest if word in APART]
    return Kind(entity, " ".join([*apart, "name"]))


def name_subject(endpoint_name: str, tool_name: str, verbs: Iterable[str]) -> str:
    """What an endpoint is about: the last noun of its name before a preposition, else of its tool's."""
    words = split_name(endpoint_name)
    ends = [place for place, word in enumerate(words) if place and word in PREPOSITIONS]
    for some in (words[: ends[0]] if ends else words, words, split_name(tool_name)):
        nouns = [word for word in some if word not in verbs and word not in FILLERS]
        if nouns:
            return to_singular(nouns[-1])
    return "item"


def name_container(path: str, subject: str) -> str:
    """What a field stands in: the nearest key above it that names something, else the endpoint's subject."""
    for key in reversed(path.split(".")[:-1]):
        words = split_name(key.replace("[]", ""))
        if words and words[-1] not in WRAPPERS:
            return "_".join([*words[:-1], to_singular(words[-1])])
    return subject
