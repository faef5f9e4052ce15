"""Which end of a span a value is: decided once for an endpoint, from all its names together.

`check_in_date` and `check_out_date`, `from` and `to`, `min_price` and `max_price` are the two ends of a span.
Of a stay the arrival comes first, of a trip the departure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from toolworlds.language.words import gather, split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Side, Span, ValueType

Realm = Literal["time", "amount", "place", "address", ""]
"""What there are spans of. Places and addresses are the ends of a way, which has no order."""


class Opposites(NamedTuple):
    """Words for the first and for the last of something."""

    first: frozenset[str]
    last: frozenset[str]
    realms: frozenset[str]
    bounds: bool = False
    """Whether they bound what is looked for instead of naming it."""


OPPOSITES = (
    Opposites(gather("from"), gather("to"), gather("time amount"), bounds=True),
    Opposites(gather("from"), gather("to into"), gather("place address")),
    Opposites(
        gather(
            "min minimum least gte gt ge since after above over earliest oldest newer later low lower lowest"
        ),
        gather(
            "max maximum most lte lt le before until till below under latest newest older earlier high "
            "higher highest upper"
        ),
        gather("time amount"),
        bounds=True,
    ),
    Opposites(
        gather("start starts starting begin begins beginning commence commences commencement first"),
        gather("end ends ending finish finishes finishing stop stops stopping last"),
        gather("time amount place address"),
    ),
    Opposites(
        gather(
            "checkin movein clockin departure depart departs departing leave leaves leaving outbound onward "
            "pickup collection issue issued effective open opens opening embark embarkation"
        ),
        gather(
            "checkout moveout clockout arrival arrive arrives arriving return returns returning inbound "
            "dropoff delivery due expiry expires expiration termination close closes closing through thru "
            "disembark disembarkation"
        ),
        gather("time"),
    ),
    Opposites(
        gather("origin source base departure home"),
        gather("destination target quote arrival"),
        gather("place address"),
    ),
    Opposites(gather("pickup sender collection"), gather("dropoff delivery recipient"), gather("address")),
)
"""The earlier row decides: `departure_date_from` is the least of the days of departure."""
_JOINED = re.compile(r"\b(check|move|clock|pick|drop) (in|out|up|off)\b")
_IN_STAYS = dict.fromkeys(gather("arrival arrive arrives arriving"), "checkin") | dict.fromkeys(
    gather("departure depart departs departing leave leaves leaving"), "checkout"
)
_STAYS = gather("checkin checkout movein moveout")
_STAYING = gather(
    "hotel hotels stay stays guest guests night nights room rooms accommodation hostel apartment"
)
_TRAVELLING = gather(
    "flight flights train trains bus ferry trip trips journey airline airport cruise ride route origin "
    "destination return returning fare"
)
_ELSEWHERE = gather(
    "convert conversion currency unit units translate language message email mail transfer route"
)
"""Words of calls whose bare `from` and `to` are no days."""
_PLAIN = gather("from to start end begin finish first last min max")
_FILLING = gather("date day time datetime timestamp at on the ts dt iso utc")
"""Words that make no difference to what a span is of."""
_DATED = re.compile(r"\b(?:dates?|days?|nights?)\b|YYYY", re.IGNORECASE)
_WRITTEN = {
    "date": "date", "past_date": "date", "moment": "moment", "past_moment": "moment", "time": "time",
}  # fmt: skip
"""Kinds of times, by how they are written."""


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter, or a field of a reply, as far as its side depends on it."""

    name: str
    """The field's path."""
    words: tuple[str, ...]
    type: ValueType
    kind: str
    description: str = ""
    side: Side = ""
    told_by: str = ""
    """The word that tells the side."""

    @property
    def realm(self) -> Realm:
        """What its values are of, as far as its kind says so."""
        if self.kind in _WRITTEN:
            return "time"
        if self.type in ("integer", "number"):
            return "" if self.kind in ("id", "latitude", "longitude", "choice") else "amount"
        if self.type != "string" or self.kind in ("other", "choice", "id"):
            return ""
        return "address" if self.kind == "address" else "place"


def split_sided(name: str) -> tuple[str, ...]:
    """The words of a name, of which `check in` and `pick up` are one each."""
    return tuple(_JOINED.sub(r"\1\2", " ".join(split_name(name))).split())


def read_spans(named: Sequence[Named], about: Iterable[str]) -> tuple[list[Named], list[Span]]:
    """The same with their sides, and with the kinds that only their neighbours tell; and their spans.

    `about` are words that tell what the endpoint is for.
    """
    known = {*about, *(word for one in named for word in one.words)}
    kinds = [_tell_kind(one, named, known) for one in named]
    stay = _is_stay(kinds, known)
    sided = [_tell_side(one, stay) for one in kinds]
    return sided, list(_pair(sided))


