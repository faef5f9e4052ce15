"""Applying committed operations: copy on write per collection, so that older states stay as they were."""

from bisect import insort
from collections.abc import Mapping
from typing import assert_never

from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import (
    Delete,
    Delta,
    Increment,
    Insert,
    Operation,
    Update,
    UpdateWhere,
    WorldState,
)
from toolworlds.world.calc import CalcFault, add
from toolworlds.world.conditions import ConditionFault, select
from toolworlds.world.schema import Collection


class DeltaFault(ValueError):  # noqa: N818 - named like the other faults of this package
    """An operation that does not apply to this state."""


def target(operation: Operation) -> str:
    """The collection that an operation changes."""
    match operation:
        case Insert(insert=name) | Update(update=name) | Increment(increment=name):
            return name
        case UpdateWhere(update_where=name) | Delete(delete=name):
            return name


class StateDraft:
    """A state in the making. The state it began from is never changed."""

    def __init__(self, collections: Mapping[str, Collection], state: WorldState) -> None:
        self._collections = collections
        self._before = state
        self._entities = dict(state.collections)
        self._minted = dict(state.minted)
        self.touched: dict[str, set[str]] = {}
        """collection -> ids of the entities that operations inserted, changed or removed."""

    def finish(self) -> WorldState:
        """The state with all operations applied."""
        return self._before.model_copy(update={"collections": self._entities, "minted": self._minted})

    def apply(self, operation: Operation) -> None:
        """Applies one operation with plain values. Raises DeltaFault."""
        if target(operation) not in self._collections:
            raise DeltaFault(f"there is no collection {target(operation)!r}")
        try:
            self._dispatch(operation)
        except (CalcFault, ConditionFault) as error:
            raise DeltaFault(f"{target(operation)}: {error}") from error

    def _dispatch(self, operation: Operation) -> None:
        match operation:
            case Insert(insert=name, values=values, id=entity_id):
                self._insert(name, entity_id, values)
            case Update(update=name, id=entity_id, set=values):
                self._change(name, entity_id, values)
            case Increment(increment=name, id=entity_id, field=field, by=by):
                self._change(name, entity_id, {field: add(self._find(name, entity_id).get(field), by)})
            case UpdateWhere(update_where=name, where=where, set=values):
                id_field = self._collections[name].spec.id_field
                for entity in select(self._entities[name], where):
                    self._change(name, entity[id_field], values)
            case Delete(delete=name, id=entity_id):
                del self._own(name)[self._place(name, entity_id)]
                self._touch(name, entity_id)
            case _:
                assert_never(operation)

    def _insert(self, name: str, entity_id: str, values: Entity) -> None:
        collection = self._collections[name]
        id_field = collection.spec.id_field
        if collection.place(self._entities[name], entity_id) is not None:
            raise DeltaFault(f"{name} already has an entity {entity_id!r}")
        insort(self._own(name), {id_field: entity_id, **values}, key=lambda entity: str(entity[id_field]))
        self._minted[name] = self._minted.get(name, 0) + 1
        self._touch(name, entity_id)

    def _change(self, name: str, entity_id: Json, values: Mapping[str, Json]) -> None:
        place = self._place(name, entity_id)
        entities = self._own(name)
        entities[place] = {**entities[place], **values}
        self._touch(name, entity_id)

    def _find(self, name: str, entity_id: Json) -> Entity:
        return self._entities[name][self._place(name, entity_id)]

    def _place(self, name: str, entity_id: Json) -> int:
        place = self._collections[name].place(self._entities[name], entity_id)
        if place is None:
            raise DeltaFault(f"{name} has no entity {entity_id!r}")
        return place

    def _own(self, name: str) -> list[Entity]:
        """The collection's list, copied before its first change."""
        if self._entities[name] is self._before.collections[name]:
            self._entities[name] = list(self._entities[name])
        return self._entities[name]

    def _touch(self, name: str, entity_id: str) -> None:
        self.touched.setdefault(name, set()).add(entity_id)


def apply_delta(collections: Mapping[str, Collection], state: WorldState, delta: Delta) -> WorldState:
    """The state after a committed delta, exactly as the commit left it; nothing is checked again.

    `collections` are the environment's. Raises DeltaFault where the delta does not apply to this state.
    """
    draft = StateDraft(collections, state)
    for operation in delta:
        draft.apply(operation)
    return draft.finish()
