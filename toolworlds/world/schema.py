"""A world's collections, compiled once: what an entity must be, and the same in plain words."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import CollectionSpec
from toolworlds.world.json_schema import Schema, compile_schema
from toolworlds.world.starlark import Predicates, compile_predicates


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection's declaration with what checking needs."""

    name: str
    spec: CollectionSpec
    fields: frozenset[str]
    entity_schema: Schema
    invariants: Predicates | None
    enums: Mapping[str, tuple[Json, ...]]
    """field -> the members that its schema offers, for fields that have an enum."""

    @classmethod
    def compile(cls, name: str, spec: CollectionSpec) -> Self:
        """Raises SchemaFault when the entity schema is no JSON Schema."""
        properties: dict[str, Json] = spec.entity_schema.get("properties", {})
        expressions = [invariant.predicate for invariant in spec.invariants]
        return cls(
            name=name,
            spec=spec,
            fields=frozenset(properties),
            entity_schema=compile_schema(spec.entity_schema),
            invariants=compile_predicates(expressions, sorted(properties)) if expressions else None,
            enums={
                field: tuple(rule["enum"])
                for field, rule in properties.items()
                if isinstance(rule, dict) and "enum" in rule
            },
        )

    def place(self, entities: Sequence[Entity], entity_id: Json) -> int | None:
        """Where the entity with this id stands in the sorted list; None if it is not there."""
        if not isinstance(entity_id, str):
            return None
        field = self.spec.id_field
        place = bisect_left(entities, entity_id, key=lambda entity: entity[field])
        return place if place < len(entities) and entities[place][field] == entity_id else None

    def find(self, entities: Sequence[Entity], entity_id: Json) -> Entity | None:
        """The entity with this id, or None."""
        place = self.place(entities, entity_id)
        return None if place is None else entities[place]

    def describe(self, entity: Entity) -> str:
        """How reasons call an entity, e.g. `rooms 'rm_01'`."""
        return f"{self.name} {entity.get(self.spec.id_field)!r}"

    def find_type_problems(self, entity: Entity) -> list[str]:
        """What the entity schema and the status machine's words say against an entity, if anything."""
        misfit = self.entity_schema.find_misfit(entity)
        problem = str(misfit) if misfit else None
        machine = self.spec.status
        status = entity.get(machine.field) if machine else None
        if problem is None and machine and status not in machine.transitions:
            problem = f"{machine.field}: {status!r} is none of {', '.join(machine.transitions)}"
        return [f"{self.describe(entity)}: {problem}"] if problem else []

    def find_status_problems(self, before: Entity | None, after: Entity) -> list[str]:
        """Whether the status machine allows this birth (`before` is None) or this move."""
        machine = self.spec.status
        if machine is None:
            return []
        new = after.get(machine.field)
        if before is None:
            allowed, moment = machine.initial, "begin as"
        else:
            old = before.get(machine.field)
            if new == old:
                return []
            allowed, moment = machine.transitions.get(str(old), []), f"go from {old!r} to"
        if new in allowed:
            return []
        options = ", ".join(repr(status) for status in allowed) or "nothing: it is final"
        return [f"{self.describe(after)}: {machine.field} may not {moment} {new!r}; allowed: {options}"]