def _tell_kind(one: Named, named: Sequence[Named], known: set[str]) -> Named:
    """A text that could be anything is a day where its word, its description or its neighbours say so."""
    found = find_side(one.words, "time")
    if one.type != "string" or one.kind != "other" or found is None:
        return one
    exact = [other for other in named if _are_opposite(one, other, frozenset())]
    loose = exact or [other for other in named if _are_opposite(one, other, _FILLING)]
    written = next((other.kind for other in exact if other.kind in _WRITTEN), "")
    if written or _DATED.search(one.description):
        return replace(one, kind=written or "date")
    is_dated = any(other.kind in _WRITTEN for other in named)
    if found[1] in _PLAIN:
        alike = {other.kind for other in loose}
        bare = "other" in alike and not is_dated and not known & _ELSEWHERE
        return replace(one, kind="date") if bare or (not exact and "date" in alike) else one
    if find_side(found[1:], "address"):
        between = any(other.realm == "place" and find_side(other.words, "place") for other in named)
        return replace(one, kind="city" if is_dated or between else "date")
    return replace(one, kind="date")


def _are_opposite(one: Named, other: Named, filling: frozenset[str]) -> bool:
    """Whether two texts are the two ends of one thing, if they are days."""
    ends = [find_side(some.words, "time") for some in (one, other)]
    if ends[0] is None or ends[1] is None or one.type != other.type:
        return False
    is_same = _strip(one.words, ends[0][1], filling) == _strip(other.words, ends[1][1], filling)
    return is_same and _is_first(ends[0][0]) != _is_first(ends[1][0])


def _is_stay(named: Sequence[Named], known: set[str]) -> bool:
    """Whether whoever arrives stays: such words say so, or both days are told and nobody travels."""
    days = {_IN_STAYS.get(word, "") for one in named if one.kind == "date" for word in one.words}
    return bool(known & _STAYING) or ({"checkin", "checkout"} <= days and not known & _TRAVELLING)


def _tell_side(one: Named, stay: bool) -> Named:
    words = (
        tuple(_IN_STAYS.get(word, word) for word in one.words) if stay and one.kind == "date" else one.words
    )
    found = find_side(words, one.realm)
    return replace(one, words=words, side=found[0], told_by=found[1]) if found else one


def find_side(words: Sequence[str], realm: Realm) -> tuple[Side, str] | None:
    """The side that words tell of a value of this realm, and the word that tells it."""
    for row in OPPOSITES:
        if realm in row.realms and (told := [word for word in words if word in row.first | row.last]):
            bounds = row.bounds or realm == "amount"
            first = told[0] in row.first
            return ("min" if first else "max") if bounds else ("start" if first else "end"), told[0]
    return None


def _is_first(side: Side) -> bool:
    return side in ("start", "min")


def _pair(named: Sequence[Named]) -> Iterator[Span]:
    """Firsts and lasts of the same thing; `check_in` goes with `check_out_date` if nothing fits better."""
    firsts = [one for one in named if one.side and _is_first(one.side) and one.realm in ("time", "amount")]
    lasts = [one for one in named if one.side and not _is_first(one.side) and one.realm in ("time", "amount")]
    for one in firsts:
        alike = [other for other in lasts if _measure(one) == _measure(other)]
        for other in _list_same(one, alike, frozenset()) or _list_same(one, alike, _FILLING)[:1]:
            apart = bool({one.told_by, other.told_by} & _STAYS) or one.kind == "moment"
            yield Span(start=one.name, end=other.name, apart=apart)


def _list_same(one: Named, others: Sequence[Named], filling: frozenset[str]) -> list[Named]:
    """Those that are of the same thing by the words that do not tell a side."""
    rest = _strip(one.words, one.told_by, filling)
    return [other for other in others if _strip(other.words, other.told_by, filling) == rest]


def _measure(one: Named) -> tuple[str, str, str]:
    """What two values must have in common to be compared: what they stand in, and how they are written."""
    return one.name.rpartition(".")[0], _WRITTEN.get(one.kind, ""), one.realm


def _strip(words: Sequence[str], told_by: str, filling: frozenset[str] = _FILLING) -> list[str]:
    return sorted(word for word in words if word != told_by and word not in filling)


def find_reversed(
    endpoint: Endpoint, arguments: Mapping[str, Json], *, all_apart: bool = False
) -> list[Span]:
    """The spans of a call whose end comes before their start, or is the same where that makes no sense.

    `all_apart`: nowhere it does.
    """
    found = []
    for span in endpoint.spans:
        order = compare_ends(arguments.get(span.start), arguments.get(span.end))
        if order is not None and (order > 0 or (order == 0 and (span.apart or all_apart))):
            found.append(span)
    return found


def compare_ends(start: Json, end: Json) -> int | None:
    """-1, 0 or 1 as the start is before, at or after the end; None where they cannot be compared.

    Times of day cannot: what opens at 18:00 may close at 02:00.
    """
    if isinstance(start, bool) or isinstance(end, bool):
        return None
    if isinstance(start, int | float) and isinstance(end, int | float):
        return (start > end) - (start < end)
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    try:
        one, other = (datetime.fromisoformat(text).replace(tzinfo=None) for text in (start, end))
    except ValueError:
        return None
    if len("2026-01-01") in (len(start), len(end)):
        one, other = one.replace(hour=0, minute=0, second=0), other.replace(hour=0, minute=0, second=0)
    return (one > other) - (one < other)
