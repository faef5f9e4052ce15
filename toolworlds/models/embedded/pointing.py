"""Where the value of an argument is found: in what the user knows, or in an earlier reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning
from toolworlds.models.embedded.entities import Domain
from toolworlds.records.base import Entity, Json
from toolworlds.records.tasks import Path
from toolworlds.records.worlds import WorldState

Known = tuple[int, Path, Json]
"""(index of an earlier call, path in its reply, value): what the conversation has brought to light."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A value and where it comes from: an earlier reply if `call` is set, else the request."""

    value: Json
    collection: str | None = None
    """The collection of an entity pointed at."""
    label: str | None = None
    """Its name, if it has one."""
    call: int | None = None
    path: tuple[str | int, ...] = ()


def point_at(
    meaning: ArgumentMeaning,
    arguments: Mapping[str, Json],
    domain: Domain,
    state: WorldState,
    known: Sequence[Known],
) -> Pointer:
    """The pointer for an argument: of an id, and of a whole quantity, the latest place where it was shown."""
    value, target = arguments[meaning.name], target_of(meaning, domain)
    if target is None:
        return Pointer(value, None, None, *(_find_whole(meaning, arguments, state, known) or (None, ())))
    entity = _find(state, target, value)
    label = domain.label_of(target, entity) if entity else None
    shown = ((call, tuple(path)) for call, path, held in reversed(known) if held == value)
    return Pointer(value, target, label, *next(shown, (None, ())))


def _find(state: WorldState, collection: str, entity_id: Json) -> Entity | None:
    return next((entity for entity in state.collections[collection] if entity["id"] == entity_id), None)


def _find_whole(
    meaning: ArgumentMeaning, arguments: Mapping[str, Json], state: WorldState, known: Sequence[Known]
) -> tuple[int, tuple[str | int, ...]] | None:
    """Where the whole of what an amount is taken from was shown, if it is the whole."""
    if meaning.bounded is None:
        return None
    argument, field, less = meaning.bounded
    entity = _find(state, meaning.collection, arguments[argument])
    if less or entity is None or entity[field] != arguments[meaning.name]:
        return None
    return find_shown(entity, field, known)


def target_of(meaning: ArgumentMeaning, domain: Domain) -> str | None:
    """The collection whose ids the argument takes; None when it takes none."""
    if meaning.kind == "entity":
        return meaning.collection
    if meaning.kind == "filter":
        return domain.references(meaning.collection).get(meaning.field)
    return None


def find_shown(
    entity: Entity, field: str, known: Sequence[Known]
) -> tuple[int, tuple[str | int, ...]] | None:
    """The latest place where an earlier reply showed this field of this entity, beside its id."""
    ids = {
        (call, tuple(path[:-1])) for call, path, held in known if held == entity["id"] and path[-1] == "id"
    }
    for call, path, held in reversed(known):
        if path[-1] == field and held == entity[field] and (call, tuple(path[:-1])) in ids:
            return call, tuple(path)
    return None
