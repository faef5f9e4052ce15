"""What a world keeps in step, counted anew and the slow way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from toolworlds.models.embedded.entities import EntityType
from toolworlds.models.embedded.expressions import compute, fits
from toolworlds.models.embedded.relations import AnyGenerator, Calc, TallyField
from toolworlds.models.embedded.worlds import GeneratedWorld
from toolworlds.records.base import Entity, Json
from toolworlds.world.calc import total


def find_wrong_tallies(world: GeneratedWorld) -> list[str]:
    """Tallies that are not what they count."""
    return [
        f"{entity['id']}.{name}"
        for name, field, entity in _walk(world)
        if isinstance(field, TallyField) and entity[name] != _count(world, field, entity["id"])
    ]


def find_wrong_calculations(world: GeneratedWorld) -> list[str]:
    """Computed fields that are not what their formula gives."""
    return [
        f"{entity['id']}.{name}"
        for name, field, entity in _walk(world)
        if isinstance(field, Calc)
        and entity[name] != compute(field.calc, field.decimals, partial(_look, world, entity))
    ]


def find_overlaps(world: GeneratedWorld) -> list[str]:
    """Resources that live entities take up twice at a time."""
    found = []
    for collection, entity_type in world.domain.entities.items():
        taken = _list_taken(entity_type, world.state.collections[collection])
        found += [
            resource
            for resource, spans in taken.items()
            if any(a[1] > b[0] for a, b in pairwise(sorted(spans)))
        ]
    return found


def _list_taken(
    entity_type: EntityType, entities: list[Entity]
) -> dict[str, list[tuple[datetime, datetime]]]:
    calendar = entity_type.calendar
    taken: dict[str, list[tuple[datetime, datetime]]] = {}
    for entity in entities if calendar else ():
        if calendar and fits(entity, calendar.live):
            start = datetime.fromisoformat(entity[calendar.start])
            end = start + timedelta(minutes=entity[calendar.length] * calendar.minutes)
            taken.setdefault(entity[calendar.resource], []).append((start, end))
    return taken


def _walk(world: GeneratedWorld) -> Iterator[tuple[str, AnyGenerator, Entity]]:
    for collection, entity_type in world.domain.entities.items():
        for name, field in entity_type.fields.items():
            for entity in world.state.collections[collection]:
                yield name, field, entity


def _count(world: GeneratedWorld, tally: TallyField, entity_id: str) -> float:
    pointing = (held for held in world.state.collections[tally.tally] if held[tally.by] == entity_id)
    return total(tally.contribution(held) for held in pointing)


def _look(world: GeneratedWorld, entity: Entity, path: str) -> Json:
    own, _, theirs = path.partition(".")
    if not theirs:
        return entity[own]
    everything = (held for entities in world.state.collections.values() for held in entities)
    return next(held for held in everything if held["id"] == entity[own])[theirs]
