"""How a person points at things: by name, by what sets them apart, by id, or by what was just read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from procedural_model.archetypes.plan import ArgumentMeaning
from procedural_model.entities import Domain
from procedural_model.schemas import Kind, kind_of
from records.base import Entity, Json
from records.tasks import Path
from records.worlds import WorldState

Known = tuple[int, Path, Json]
"""(index of an earlier call, path in its reply, value): what the conversation has brought to light."""

_TELLING: tuple[Kind, ...] = ("id", "day", "word", "moment", "integer", "number")
"""Kinds of fields by which people describe a thing, the most telling first."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One attribute that helps to tell an entity apart."""

    field: str
    noun: str
    kind: Kind
    value: Json
    """As people say it: of a reference the label of what it leads to."""
    unit: str | None


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where an argument's value comes from, and how a request may speak of it."""

    source: Literal["request", "earlier"]
    wording: Literal["value", "label", "description", "id"]
    """value: as it is; label: by the entity's name; description: by traits; id: by the id itself."""
    value: Json
    collection: str | None = None
    """The collection of an entity pointed at."""
    label: str | None = None
    traits: tuple[Trait, ...] = ()
    """Together they fit this entity and no other of the state."""
    call: int | None = None
    path: tuple[str | int, ...] = ()


def point_at(
    meaning: ArgumentMeaning, value: Json, domain: Domain, state: WorldState, known: Sequence[Known]
) -> Pointer:
    """The pointer for an argument's value."""
    target = target_of(meaning, domain)
    if target is None:
        return Pointer("request", "value", value)
    entity = next((entity for entity in state.collections[target] if entity["id"] == value), None)
    if entity is None:
        return Pointer("request", "id", value, target)
    label, traits = domain.label_of(target, entity), describe(domain, state, target, entity)
    call, path = next(
        ((call, tuple(path)) for call, path, held in reversed(known) if held == value), (None, ())
    )
    if call is None:
        return Pointer("request", "id", value, target, label, traits)
    wording: Literal["label", "description", "id"] = "label" if label else "description" if traits else "id"
    return Pointer("earlier", wording, value, target, label, traits, call, path)


def target_of(meaning: ArgumentMeaning, domain: Domain) -> str | None:
    """The collection whose ids the argument takes; None when it takes none."""
    if meaning.kind == "entity":
        return meaning.collection
    if meaning.kind == "filter":
        return domain.references(meaning.collection).get(meaning.field)
    return None


def describe(domain: Domain, state: WorldState, collection: str, entity: Entity) -> tuple[Trait, ...]:
    """The fewest traits, at most three, that fit this entity alone; () if there are none."""
    entities = state.collections[collection]
    fields = _telling_fields(domain, collection, entity)[:6]
    for count in (1, 2, 3):
        for chosen in combinations(fields, count):
            if sum(all(other[field] == entity[field] for field in chosen) for other in entities) == 1:
                return tuple(_trait(domain, state, collection, entity, field) for field in chosen)
    return ()


def _telling_fields(domain: Domain, collection: str, entity: Entity) -> list[str]:
    """The entity's fields with a value, the most telling kinds first; refs only to things with a name."""
    references = domain.references(collection)
    kinds = {
        field: kind_of(domain, collection, field)
        for field in domain[collection].generators
        if entity[field] is not None and (field not in references or domain[references[field]].label)
    }
    return sorted(
        (field for field in kinds if kinds[field] in _TELLING), key=lambda field: _TELLING.index(kinds[field])
    )


def _trait(domain: Domain, state: WorldState, collection: str, entity: Entity, field: str) -> Trait:
    entity_type, value = domain[collection], entity[field]
    kind = kind_of(domain, collection, field)
    if kind == "id":
        target = domain.references(collection)[field]
        value = domain.label_of(
            target, next(held for held in state.collections[target] if held["id"] == value)
        )
    return Trait(field, entity_type.called(field), kind, value, entity_type.generators[field].unit)
