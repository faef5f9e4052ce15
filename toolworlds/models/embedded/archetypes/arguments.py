"""The arguments that archetypes are made of: each with its JSON Schema and its meaning."""

import re
from collections.abc import Iterable

from toolworlds.language.words import raise_first
from toolworlds.models.embedded.archetypes.plan import (
    ArgumentKind,
    ArgumentMeaning,
    Comparison,
    Role,
    ToolArgument,
)
from toolworlds.models.embedded.entities import Domain, add_unit
from toolworlds.models.embedded.generators import Code, Integer, Number, Where
from toolworlds.models.embedded.relations import AnyGenerator, Cases
from toolworlds.models.embedded.schemas import DAY_PATTERN, Kind, id_schema, kind_of, value_schema
from toolworlds.records.base import Json
from toolworlds.world.calc import tidy

Agreement = tuple[str, str, str]

_KINDS: dict[Kind, ArgumentKind] = {
    "day": "when",
    "moment": "when",
    "text": "note",
    "word": "choice",
    "flag": "choice",
}
"""What an argument is that gives a field of this kind; any other is a value."""
_FORMS: dict[Kind, str] = {
    "day": ", as YYYY-MM-DD",
    "moment": ", as YYYY-MM-DDTHH:MM:00",
    "flag": ": yes (true) or no (false)",
}
"""What the description of a value of this kind says of its form."""


def entity_argument(
    domain: Domain,
    collection: str,
    *,
    name: str | None = None,
    noun: str | None = None,
    role: Role = "subject",
    field: str = "id",
    fits: Where | None = None,
    agrees: tuple[Agreement, ...] = (),
    required: bool = True,
) -> ToolArgument:
    """The id of an entity; `<noun>_id` unless named. `field` is the ref field it fills, if any."""
    noun = noun or domain[collection].noun
    meaning = ArgumentMeaning(
        name or f"{domain[collection].slug}_id",
        "entity",
        noun,
        collection,
        field,
        required=required,
        role=role,
        fits=fits or {},
        agrees=agrees,
    )
    return ToolArgument(meaning, {**id_schema(domain, collection), "description": f"Id of the {noun}."})


def ref_argument(
    domain: Domain, collection: str, field: str, fits: Where | None, *, required: bool = True
) -> ToolArgument:
    """The id that a ref field is to hold."""
    return entity_argument(
        domain,
        domain.references(collection)[field],
        name=field,
        noun=domain[collection].called(field),
        role="parent",
        field=field,
        fits=fits,
        required=required,
    )


def value_argument(
    domain: Domain,
    collection: str,
    field: str,
    *,
    name: str | None = None,
    adjective: str = "",
    required: bool = True,
) -> ToolArgument:
    """A new value of a field that is no ref, within what its generator gives."""
    entity, generator = domain[collection], domain.generator(collection, field)
    noun = entity.called(field)
    form = _FORMS.get(kind_of(domain, collection, field), "")
    schema = {
        **value_schema(domain, collection, field),
        **_bounds(generator),
        "description": f"{raise_first(adjective + entity.measured(field))}{form}.",
    }
    meaning = ArgumentMeaning(
        name or field,
        _KINDS.get(kind_of(domain, collection, field), "value"),
        noun,
        collection,
        field,
        required=required,
        unit=generator.unit,
    )
    return ToolArgument(meaning, schema)


def _bounds(generator: AnyGenerator) -> dict[str, Json]:
    """Smallest and largest number, length of text, or the pattern of a code."""
    match generator:
        case Integer(integer=(low, high)) | Number(number=(low, high)):
            return {"minimum": tidy(low), "maximum": tidy(high)}
        case Cases(cases=cases):
            bounds = [_bounds(case) for case in cases.values()]
            if all("minimum" in bound for bound in bounds):
                return {
                    "minimum": min(b["minimum"] for b in bounds),
                    "maximum": max(b["maximum"] for b in bounds),
                }
            return {}
        case Code(code=code):
            signs = {"#": r"\d", "@": "[A-Z]"}
            return {"pattern": f"^{''.join(signs.get(sign, re.escape(sign)) for sign in code)}$"}
        case _:
            return {}


def filter_arguments(
    domain: Domain, collection: str, fields: Iterable[str], *, required: int = 0
) -> list[ToolArgument]:
    """The arguments that filter by these fields; the first `required` of them must be given."""
    found: list[ToolArgument] = []
    for place, field in enumerate(fields):
        found += _filters(domain, collection, field, required=place < required)
    return found


