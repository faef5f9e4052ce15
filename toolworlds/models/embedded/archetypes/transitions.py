"""Transition, approve, bulk: moves along a status machine."""

from typing import Annotated, Literal

from pydantic import Field

from toolworlds.language.nouns import with_article
from toolworlds.models.embedded.archetypes.arguments import amount_argument, entity_argument, filter_arguments
from toolworlds.models.embedded.archetypes.conditions import become, require_ref, sources_of
from toolworlds.models.embedded.archetypes.creating import take_arguments
from toolworlds.models.embedded.archetypes.operation import Absence, Guard, Operation
from toolworlds.models.embedded.archetypes.plan import ToolArgument, ToolPlan
from toolworlds.models.embedded.archetypes.replies import computed_fact
from toolworlds.models.embedded.archetypes.searching import filter_constants
from toolworlds.models.embedded.archetypes.updating import plan_change
from toolworlds.models.embedded.entities import CatalogueError, Domain, say_amount
from toolworlds.models.embedded.generators import Where
from toolworlds.records.worlds import Name
from toolworlds.world.calc import tidy


class Transition(Operation):
    """Moves one entity to a status."""

    archetype: Literal["transition"]
    verb: str
    """What is done, in the imperative: `dispatch`."""
    to: str
    sources: Annotated[list[str], Field(alias="from")] = []
    """Statuses it may come from; all that the flow allows otherwise."""
    takes: list[Name] = []
    """Fields given with it and stored, e.g. `[reason]`."""
    stamp: Name | None = None
    """Field that receives `now`."""
    needs: dict[Name, Where] = {}
    """ref field -> what the referenced entity must look like."""
    guards: list[Guard] = []
    without: list[Absence] = []

    def plan(self, domain: Domain) -> ToolPlan:
        """The status afterwards."""
        when: Where = {"status": list(sources_of(domain, self.on, self.to, self.sources))}
        shown = ["status", *self.takes, *([self.stamp] if self.stamp else [])]
        arguments = take_arguments(domain, self.on, self.takes, {})
        verb = self.verb.replace(" ", "_").replace("-", "_")
        plan = plan_change(domain, self, verb, when, arguments, shown, "transition")
        plan.description = f"{self.verb.capitalize()} {domain[self.on].one}: its status becomes {self.to}."
        plan.constants |= {"TO": self.to, "TAKES": self.takes, "STAMP": self.stamp}
        plan.guards = [
            *require_ref(domain, self.on, self.needs),
            *((guard.rule, guard.says) for guard in self.guards),
        ]
        plan.becomes = become(when, self.to)
        if self.stamp:
            plan.remarks = [f"The {domain[self.on].called(self.stamp)} becomes the current time."]
        plan.absent = [(absence.of, absence.by, absence.where, absence.says) for absence in self.without]
        plan.facts = []
        return plan


