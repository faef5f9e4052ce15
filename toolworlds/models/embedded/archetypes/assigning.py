"""Assign, reassign, release, swap: who or what an entity is given to."""

from typing import Annotated, Literal

from pydantic import Field

from toolworlds.language.nouns import with_article
from toolworlds.models.embedded.archetypes.arguments import entity_argument
from toolworlds.models.embedded.archetypes.conditions import become, different, require, sources_of
from toolworlds.models.embedded.archetypes.creating import bounded_tallies, tally_fact
from toolworlds.models.embedded.archetypes.operation import Guard, Operation
from toolworlds.models.embedded.archetypes.plan import ToolArgument, ToolPlan
from toolworlds.models.embedded.archetypes.replies import arg, entity_field
from toolworlds.models.embedded.archetypes.updating import plan_change
from toolworlds.models.embedded.entities import CatalogueError, Domain
from toolworlds.models.embedded.generators import Where
from toolworlds.records.worlds import Name


class _Give(Operation):
    """What assign and reassign share."""

    ref: Name
    """The ref field to fill."""
    needs: Where = {}
    """What the other entity must look like."""
    same: dict[Name, Name] = {}
    """own field -> its field: both must be equal."""
    guards: list[Guard] = []

    def plan_give(self, domain: Domain, verb: str, when: Where, to: str | None, *, moves: bool) -> ToolPlan:
        """The parts of a tool that fills the ref; `moves` when it was filled before."""
        _spare_calendar(domain, self.on, self.ref)
        entity, target = domain[self.on], domain.references(self.on)[self.ref]
        called, subject = entity.called(self.ref), f"{entity.slug}_id"
        other = entity_argument(
            domain,
            target,
            name=self.ref,
            noun=called,
            role="other",
            field=self.ref,
            fits=self.needs,
            agrees=tuple((theirs, subject, own) for own, theirs in self.same.items()),
        )
        fits: Where = when if moves else {**when, self.ref: [None]}
        plan = plan_change(domain, self, verb, when, [other], [self.ref, *(["status"] if to else [])], "give")
        plan.arguments[0] = entity_argument(domain, self.on, fits=fits)
        has = f"has no {called}" if moves else f"already has {with_article(called)}"
        wrong = f"the {entity.noun} {has}"
        same = f"the {entity.noun} has this {called} already"
        plan.constants |= {"REF": self.ref, "TO": to, "MOVES": moves, "WRONG": wrong, "SAME": same}
        plan.states += require(domain, target, self.ref, self.needs, called)
        plan.pairs = [
            (
                subject,
                own,
                self.ref,
                theirs,
                True,
                f"the {called} has another {entity.called(own)} than the {entity.noun}",
            )
            for own, theirs in self.same.items()
        ]
        plan.guards = [(guard.rule, guard.says) for guard in self.guards]
        if not moves:
            plan.steps[self.on, self.ref] = "up"
        if to:
            plan.becomes = become(when, to)
        plan.refusals = [(wrong, f"its `{self.ref}` is {'null' if moves else 'not null'}")]
        if moves:
            plan.refusals.append((same, f"`{self.ref}` is what it has already"))
        _show_tallies(domain, plan, self.on, self.ref)
        return plan


def _spare_calendar(domain: Domain, collection: str, ref: str) -> None:
    """What takes up a resource by the calendar is not handed on without looking at the times."""
    calendar = domain[collection].calendar
    if calendar and calendar.resource == ref:
        raise CatalogueError(
            f"{ref} of {collection} is taken up by its calendar; use schedule and reschedule"
        )


def _show_tallies(domain: Domain, plan: ToolPlan, collection: str, ref: str) -> None:
    """Adds to the reply how much room the other entity has used up afterwards."""
    plan.facts = []
    for tally in bounded_tallies(domain, collection, [ref]):
        name, _, parent, field = tally
        plan.reply[name] = entity_field(parent, arg(ref), field)
        plan.outputs[name] = (
            f"{domain[parent].called(field)} of the {domain[collection].called(ref)} afterwards"
        )
        plan.facts.append(tally_fact(domain, *tally))


