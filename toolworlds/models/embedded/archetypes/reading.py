"""Find and get: one entity by its natural key or by its id; history: what belongs to it, by date."""

from typing import Literal

from toolworlds.models.embedded.archetypes.arguments import entity_argument, filter_arguments, paging_argument
from toolworlds.models.embedded.archetypes.operation import Operation
from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning, ToolArgument, ToolPlan
from toolworlds.models.embedded.archetypes.replies import (
    arg,
    computed_fact,
    describe_fields,
    entity_field,
    field_facts,
)
from toolworlds.models.embedded.archetypes.searching import filter_constants
from toolworlds.models.embedded.entities import CatalogueError, Domain
from toolworlds.models.embedded.generators import Where
from toolworlds.models.embedded.schemas import fact_type, value_schema
from toolworlds.records.base import Json
from toolworlds.records.worlds import Name


class Find(Operation):
    """Entities by a natural key (name, code, e-mail address)."""

    archetype: Literal["find"]
    by: Name | None = None
    """The key; the label otherwise."""
    show: list[Name]

    def plan(self, domain: Domain) -> ToolPlan:
        """The entities that bear the key; 404 if none does."""
        entity, key = domain[self.on], self.by or domain[self.on].label
        if key is None:
            raise CatalogueError(f"find on {self.on}: it has no label; say which field with `by`")
        called = entity.called(key)
        meaning = ArgumentMeaning(key, "filter", called, self.on, key)
        schema = {
            **value_schema(domain, self.on, key),
            "description": f"The {called}, exactly as it is written.",
        }
        nothing = f"no {entity.noun} has this {called}"
        return ToolPlan(
            name=f"find_{entity.slug}",
            description=f"Find {entity.one} by {called}.",
            collection=self.on,
            arguments=[ToolArgument(meaning, schema)],
            reply={},
            outputs={"matches": f"the {entity.plural} that bear it: id, {', '.join(self.show)}"},
            twin=("find",),
            constants={"BY": key, "SHOW": ["id", *self.show], "NONE": nothing},
            facts=field_facts(domain, self.on, [f for f in self.show if f != key], ["matches", 0], key),
            missing=[(nothing, f"`{key}` is that of no {entity.noun}")],
        )


class Get(Operation):
    """All fields of one entity, and some of those it refers to."""

    archetype: Literal["get"]
    include: list[str] = []
    """`<ref field>.<field>` of referenced entities, e.g. `customer_id.name`."""

    def plan(self, domain: Domain) -> ToolPlan:
        """The entity; 404 for an unknown id."""
        entity = domain[self.on]
        subject = entity_argument(domain, self.on)
        name = subject.meaning.name
        reply: dict[str, Json] = {
            field: (None, entity_field(self.on, arg(name), field)) for field in ["id", *entity.generators]
        }
        facts = field_facts(domain, self.on, entity.generators, [], name)
        included: dict[str, str] = {}
        for path in self.include:
            ref, field = path.split(".")
            other, shown = domain.references(self.on)[ref], f"{ref.removesuffix('_id')}_{field}"
            reply[shown] = (ref, entity_field(other, entity_field(self.on, arg(name), ref), field))
            noun = f"{domain[other].called(field)} of the {entity.called(ref)}"
            included[shown] = noun
            facts.append(computed_fact(shown, fact_type(domain, other, field), noun, None, name))
        return ToolPlan(
            name=f"get_{entity.slug}",
            description=f"Show all details of one {entity.noun}.",
            collection=self.on,
            arguments=[subject],
            reply=reply,
            outputs=describe_fields(domain, self.on, reply) | included,
            twin=("checks", "get"),
            constants={"SUBJECT": name},
            facts=facts,
            reads=[domain.references(self.on)[path.split(".")[0]] for path in self.include],
        )


class History(Operation):
    """The entities that point at one entity, newest first, optionally between two dates."""

    archetype: Literal["history"]
    of: Name
    """The ref field of `on` that points at the entity asked about."""
    date: Name
    where: Where = {}
    """Only these, e.g. `{status: [delivered]}`."""
    show: list[Name]

    def plan(self, domain: Domain) -> ToolPlan:
        """A list with its total."""
        entity, on = domain[self.on], self.on
        parent = domain.references(on)[self.of]
        dates = filter_arguments(domain, on, [self.date])
        fixed = [[field, "in", words] for field, words in self.where.items()]
        which = " or ".join(str(word) for words in self.where.values() for word in words)
        items = f"{which} {entity.plural}" if which else entity.plural
        return ToolPlan(
            name=f"list_{on}_of_{self.of.removesuffix('_id')}",
            description=f"List the {items} of one {entity.called(self.of)}, newest first.",
            collection=on,
            arguments=[
                entity_argument(domain, parent, name=self.of, noun=entity.called(self.of), role="subject"),
                *dates,
                paging_argument("limit", on, "how many", 10, 20, f"How many {entity.plural} at most."),
            ],
            reply={},
            outputs={
                "total": f"number of {entity.plural} that fit, whatever the limit",
                on: f"the {entity.plural}: id, {', '.join(self.show)}",
            },
            twin=("checks", "searches", "history"),
            constants={
                **filter_constants(dates, fixed),
                "OF": self.of,
                "DATE": self.date,
                "SHOW": ["id", *self.show],
            },
            facts=[
                computed_fact(
                    "total",
                    "integer",
                    f"number of {items}",
                    None,
                    self.of,
                ),
                *field_facts(domain, on, self.show, [on, 0], None),
            ],
        )
