"""From generators to JSON Schemas: entities, and the values that tools take."""

from typing import Literal, assert_never

from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.generators import (
    Choice,
    Code,
    DayField,
    Email,
    Fixed,
    Flag,
    Integer,
    MomentField,
    Number,
    OneOf,
    Person,
    Phone,
    ProperName,
    Stamp,
    Text,
)
from toolworlds.models.embedded.relations import Above, After, AnyGenerator, Calc, Cases, Ref, TallyField
from toolworlds.records.base import Json
from toolworlds.records.tasks import FactType
from toolworlds.records.worlds import CollectionSpec, Invariant, StatusMachine, WorldSchema

Kind = Literal["word", "name", "text", "integer", "number", "flag", "day", "moment", "id"]

_MONTHS = r"(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8])"
_DAY = rf"(19|20)\d\d-({_MONTHS})"
DAY_PATTERN = f"^{_DAY}$"
MOMENT_PATTERN = f"^{_DAY}T([01]\\d|2[0-3]):[0-5]\\d:00$"


def kind_of(domain: Domain, collection: str, field: str) -> Kind:
    """What sort of value a field holds; `name` is unique text, `text` is prose."""
    return _kind(domain, collection, domain.generator(collection, field))


def _kind(domain: Domain, collection: str, generator: AnyGenerator) -> Kind:
    match generator:
        case Choice():
            return "word"
        case ProperName() | Person() | Code() | Email() | Phone():
            return "name"
        case Text():
            return "text"
        case Integer():
            return "integer"
        case OneOf(sizes=sizes):
            return "integer" if all(isinstance(size, int) for size in sizes) else "number"
        case Number() | Calc():
            return "number"
        case Flag():
            return "flag"
        case DayField():
            return "day"
        case MomentField() | Stamp():
            return "moment"
        case Ref():
            return "id"
        case Fixed(fixed=value):
            return _kind_of_value(value)
        case TallyField(tally=other, sum=summed):
            return kind_of(domain, other, summed) if summed else "integer"
        case Above(above=base, step=step):
            return kind_of(domain, collection, base) if step == int(step) else "number"
        case After(after=base, hours=hours):
            return "moment" if hours else kind_of(domain, collection, base)
        case Cases(cases=cases):
            return _kind(domain, collection, next(iter(cases.values())))
        case _:
            assert_never(generator)


def _kind_of_value(value: bool | float | str) -> Kind:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, str):
        return "name"
    return "integer" if isinstance(value, int) else "number"


def value_schema(domain: Domain, collection: str, field: str) -> dict[str, Json]:
    """The JSON Schema of a field's value where there is one, without bounds."""
    match kind_of(domain, collection, field):
        case "word":
            return {"type": "string", "enum": words_of(domain.generator(collection, field))}
        case "integer":
            return {"type": "integer"}
        case "number":
            return {"type": "number"}
        case "flag":
            return {"type": "boolean"}
        case "day":
            return {"type": "string", "pattern": DAY_PATTERN}
        case "moment":
            return {"type": "string", "pattern": MOMENT_PATTERN}
        case "id":
            target = domain.references(collection)[field]
            return id_schema(domain, target)
        case _:
            return {"type": "string"}


def words_of(generator: AnyGenerator) -> list[str]:
    """The words a field may hold; of a matched choice those of all cases."""
    match generator:
        case Choice():
            return generator.words
        case Cases(cases=cases):
            return list(dict.fromkeys(word for case in cases.values() for word in words_of(case)))
        case _:
            return []


def id_schema(domain: Domain, collection: str) -> dict[str, Json]:
    """The JSON Schema of an id of a collection."""
    return {"type": "string", "pattern": f"^{domain[collection].prefix}_[0-9a-f]{{8}}$"}


def fact_type(domain: Domain, collection: str, field: str) -> FactType:
    """How a value of this field is compared when it is asked for as a fact."""
    types: dict[Kind, FactType] = {
        "integer": "integer",
        "number": "number",
        "flag": "boolean",
        "day": "date",
        "moment": "date",
        "id": "id",
    }  # fmt: skip
    return types.get(kind_of(domain, collection, field), "string")


def world_schema(domain: Domain) -> WorldSchema:
    """The schema of all collections of a subfield."""
    return WorldSchema(collections={name: _collection(domain, name) for name in domain.entities})


def _collection(domain: Domain, collection: str) -> CollectionSpec:
    entity = domain[collection]
    life = entity.status
    return CollectionSpec(
        description=entity.description,
        id_prefix=entity.prefix,
        entity_schema=_entity_schema(domain, collection),
        references=domain.references(collection),
        invariants=[Invariant(predicate=rule.rule, message=rule.says) for rule in entity.rules],
        status=StatusMachine(field="status", initial=[life.initial], transitions=life.flow) if life else None,
        free_text=[name for name in entity.fields if kind_of(domain, collection, name) == "text"],
        label=entity.label,
    )


def _entity_schema(domain: Domain, collection: str) -> dict[str, Json]:
    properties = {"id": id_schema(domain, collection)}
    for name, generator in domain[collection].generators.items():
        schema = value_schema(domain, collection, name)
        if generator.may_be_null:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        if generator.unit:
            schema["description"] = f"in {generator.unit}"
        properties[name] = schema
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
