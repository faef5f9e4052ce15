"""Create: a new entity with references."""

from collections.abc import Iterable, Iterator
from typing import Literal

from toolworlds.models.embedded.archetypes.arguments import ref_argument, value_argument
from toolworlds.models.embedded.archetypes.conditions import require
from toolworlds.models.embedded.archetypes.directions import may_count
from toolworlds.models.embedded.archetypes.operation import Guard, Operation
from toolworlds.models.embedded.archetypes.plan import FillRow, ReplyFact, ToolArgument, ToolPlan
from toolworlds.models.embedded.archetypes.replies import arg, describe_fields, entity_field, field_facts
from toolworlds.models.embedded.entities import CatalogueError, Domain
from toolworlds.models.embedded.generators import Fixed, Stamp, Text, Where
from toolworlds.models.embedded.relations import Calc, TallyField
from toolworlds.models.embedded.schemas import fact_type
from toolworlds.records.worlds import Name


class New(Operation):
    """What operations that make an entity share."""

    takes: list[Name]
    """Fields given as arguments."""
    needs: dict[Name, Where] = {}
    """ref field -> what the referenced entity must look like, e.g. `{vehicle_id: {status: available}}`."""
    guards: list[Guard] = []

    def plan_new(self, domain: Domain, verb: str, *twin: str) -> ToolPlan:
        """The parts of a tool that makes an entity of what it takes."""
        on, entity = self.on, domain[self.on]
        label = entity.label if entity.label in self.takes else None
        taken = f"another {entity.noun} already has this {entity.called(label)}" if label else ""
        shown = [
            name for name, field in entity.generators.items() if isinstance(field, Calc) or name == "status"
        ]
        new = {"$new": on}
        fill = [
            (name, "arg", name, None) if name in self.takes else fill_row(domain, on, name)
            for name in entity.generators
        ]
        bounded = list(bounded_tallies(domain, on, self.takes, fill))
        return ToolPlan(
            name=f"{verb}_{entity.slug}",
            description=f"{verb.capitalize()} {entity.one}. {entity.description}",
            collection=on,
            arguments=take_arguments(domain, on, self.takes, self.needs),
            reply={f"{entity.slug}_id": new}
            | {field: entity_field(on, new, field) for field in shown}
            | {name: entity_field(parent, arg(ref), field) for name, ref, parent, field in bounded},
            outputs=describe_fields(domain, on, [f"{entity.slug}_id", *shown])
            | {name: f"{domain[parent].called(field)} afterwards" for name, _, parent, field in bounded},
            twin=("checks", "changes", *twin),
            constants={
                "FILL": fill,
                "LABEL": label,
                "TAKEN": taken,
            },
            facts=[
                *field_facts(domain, on, [field for field in shown if field != "status"], [], None),
                *(tally_fact(domain, *tally) for tally in bounded),
            ],
            sets={on: None},
            states=[
                state
                for ref, where in self.needs.items()
                for state in require(domain, domain.references(on)[ref], ref, where, entity.called(ref))
            ],
            guards=[(guard.rule, guard.says) for guard in self.guards],
            refusals=[(taken, f"`{label}` is that of another {entity.noun}")] if label else [],
        )


_NOTHING = {"$calc": "0", "vars": {}}


def fill_row(domain: Domain, collection: str, field: str) -> FillRow:
    """How a field that is not given is filled in a new entity."""
    entity = domain[collection]
    if field == "status" and entity.status:
        return field, "plain", entity.status.initial, entity.status.initial
    generator = entity.fields[field]
    match generator:
        case Stamp() if not generator.may_be_null:
            return field, "now", None, None
        case TallyField() | Calc():
            return field, "plain", 0, _NOTHING
        case Fixed(fixed=bool() | str() as value):
            return field, "plain", value, value
        case Fixed(fixed=value):
            return field, "plain", value, {"$calc": str(value), "vars": {}}
        case Text():
            return field, "plain", "", ""
    if generator.may_be_null:
        return field, "plain", None, None
    raise CatalogueError(
        f"new entities of {collection} need {field!r}: take it, or make it optional or fixed"
    )


class Create(New):
    """A new entity. What it does not take is computed (calc), stamped, fixed, tallied, or empty."""

    archetype: Literal["create"]

    def plan(self, domain: Domain) -> ToolPlan:
        """The new entity's id and what was computed for it."""
        return self.plan_new(domain, "create", "create")


def take_arguments(
    domain: Domain, collection: str, takes: Iterable[str], needs: dict[str, Where], *, required: bool = True
) -> list[ToolArgument]:
    """An argument for each field that is given; what may be null may be left out."""
    references = domain.references(collection)
    arguments = []
    for field in takes:
        must = required and not domain.generator(collection, field).optional
        if field in references:
            arguments.append(ref_argument(domain, collection, field, needs.get(field), required=must))
        else:
            arguments.append(value_argument(domain, collection, field, required=must))
    return arguments


def bounded_tallies(
    domain: Domain, collection: str, refs: Iterable[str], fill: list[FillRow] | None = None
) -> Iterator[tuple[str, str, str, str]]:
    """(reply field, ref argument, parent collection, field) of limited tallies that the call changes.

    With `fill`, as new entities are filled, those are left out that do not count an entity from the start.
    """
    for over in domain.tallies_over(collection):
        counts = fill is None or may_count(fill, over.tally)
        if counts and over.tally.at_most and over.tally.by in refs:
            yield f"{over.tally.by.removesuffix('_id')}_{over.field}", over.tally.by, over.parent, over.field


def tally_fact(domain: Domain, name: str, ref: str, parent: str, field: str) -> ReplyFact:
    """The tally of a parent after the call, as a fact."""
    entity = domain[parent]
    unit = entity.generators[field].unit
    return ReplyFact([name], fact_type(domain, parent, field), f"new {entity.called(field)}", unit, ref)