def _filters(domain: Domain, collection: str, field: str, *, required: bool) -> list[ToolArgument]:
    generator, called = domain.generator(collection, field), domain[collection].called(field)
    title, measured = raise_first(called), raise_first(domain[collection].measured(field))
    less = "fewer" if domain[collection].is_counted(field) else "less"
    match kind_of(domain, collection, field):
        case "integer" | "number":
            sides: list[tuple[str, Comparison, str]] = [
                (f"min_{field}", ">=", f"{measured}: this or more"),
                (f"max_{field}", "<=", f"{measured}: this or {less}"),
            ]
        case "day" | "moment":
            sides = [
                (f"{field}_from", ">=", f"{title}: on or after this day (YYYY-MM-DD)"),
                (f"{field}_before", "<", f"{title}: before this day (YYYY-MM-DD), not on it"),
            ]
        case "flag":
            sides = [(field, "=", f"{title}{_FORMS['flag']}")]
        case "name" if field == domain[collection].label and isinstance(generator, Code):
            sides = [(field, "=", f"The {called}, exactly as it is written")]
        case "name" | "text":
            sides = [(f"{field}_contains", "contains", f"Part of the {called}, as it is written")]
        case "id":
            sides = [(field, "=", f"Id of the {called}")]
        case _:
            sides = [(field, "=", f"The {called} wanted")]
    return [_filter(domain, collection, field, *side, required=required) for side in sides]


def _filter(
    domain: Domain,
    collection: str,
    field: str,
    name: str,
    comparison: Comparison,
    text: str,
    *,
    required: bool,
) -> ToolArgument:
    generator = domain.generator(collection, field)
    schema = value_schema(domain, collection, field)
    if kind_of(domain, collection, field) == "moment":
        schema = {"type": "string", "pattern": DAY_PATTERN}
    elif comparison == "contains":
        schema = {"type": "string", "minLength": 2}
    meaning = ArgumentMeaning(
        name,
        "filter",
        domain[collection].called(field),
        collection,
        field,
        required=required,
        unit=generator.unit,
        comparison=comparison,
    )
    return ToolArgument(meaning, {**schema, "description": f"{text}."})


def paging_argument(
    name: str, collection: str, noun: str, default: int, most: int, text: str
) -> ToolArgument:
    """A whole number from 1 with a default: a page, a page's size, how many."""
    meaning = ArgumentMeaning(name, "paging", noun, collection, name, required=False)
    return ToolArgument(
        meaning, {"type": "integer", "minimum": 1, "maximum": most, "default": default, "description": text}
    )


def choice_argument(
    name: str,
    collection: str,
    field: str,
    noun: str,
    words: list[str],
    text: str,
    *,
    default: str | None = None,
    levels: bool = False,
) -> ToolArgument:
    """One of some words; optional when it has a default."""
    meaning = ArgumentMeaning(
        name,
        "choice",
        noun,
        collection,
        field,
        required=default is None,
        levels=tuple(words) if levels else (),
    )
    schema = {"type": "string", "enum": words, "description": text}
    return ToolArgument(meaning, schema if default is None else {**schema, "default": default})


def amount_argument(
    name: str,
    domain: Domain,
    collection: str,
    field: str,
    *,
    least: float,
    most: float | None = None,
    bounded: tuple[str, str, str | None] | None = None,
    text: str,
) -> ToolArgument:
    """A number by which a field changes; above `least` when that is 0. `text` tells what it is."""
    generator = domain.generator(collection, field)
    described = {"description": f"{add_unit(text, generator.unit)}."}
    schema: dict[str, Json] = value_schema(domain, collection, field) | described
    schema["exclusiveMinimum" if least == 0 else "minimum"] = tidy(least)
    if most is not None:
        schema["maximum"] = tidy(most)
    noun = domain[collection].called(field)
    meaning = ArgumentMeaning(name, "amount", noun, collection, field, unit=generator.unit, bounded=bounded)
    return ToolArgument(meaning, schema)


def quantity_argument(name: str, collection: str, generator: AnyGenerator) -> ToolArgument:
    """A number that no field holds, sampled from its own generator."""
    noun = generator.says or name.replace("_", " ")
    whole = isinstance(generator, Integer)
    schema = {
        "type": "integer" if whole else "number",
        **_bounds(generator),
        "description": f"{raise_first(add_unit(noun, generator.unit))}.",
    }
    meaning = ArgumentMeaning(name, "value", noun, collection, name, unit=generator.unit, generator=generator)
    return ToolArgument(meaning, schema)
