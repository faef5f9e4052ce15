"""Aggregate, breakdown and quote: figures about entities."""

from typing import Literal

from toolworlds.models.embedded.archetypes.arguments import (
    entity_argument,
    filter_arguments,
    quantity_argument,
)
from toolworlds.models.embedded.archetypes.conditions import require
from toolworlds.models.embedded.archetypes.operation import Operation
from toolworlds.models.embedded.archetypes.plan import ReplyFact, ToolPlan
from toolworlds.models.embedded.archetypes.replies import arg, computed_fact, entity_field
from toolworlds.models.embedded.archetypes.searching import filter_constants, say_extremes
from toolworlds.models.embedded.entities import Domain, add_unit
from toolworlds.models.embedded.expressions import flat, flatten_names, names_in
from toolworlds.models.embedded.generators import Where
from toolworlds.models.embedded.relations import AnyGenerator
from toolworlds.models.embedded.schemas import fact_type, words_of
from toolworlds.records.worlds import Name

_FIGURES = {"total": "sum", "average": "mean", "lowest": "min", "highest": "max"}
"""Figure in the reply -> what it is of the numbers."""


class Aggregate(Operation):
    """Count, total, average, lowest and highest of a number over the entities that meet conditions."""

    archetype: Literal["aggregate"]
    of: Name
    filters: list[Name]

    def plan(self, domain: Domain) -> ToolPlan:
        """Figures; 404 when nothing meets the conditions."""
        entity, called = domain[self.on], domain[self.on].called(self.of)
        filters = filter_arguments(domain, self.on, self.filters)
        unit, (top, bottom) = entity.generators[self.of].unit, say_extremes(domain, self.on, self.of)
        words = dict(zip(_FIGURES, ("total", "average", bottom, top), strict=True))
        type_ = fact_type(domain, self.on, self.of)
        nothing = f"no {entity.noun} meets these conditions"
        return ToolPlan(
            name=f"summarize_{self.on}_{self.of}",
            description=f"Count {entity.plural} and give the total, average, {bottom} and {top} {called}.",
            collection=self.on,
            arguments=filters,
            reply={},
            outputs={"count": f"number of {entity.plural}"}
            | {name: add_unit(f"{word} {called}", unit) for name, word in words.items()},
            twin=("searches", "aggregate"),
            constants={
                **filter_constants(filters),
                "OF": self.of,
                "FIGURES": list(_FIGURES.items()),
                "NONE": nothing,
            },
            facts=[
                computed_fact("count", "integer", f"number of {entity.plural}"),
                *(
                    computed_fact(name, "number" if name == "average" else type_, f"{word} {called}", unit)
                    for name, word in words.items()
                ),
            ],
            missing=[(nothing, "the conditions leave nothing to count")],
        )


class Breakdown(Operation):
    """How many entities stand under each word of a field."""

    archetype: Literal["breakdown"]
    by: Name
    filters: list[Name] = []

    def plan(self, domain: Domain) -> ToolPlan:
        """Counts by word."""
        entity, called = domain[self.on], domain[self.on].called(self.by)
        words = words_of(entity.generators[self.by])
        filters = filter_arguments(domain, self.on, self.filters)
        return ToolPlan(
            name=f"count_{self.on}_by_{self.by}",
            description=f"Count {entity.plural} by {called}.",
            collection=self.on,
            arguments=filters,
            reply={},
            outputs={
                "total": f"number of {entity.plural} that meet the conditions",
                "counts": f"{called} -> number of {entity.plural}",
            },
            twin=("searches", "breakdown"),
            constants={**filter_constants(filters), "BY": self.by, "WORDS": words},
            facts=[
                computed_fact("total", "integer", f"number of {entity.plural}"),
                *(
                    ReplyFact(["counts", word], "integer", f"number of {entity.plural} with {called} {word}")
                    for word in words
                ),
            ],
        )


class Quote(Operation):
    """A figure computed from arguments and one entity's fields; nothing is changed."""

    archetype: Literal["quote"]
    gives: Name
    """Name of the computed figure in the reply."""
    calc: str
    """Arithmetic over the arguments and the entity's fields, e.g. `hours * hourly_rate`."""
    takes: dict[Name, AnyGenerator]
    """The arguments and what they may be: integer or number."""
    unit: str
    when: Where = {}

    def plan(self, domain: Domain) -> ToolPlan:
        """The figure, rounded to cents."""
        entity, noun = domain[self.on], self.gives.replace("_", " ")
        subject = entity_argument(domain, self.on, fits=self.when)
        name = subject.meaning.name
        variables = {
            flat(field): arg(field) if field in self.takes else entity_field(self.on, arg(name), field)
            for field in names_in(self.calc)
        }
        return ToolPlan(
            name=f"quote_{self.gives}",
            description=f"Work out the {noun} for {entity.one}; nothing is booked.",
            collection=self.on,
            arguments=[
                subject,
                *(quantity_argument(field, self.on, gen) for field, gen in self.takes.items()),
            ],
            reply={
                f"{entity.slug}_id": arg(name),
                self.gives: {"$calc": f"round({flatten_names(self.calc)}, 2)", "vars": variables},
            },
            outputs={f"{entity.slug}_id": f"id of the {entity.noun}", self.gives: f"{noun}, in {self.unit}"},
            twin=("checks", "quote"),
            remarks=[f"Computed as {self.calc}, rounded to 2 places."],
            facts=[computed_fact(self.gives, "number", noun, self.unit, name)],
            states=require(domain, self.on, name, self.when),
        )
