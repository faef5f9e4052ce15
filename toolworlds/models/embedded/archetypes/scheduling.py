"""Schedule, reschedule, availability: a resource is taken up once at a time, as the `calendar` says."""

from typing import Annotated, Literal

from pydantic import Field

from toolworlds.language.nouns import with_article
from toolworlds.models.embedded.archetypes.arguments import entity_argument, value_argument
from toolworlds.models.embedded.archetypes.creating import New
from toolworlds.models.embedded.archetypes.operation import Operation
from toolworlds.models.embedded.archetypes.plan import ToolPlan
from toolworlds.models.embedded.archetypes.replies import computed_fact, field_facts
from toolworlds.models.embedded.archetypes.updating import plan_change
from toolworlds.models.embedded.entities import CatalogueError, Domain, ResourceCalendar
from toolworlds.models.embedded.relations import Calc
from toolworlds.records.base import Json


def _calendar_of(domain: Domain, operation: Operation) -> ResourceCalendar:
    calendar = domain[operation.on].calendar
    if calendar is None:
        raise CatalogueError(f"{operation.archetype} on {operation.on}: it has no calendar; give it one")
    return calendar


def _constants(domain: Domain, collection: str, calendar: ResourceCalendar) -> dict[str, Json]:
    entity = domain[collection]
    return {
        "START": calendar.start,
        "LENGTH": calendar.length,
        "RESOURCE": calendar.resource,
        "UNIT": calendar.minutes,
        "LIVE": calendar.live,
        "PAST": f"the {entity.called(calendar.start)} lies in the past",
        "CLASH": f"the {entity.called(calendar.resource)} is taken at that time",
    }


def _add_calendar(domain: Domain, plan: ToolPlan, calendar: ResourceCalendar) -> None:
    constants = _constants(domain, plan.collection, calendar)
    plan.constants |= constants
    live, noun = " or ".join(map(str, calendar.live["status"])), domain[plan.collection].noun
    clash = f"it would overlap with a {live} {noun} of the same `{calendar.resource}`"
    past = f"`{calendar.start}` would be before the current time"
    plan.refusals += [(constants["PAST"], past), (constants["CLASH"], clash)]


class Schedule(New):
    """A new entity that takes up a resource without overlap, not in the past."""

    archetype: Literal["schedule"]

    def plan(self, domain: Domain) -> ToolPlan:
        """The new entity's id and what was computed for it."""
        calendar = _calendar_of(domain, self)
        missing = {calendar.resource, calendar.start, calendar.length} - set(self.takes)
        if missing:
            raise CatalogueError(f"schedule on {self.on}: {sorted(missing)} must be among `takes`")
        plan = self.plan_new(domain, "schedule", "calendars", "schedule")
        _add_calendar(domain, plan, calendar)
        return plan


class Reschedule(Operation):
    """Moves an entity to another start (and length) on its resource, without overlap."""

    archetype: Literal["reschedule"]
    sources: Annotated[list[str], Field(alias="from")]

    def plan(self, domain: Domain) -> ToolPlan:
        """Start, length and what is computed from them, afterwards."""
        on, entity, calendar = self.on, domain[self.on], _calendar_of(domain, self)
        arguments = [
            value_argument(domain, on, calendar.start, name=f"new_{calendar.start}", adjective="new "),
            value_argument(
                domain, on, calendar.length, name=f"new_{calendar.length}", adjective="new ", required=False
            ),
        ]
        computed = [field for field, generator in entity.fields.items() if isinstance(generator, Calc)]
        shown = [calendar.start, calendar.length, *computed]
        plan = plan_change(
            domain,
            self,
            "reschedule",
            {"status": list(self.sources)},
            arguments,
            shown,
            "calendars",
            "reschedule",
        )
        start, resource = entity.called(calendar.start), entity.called(calendar.resource)
        plan.description = f"Move {entity.one} to another {start}, on the same {resource}."
        plan.facts = field_facts(domain, on, computed, [], plan.constants["SUBJECT"])
        _add_calendar(domain, plan, calendar)
        return plan


class Availability(Operation):
    """Whether a resource is free from a start for a length; `on` is the collection with the calendar."""

    archetype: Literal["availability"]

    def plan(self, domain: Domain) -> ToolPlan:
        """Free or not."""
        on, entity, calendar = self.on, domain[self.on], _calendar_of(domain, self)
        resources, called = domain.references(on)[calendar.resource], entity.called(calendar.resource)
        constants = _constants(domain, on, calendar)
        return ToolPlan(
            name=f"check_{calendar.resource.removesuffix('_id')}_availability",
            description=f"Tell whether {with_article(called)} is free at a time.",
            collection=on,
            arguments=[
                entity_argument(domain, resources, name=calendar.resource, noun=called),
                value_argument(domain, on, calendar.start),
                value_argument(domain, on, calendar.length),
            ],
            reply={},
            outputs={
                calendar.resource: f"id of the {called}",
                "available": "whether nothing else takes it up then",
            },
            twin=("checks", "calendars", "availability"),
            constants=constants,
            facts=[
                computed_fact(
                    "available", "boolean", f"whether the {called} is free then", None, calendar.resource
                )
            ],
        )
