"""Whether a request's words single out one entity among others.

A request describes an entity by those of its values (numbers, days, words; not booleans) that it mentions,
the labels of what the entity refers to among them. It singles the entity out when every other one differs
in at least one of these. A label that only stands inside another entity's longer label is not mentioned.
"""

import re
from collections.abc import Mapping, Sequence

from toolworlds.language.days import parse_iso
from toolworlds.language.values import mentions, type_of
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.worlds import WorldSchema, WorldState

_RANKS = {"first", "last", "next", "most", "least", "top", "fewest", "best", "worst"}
_NO_SUPERLATIVES = re.compile(
    r"(?:re|con|in)?quest|(?:in|con|pro|de|at)?test|guest|interest|forest|harvest|(?:in|di)vest|suggest|digest"
    r"|honest|modest|manifest|arrest|(?:north|south)?west|chest|crest|priest|tempest"
)
_STEM = 5
"""Letters by which words are compared, so that `received` answers to `receipt`."""


def find_described_by(text: str, now: str, entities: Sequence[Mapping[str, Json]], place: int) -> list[str]:
    """The fields by which `text` singles out the entity at `place`; [] if it does not."""
    chosen = entities[place]
    named = [
        field
        for field, value in chosen.items()
        if _is_telling(value)
        and mentions(_mask_longer(text, value, field, entities), value, type_of(value), now)
    ]
    others = [entity for other, entity in enumerate(entities) if other != place]
    if named and all(any(other.get(field) != chosen[field] for field in named) for other in others):
        return named
    return []


def is_ranked_out(text: str, elements: Sequence[Json], place: int) -> bool:
    """Whether the request ranks things (`the cheapest`, `the next one`) and this element is first or last in
    the list, or alone has the least or greatest number or day of some field."""
    if not any(_is_rank(word) for word in to_words(text).split()):
        return False
    return place in (0, len(elements) - 1) or _is_extreme(elements, place)


def _is_rank(word: str) -> bool:
    superlative = len(word) > 4 and word.endswith("est") and not _NO_SUPERLATIVES.fullmatch(word)
    return superlative or word in _RANKS


def _is_extreme(elements: Sequence[Json], place: int) -> bool:
    """Whether the element alone has the least or greatest number or day of some field."""
    if not all(isinstance(element, dict) for element in elements):
        return False
    columns = ([element.get(field) for element in elements] for field in elements[place])
    return any(
        _are_comparable(values)
        and values.count(values[place]) == 1
        and values[place] in (min(values), max(values))
        for values in columns
    )


def _are_comparable(values: Sequence[Json]) -> bool:
    if all(isinstance(value, str) for value in values):
        return all(parse_iso(value) is not None for value in values)
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def names_choice(text: str, member: Json, members: Sequence[Json]) -> bool:
    """Whether the text holds a word (of four letters or more, up to its ending) that only this member has."""
    others = {stem for other in members if other != member for stem in _list_stems(other)}
    return not (_list_stems(member) - others).isdisjoint(_list_stems(text))


def describe_entities(schema: WorldSchema, state: WorldState, collection: str) -> list[dict[str, Json]]:
    """The collection's entities, each with the labels of what it refers to beside its own fields."""
    labels = {
        field: _list_labels(schema, state, target)
        for field, target in schema.collections[collection].references.items()
    }
    return [
        entity | {f"{field} label": known.get(entity.get(field)) for field, known in labels.items()}
        for entity in state.collections[collection]
    ]


def _list_labels(schema: WorldSchema, state: WorldState, collection: str) -> dict[Json, Json]:
    spec = schema.collections[collection]
    if spec.label is None:
        return {}
    return {entity[spec.id_field]: entity.get(spec.label) for entity in state.collections[collection]}


def _list_stems(value: Json) -> set[str]:
    return {word[:_STEM] for word in to_words(str(value)).split() if len(word) > 3}


def _is_telling(value: Json) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _mask_longer(text: str, value: Json, field: str, entities: Sequence[Mapping[str, Json]]) -> str:
    """The text without longer values of this field that hold `value` as a part."""
    if not isinstance(value, str):
        return text
    short = to_words(value)
    others = {to_words(str(entity.get(field))) for entity in entities}
    longer = [words for words in others if words != short and short in words and words in to_words(text)]
    if not longer:
        return text
    words = to_words(text)
    for other in sorted(longer, key=len, reverse=True):
        words = words.replace(other, " ~ ")
    return words
