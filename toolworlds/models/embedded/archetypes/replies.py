"""Pieces of replies: references to fields, and the facts that people may ask for."""

from collections.abc import Iterable

from toolworlds.models.embedded.archetypes.plan import ReplyFact
from toolworlds.models.embedded.entities import Domain, add_unit
from toolworlds.models.embedded.schemas import fact_type, kind_of
from toolworlds.records.base import Json
from toolworlds.records.tasks import FactType


def arg(name: str) -> dict[str, Json]:
    """A reference to an argument."""
    return {"$arg": name}


def entity_field(collection: str, entity: Json, field: str) -> dict[str, Json]:
    """A reference to a field of an entity, which is itself pointed at by a reference to its id."""
    return {"$entity": [collection, entity, field]}


def field_facts(
    domain: Domain, collection: str, fields: Iterable[str], prefix: list[str | int], of: str | None
) -> list[ReplyFact]:
    """The facts of an entity shown in a reply; prose and ids are none."""
    entity = domain[collection]
    return [
        ReplyFact(
            [*prefix, field],
            fact_type(domain, collection, field),
            entity.called(field),
            entity.generators[field].unit,
            of,
        )
        for field in fields
        if kind_of(domain, collection, field) not in ("text", "id")
    ]


def computed_fact(
    path: str, type_: FactType, noun: str, unit: str | None = None, of: str | None = None
) -> ReplyFact:
    """A fact that is no field of an entity."""
    return ReplyFact([path], type_, noun, unit, of)


def entity_reply(domain: Domain, collection: str, argument: str, fields: Iterable[str]) -> dict[str, Json]:
    """The usual reply of a write: the entity's id and some of its fields after the call."""
    shown = {field: entity_field(collection, arg(argument), field) for field in fields}
    return {f"{domain[collection].slug}_id": arg(argument), **shown}


def describe_fields(domain: Domain, collection: str, reply: Iterable[str]) -> dict[str, str]:
    """Words for the fields of an entity's reply."""
    entity = domain[collection]
    words = {"id": f"id of the {entity.noun}", f"{entity.slug}_id": f"id of the {entity.noun}"}
    words |= {name: _describe(domain, collection, name) for name in entity.generators}
    words |= {field: f"id of {words[field]}" for field in domain.references(collection)}
    return {field: words[field] for field in reply if field in words}


def _describe(domain: Domain, collection: str, field: str) -> str:
    entity = domain[collection]
    if kind_of(domain, collection, field) == "flag":
        return f"{entity.called(field)}: yes (true) or no (false)"
    return add_unit(entity.own(field), entity.generators[field].unit)