class Assign(_Give):
    """Gives an entity to another one that has room for it (its tally's `at_most`)."""

    archetype: Literal["assign"]
    to: str | None = None
    """The status it then has, if that changes."""
    sources: Annotated[list[str], Field(alias="from")] = []

    def plan(self, domain: Domain) -> ToolPlan:
        """The ref afterwards, and the other's tally."""
        entity = domain[self.on]
        when: Where = {"status": list(sources_of(domain, self.on, self.to, self.sources))} if self.to else {}
        if not self.to and self.sources:
            when = {"status": list(self.sources)}
        plan = self.plan_give(domain, "assign", when, self.to, moves=False)
        called = entity.called(self.ref)
        plan.name = f"assign_{self.ref.removesuffix('_id')}_to_{entity.slug}"
        plan.description = f"Give {entity.one} its {called}."
        return plan


class Reassign(_Give):
    """Moves an entity that is given to one to another one that has room."""

    archetype: Literal["reassign"]
    sources: Annotated[list[str], Field(alias="from")]

    def plan(self, domain: Domain) -> ToolPlan:
        """The ref afterwards, and the new one's tally."""
        plan = self.plan_give(domain, "reassign", {"status": list(self.sources)}, None, moves=True)
        entity = domain[self.on]
        plan.description = f"Move {entity.one} to another {entity.called(self.ref)}."
        return plan


class Release(Operation):
    """Takes an entity back from the one it is given to."""

    archetype: Literal["release"]
    ref: Name
    to: str | None = None
    sources: Annotated[list[str], Field(alias="from")] = []

    def plan(self, domain: Domain) -> ToolPlan:
        """The status afterwards."""
        entity, called = domain[self.on], domain[self.on].called(self.ref)
        if self.to:
            when: Where = {"status": list(sources_of(domain, self.on, self.to, self.sources))}
        else:
            when = {"status": list(self.sources)} if self.sources else {}
        plan = plan_change(
            domain, self, "release", when, [], ["status"] if self.to else [self.ref], "release"
        )
        wrong = f"the {entity.noun} has no {called}"
        plan.description = f"Take {entity.one} back from its {called}."
        plan.constants |= {"REF": self.ref, "TO": self.to, "WRONG": wrong}
        plan.refusals = [(wrong, f"its `{self.ref}` is null")]
        plan.steps[self.on, self.ref] = "down"
        if self.to:
            plan.becomes = become(when, self.to)
        plan.sets = {self.on: {self.ref, *(["status"] if self.to else [])}}
        plan.facts = []
        return plan


class Swap(Operation):
    """Exchanges what two entities are given to."""

    archetype: Literal["swap"]
    ref: Name
    when: Where = {}
    same: list[Name] = []
    """Fields in which the two must agree."""

    def plan(self, domain: Domain) -> ToolPlan:
        """Both refs afterwards."""
        _spare_calendar(domain, self.on, self.ref)
        on, entity, called = self.on, domain[self.on], domain[self.on].called(self.ref)
        names = (f"first_{entity.slug}_id", f"second_{entity.slug}_id")
        agrees = tuple((field, names[0], field) for field in self.same)
        arguments: list[ToolArgument] = [
            entity_argument(domain, on, name=names[0], noun=f"first {entity.noun}", fits=self.when),
            entity_argument(
                domain,
                on,
                name=names[1],
                noun=f"second {entity.noun}",
                role="other",
                fits=self.when,
                agrees=agrees,
            ),
        ]
        wrong = f"the two {entity.plural} do not have two different {called}s"
        reply = {
            f"{place}_{self.ref}": entity_field(on, arg(name), self.ref)
            for place, name in zip(("first", "second"), names, strict=True)
        }
        return ToolPlan(
            name=f"swap_{self.ref.removesuffix('_id')}s",
            description=f"Exchange the {called}s of two {entity.plural}.",
            collection=on,
            arguments=arguments,
            reply=reply,
            outputs=dict.fromkeys(reply, f"id of the {called} afterwards"),
            twin=("checks", "changes", "swap"),
            constants={"FIRST": names[0], "SECOND": names[1], "REF": self.ref, "WRONG": wrong},
            sets={on: {self.ref}},
            swaps=True,
            states=[state for name in names for state in require(domain, on, name, self.when)],
            pairs=[
                (
                    names[0],
                    field,
                    names[1],
                    field,
                    True,
                    f"the two {entity.plural} differ in {entity.called(field)}",
                )
                for field in self.same
            ],
            preconditions=[different(entity, *names)],
            refusals=[(wrong, f"the `{self.ref}` of one of them is null, or both have the same")],
        )
