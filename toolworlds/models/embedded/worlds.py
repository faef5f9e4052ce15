"""Worlds from the catalogue: a schema and a seeded, believable state that keeps all of its own rules."""

import ast
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import CodeType

from toolworlds.models.embedded.catalogue import Subfield
from toolworlds.models.embedded.entities import Domain, EntityType, ResourceCalendar, StatusFlow
from toolworlds.models.embedded.expressions import fits, names_in
from toolworlds.models.embedded.generators import EntityDraft, Exhausted
from toolworlds.models.embedded.relations import Above, TallyField
from toolworlds.models.embedded.schemas import world_schema
from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import WorldSchema, WorldState
from toolworlds.world.calc import add

_TRIES = 40
"""Drafts of one entity before it is left out."""


@dataclass(frozen=True, slots=True)
class GeneratedWorld:
    """A subfield's nouns with one state of them."""

    domain: Domain
    schema: WorldSchema
    state: WorldState


def build_world(subfield: Subfield, rng: random.Random) -> GeneratedWorld:
    """A world whose state satisfies references, invariants, tallies, calendars and statuses."""
    domain = Domain(subfield.entities)
    now = subfield.clock + timedelta(days=rng.randint(-40, 60))
    collections: dict[str, list[Entity]] = {}
    for collection in order_by_reference(domain):
        collections[collection] = []
        _fill(domain, collection, collections, now, rng)
    for collection in domain.entities:
        _fill_bounds(domain, collection, collections, now, rng)
    ordered = {
        name: sorted(collections[name], key=lambda entity: str(entity["id"])) for name in domain.entities
    }
    return GeneratedWorld(domain, world_schema(domain), WorldState(now=now.isoformat(), collections=ordered))


def order_by_reference(domain: Domain) -> list[str]:
    """The collections, each after those it refers to."""
    order: list[str] = []
    waiting = list(domain.entities)
    while waiting:
        ready = [name for name in waiting if set(domain.references(name).values()) <= set(order)]
        if not ready:
            raise ValueError(f"references run in a circle among {', '.join(waiting)}")
        order += ready
        waiting = [name for name in waiting if name not in ready]
    return order


def _fill(
    domain: Domain, collection: str, collections: dict[str, list[Entity]], now: datetime, rng: random.Random
) -> None:
    """Adds the entities of one collection, each the first of some drafts that is sound."""
    entity_type = domain[collection]
    count = rng.randint(*entity_type.count)
    presets = rng.sample(entity_type.presets, min(count, len(entity_type.presets)))
    for place in range(count):
        preset = presets[place] if place < len(presets) else {}
        for _ in range(_TRIES):
            draft = EntityDraft(
                rng, now, collection, {"id": f"{entity_type.prefix}_{rng.getrandbits(32):08x}"}, collections
            )
            if _write(draft, entity_type, preset, place) and _admit(domain, draft):
                break


def _write(draft: EntityDraft, entity_type: EntityType, preset: Mapping[str, Json], place: int) -> bool:
    """Fills the draft's fields in order; False when a value cannot be had."""
    if entity_type.status:
        draft.entity["status"] = _draw_status(entity_type.status, draft.rng, place)
    try:
        for name, generator in entity_type.fields.items():
            waits = isinstance(generator, Above) and isinstance(
                entity_type.fields.get(generator.above), TallyField
            )
            draft.entity[name] = (
                0 if waits else preset[name] if name in preset else generator.fill(draft, name)
            )
    except Exhausted:
        return False
    return True


def _draw_status(life: StatusFlow, rng: random.Random, place: int) -> str:
    """By weight; but the first entities show every status of the seed once."""
    weights = life.seed or dict.fromkeys(life.flow, 1.0)
    statuses = list(weights)
    return statuses[place] if place < len(statuses) else rng.choices(statuses, list(weights.values()))[0]


def _admit(domain: Domain, draft: EntityDraft) -> bool:
    """Adds the draft to its collection and to the tallies of its parents, unless that breaks a rule."""
    entity_type = domain[draft.collection]
    if entity_type.calendar and _overlaps(draft, entity_type.calendar):
        return False
    changed: dict[tuple[str, str], Entity] = {}
    for over in domain.tallies_over(draft.collection):
        amount, target = over.tally.contribution(draft.entity), draft.entity[over.tally.by]
        if amount and target is not None:
            parent = changed.get((over.parent, target)) or _find(draft.collections[over.parent], target)
            changed[over.parent, target] = {**parent, over.field: add(parent[over.field], amount)}
    touched = [
        (draft.collection, draft.entity),
        *((parent, entity) for (parent, _), entity in changed.items()),
    ]
    if not all(_keeps_rules(domain[name], entity) for name, entity in touched):
        return False
    for (name, entity_id), entity in changed.items():
        _find(draft.collections[name], entity_id).update(entity)
    draft.collections[draft.collection].append(draft.entity)
    return True


def _find(entities: list[Entity], entity_id: str) -> Entity:
    return next(entity for entity in entities if entity["id"] == entity_id)


def _overlaps(draft: EntityDraft, calendar: ResourceCalendar) -> bool:
    """Whether the draft takes up its resource while another live entity does."""
    if not fits(draft.entity, calendar.live):
        return False
    start, end = _span(draft.entity, calendar)
    for other in draft.collections[draft.collection]:
        if fits(other, calendar.live | {calendar.resource: [draft.entity[calendar.resource]]}):
            begins, ends = _span(other, calendar)
            if start < ends and begins < end:
                return True
    return False


def _span(entity: Entity, calendar: ResourceCalendar) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(entity[calendar.start])
    return start, start + timedelta(minutes=entity[calendar.length] * calendar.minutes)


def _keeps_rules(entity_type: EntityType, entity: Entity) -> bool:
    """Whether all rules hold, but for those about bounds that are still to be sampled."""
    waiting = {name for name, field in entity_type.fields.items() if isinstance(field, Above)}
    return all(
        eval(_compile_rule(rule.rule), {"__builtins__": {}, "len": len, "abs": abs}, entity)
        for rule in entity_type.rules
        if not waiting & set(names_in(rule.rule))
    )


@lru_cache(maxsize=1024)
def _compile_rule(rule: str) -> CodeType:
    return compile(ast.parse(rule, mode="eval"), "<rule>", "eval")


def _fill_bounds(
    domain: Domain, collection: str, collections: dict[str, list[Entity]], now: datetime, rng: random.Random
) -> None:
    """Draws the numbers that lie above a tally, now that the tallies stand."""
    fields = domain[collection].fields
    for name, generator in fields.items():
        if isinstance(generator, Above) and isinstance(fields.get(generator.above), TallyField):
            for entity in collections[collection]:
                entity[name] = generator.draw(EntityDraft(rng, now, collection, entity, collections), name)
