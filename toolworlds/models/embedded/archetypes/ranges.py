"""What numbers a field may hold when it is given or computed."""

from math import inf

from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.expressions import names_in
from toolworlds.models.embedded.generators import Fixed, Integer, Number, OneOf
from toolworlds.models.embedded.relations import AnyGenerator, Calc, Cases, TallyField

Range = tuple[float, float]

_ANY: Range = (-inf, inf)
_NOT_NEGATIVE: Range = (0, inf)


def find_range(domain: Domain, collection: str, field: str) -> Range:
    """The least and the greatest number; infinite where the catalogue says nothing."""
    return _find(domain, collection, domain.generator(collection, field))


def _find(domain: Domain, collection: str, generator: AnyGenerator) -> Range:
    match generator:
        case Integer(integer=span) | Number(number=span):
            return span
        case OneOf(sizes=sizes):
            return min(sizes), max(sizes)
        case Fixed(fixed=int() | float() as value):
            return value, value
        case TallyField():
            return _NOT_NEGATIVE
        case Cases(cases=cases):
            lows, highs = zip(*(_find(domain, collection, case) for case in cases.values()), strict=True)
            return min(lows), max(highs)
        case Calc(calc=calc) if "-" not in calc:
            lows = tuple(_find_low(domain, collection, name) for name in names_in(calc))
            return _NOT_NEGATIVE if min(lows) >= 0 else _ANY
        case _:
            return _ANY


def _find_low(domain: Domain, collection: str, name: str) -> float:
    """The least that a field, or `ref.field` of what it refers to, may be."""
    own, _, theirs = name.partition(".")
    if theirs:
        return find_range(domain, domain.references(collection)[own], theirs)[0]
    return find_range(domain, collection, own)[0]
