"""Other values in the place of a right one: of the same kind, near it, and never equal to it."""

import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from toolworlds.language.days import parse_iso
from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import WorldSchema, WorldState
from toolworlds.world.json_paths import Steps


def alter_value(value: Json, rule: Mapping[str, Json], rng: random.Random) -> Json:
    """Another value that the JSON Schema `rule` allows, as far as enum and bounds tell; None without one."""
    if others := [member for member in rule.get("enum", []) if member != value]:
        return rng.choice(others)
    if "enum" in rule or "const" in rule or value is None:
        return None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return _alter_number(value, rule)
    if isinstance(value, str):
        return _alter_text(value)
    return [*value, "another"] if isinstance(value, list) else {**value, "another": True}


def find_rule(schema: Mapping[str, Json], path: Steps) -> Mapping[str, Json]:
    """The part of a parameters schema that speaks of the leaf at `path`; empty where it does not say."""
    for step in path:
        inner = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
        schema = inner if isinstance(inner, dict) else {}
    return schema


def find_siblings(schema: WorldSchema, state: WorldState, value: Json, rng: random.Random) -> list[Json]:
    """If `value` is an entity's id: the ids of the others of its collection, the most alike first."""
    for name, spec in schema.collections.items():
        entities = {entity[spec.id_field]: entity for entity in state.collections[name]}
        if not isinstance(value, str) or value not in entities:
            continue
        chosen = entities.pop(value)
        keys = list(entities)
        rng.shuffle(keys)
        return sorted(keys, key=lambda key: -_likeness(chosen, entities[key]))
    return []


def _likeness(one: Entity, other: Entity) -> int:
    return sum(other.get(field) == value for field, value in one.items())


def _alter_number(value: float, rule: Mapping[str, Json]) -> float | None:
    step: float = rule.get("multipleOf", 1)
    return next((other for other in (value + step, value - step) if _is_within(other, rule)), None)


def _is_within(number: float, rule: Mapping[str, Json]) -> bool:
    return bool(
        rule.get("minimum", number) <= number <= rule.get("maximum", number)
        and rule.get("exclusiveMinimum", number - 1) < number < rule.get("exclusiveMaximum", number + 1)
    )


def _alter_text(value: str) -> str:
    moment = parse_iso(value)
    if isinstance(moment, time):
        return (
            (datetime.combine(date(2000, 1, 1), moment) + timedelta(hours=1)).time().isoformat()[: len(value)]
        )
    if moment is not None:
        return (moment + timedelta(days=1 if moment.year < 9999 else -1)).isoformat()[: len(value)]
    return f"{value} II"