class Approve(Operation):
    """Grants an amount, up to what was asked for and the approver's limit; a large one needs two people."""

    archetype: Literal["approve"]
    to: str
    sources: Annotated[list[str], Field(alias="from")] = []
    requested: Name
    granted: Name
    """Field that receives the amount."""
    by: Name
    """Ref field that receives the approver."""
    limit: Name
    """The approver's field with the most he or she may grant."""
    second: Name
    """Ref field that receives the second approver."""
    second_above: float
    """Amounts above it need a second approver, other than the first."""

    def plan(self, domain: Domain) -> ToolPlan:
        """Status and amount afterwards."""
        entity, staff = domain[self.on], domain.references(self.on)[self.by]
        when: Where = {"status": list(sources_of(domain, self.on, self.to, self.sources))}
        arguments = self._name_arguments(domain, staff)
        plan = plan_change(domain, self, "approve", when, arguments, ["status", self.granted], "approve")
        more = f"the amount is above the {entity.called(self.requested)}"
        beyond = f"the amount is above the {domain[staff].called(self.limit)} of the {entity.called(self.by)}"
        plan.constants |= {
            "TO": self.to,
            "GRANTED": self.granted,
            "REQUESTED": self.requested,
            "BY": self.by,
            "SECOND": self.second,
            "LIMIT": self.limit,
            "STAFF": staff,
            "MORE": more,
            "BEYOND": beyond,
        }
        plan.preconditions = self._require_second(domain)
        plan.sets = {self.on: {"status", self.granted, self.by, self.second}}
        within = f"{self.granted} <= {self.requested}"
        plan.kept = {within, f"{self.granted} == None or {within}"}
        plan.becomes = become(when, self.to)
        plan.refusals = [
            (more, f"`{self.granted}` is above its `{self.requested}`"),
            (beyond, f"`{self.granted}` is above the `{self.limit}` of `{self.by}`"),
        ]
        plan.facts = []
        return plan

    def _name_arguments(self, domain: Domain, staff: str) -> list[ToolArgument]:
        """The amount, the approver, and the second one."""
        entity = domain[self.on]
        amount = amount_argument(
            self.granted,
            domain,
            self.on,
            self.granted,
            least=0,
            bounded=(f"{entity.slug}_id", self.requested, None),
            text="Amount to grant",
        )
        people = [
            entity_argument(
                domain, staff, name=by, noun=entity.called(by), role="other", field=by, required=required
            )
            for by, required in ((self.by, True), (self.second, False))
        ]
        return [amount, *people]

    def _require_second(self, domain: Domain) -> list[tuple[str, str, str]]:
        """When a second approver is needed, and that it is not the first."""
        entity = domain[self.on]
        second = entity.called(self.second)
        threshold = say_amount(self.second_above, entity.generators[self.granted].unit)
        return [
            (
                f"amounts above {threshold} need {with_article(second)}",
                f"{self.granted} <= {tidy(self.second_above)} or {self.second} != None",
                f"`{self.granted}` is above {tidy(self.second_above)} without `{self.second}`",
            ),
            (
                f"the {second} must be another person than the {entity.called(self.by)}",
                f"{self.second} != {self.by}",
                f"`{self.second}` is `{self.by}`",
            ),
        ]


class Bulk(Operation):
    """Moves all entities that meet conditions to a status."""

    archetype: Literal["bulk"]
    verb: str
    to: str
    sources: Annotated[list[str], Field(alias="from")]
    filters: list[Name]
    """Words and refs; the first is required, the others optional."""

    def plan(self, domain: Domain) -> ToolPlan:
        """How many entities of the selection now have the status."""
        on, entity = self.on, domain[self.on]
        sources = sources_of(domain, on, self.to, self.sources)
        self._keep_tallies(domain, sources)
        filters = filter_arguments(domain, on, self.filters, required=1)
        now_there = f"{self.to}_now"
        which, status = " or ".join(sources).replace("_", " "), self.to.replace("_", " ")
        nothing, counted = (
            f"no {entity.noun} of these is {which}",
            f"number of {entity.plural} of that selection",
        )
        return ToolPlan(
            name=f"{self.verb.replace(' ', '_')}_all_{on}",
            description=f"{self.verb.capitalize()} all {entity.plural} of a selection that are {which}.",
            collection=on,
            arguments=filters,
            reply={},
            outputs={now_there: f"{counted} that are {status} now, those that already were included"},
            twin=("searches", "bulk"),
            constants={
                **filter_constants(filters, [["status", "in", sources]]),
                "TO": self.to,
                "NOW_THERE": now_there,
                "NONE": nothing,
            },
            facts=[computed_fact(now_there, "integer", f"{counted} that are {status} now")],
            sets={on: {"status"}},
            becomes={source: [self.to] for source in sources},
            refusals=[
                (nothing, f"the selection holds no {entity.noun} whose `status` is {' or '.join(sources)}")
            ],
        )

    def _keep_tallies(self, domain: Domain, sources: list[str]) -> None:
        for over in domain.tallies_over(self.on):
            counted = over.tally.where.get("status", [])
            if counted and any((source in counted) != (self.to in counted) for source in sources):
                raise CatalogueError(
                    f"bulk on {self.on} would change {over.field} of {over.parent}; move them one by one"
                )
