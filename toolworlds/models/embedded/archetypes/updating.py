"""Update, note, escalate, extend: changes to one entity's own fields."""

from typing import Literal

from toolworlds.models.embedded.archetypes.arguments import choice_argument, entity_argument, value_argument
from toolworlds.models.embedded.archetypes.conditions import require
from toolworlds.models.embedded.archetypes.creating import take_arguments
from toolworlds.models.embedded.archetypes.operation import Operation
from toolworlds.models.embedded.archetypes.plan import ToolArgument, ToolPlan
from toolworlds.models.embedded.archetypes.replies import describe_fields, entity_reply, field_facts
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.generators import Where
from toolworlds.records.worlds import Name


def plan_change(
    domain: Domain,
    operation: Operation,
    verb: str,
    when: Where,
    arguments: list[ToolArgument],
    shown: list[str],
    *twin: str,
) -> ToolPlan:
    """The parts of a tool that changes fields of one entity and shows them afterwards."""
    on, entity = operation.on, domain[operation.on]
    subject = entity_argument(domain, on, fits=when)
    name = subject.meaning.name
    reply = entity_reply(domain, on, name, shown)
    return ToolPlan(
        name=f"{verb}_{entity.slug}",
        description=f"{verb.replace('_', ' ').capitalize()} {entity.one}.",
        collection=on,
        arguments=[subject, *arguments],
        reply=reply,
        outputs=describe_fields(domain, on, reply),
        twin=("checks", "changes", *twin),
        constants={"SUBJECT": name},
        facts=field_facts(domain, on, shown, [], name),
        sets={on: set(shown)},
        states=require(domain, on, name, when),
    )


class UpdateDetails(Operation):
    """New values for some details; at least one must be given."""

    archetype: Literal["update"]
    takes: list[Name]
    """At least two fields, all optional arguments; neither status nor tally nor calc."""
    when: Where = {}

    def plan(self, domain: Domain) -> ToolPlan:
        """The details afterwards; 409 when nothing would change."""
        arguments = take_arguments(domain, self.on, self.takes, {}, required=False)
        plan = plan_change(domain, self, "update", self.when, arguments, self.takes, "update")
        called = [domain[self.on].called(field) for field in self.takes]
        same = f"the {domain[self.on].noun} already has these details"
        plan.description = f"Change details of {domain[self.on].one}: {', '.join(called)}."
        plan.constants |= {"TAKES": self.takes, "SAME": same}
        plan.preconditions.append(
            (
                "at least one new value must be given",
                " or ".join(f"{field} != None" for field in self.takes),
                f"none of {', '.join(f'`{field}`' for field in self.takes)} is given",
            )
        )
        plan.refusals.append((same, "every value given is what it has already"))
        plan.facts = []
        return plan


class Note(Operation):
    """Writes a free-text field."""

    archetype: Literal["note"]
    field: Name
    when: Where = {}

    def plan(self, domain: Domain) -> ToolPlan:
        """The entity's id and the text."""
        argument = value_argument(domain, self.on, self.field)
        plan = plan_change(domain, self, "annotate", self.when, [argument], [self.field], "update")
        same = "this is what the note says already"
        entity = domain[self.on]
        plan.description = f"Write the {entity.called(self.field)} of {entity.one}, replacing what is there."
        plan.constants |= {"TAKES": [self.field], "SAME": same}
        plan.refusals.append((same, f"`{self.field}` is what it has already"))
        return plan


class Escalate(Operation):
    """Raises a level, never lowers it."""

    archetype: Literal["escalate"]
    field: Name
    levels: list[str]
    """From lowest to highest."""
    when: Where = {}

    def plan(self, domain: Domain) -> ToolPlan:
        """The level afterwards; 409 when it would not rise."""
        called = domain[self.on].called(self.field)
        argument = choice_argument(
            self.field,
            self.on,
            self.field,
            called,
            self.levels[1:],
            f"New {called}, above the present one.",
            levels=True,
        )
        plan = plan_change(domain, self, "raise", self.when, [argument], [self.field], "escalate")
        lower = f"the {domain[self.on].noun} already has this {called} or a higher one"
        plan.name = f"raise_{domain[self.on].slug}_{self.field}"
        plan.description = (
            f"Raise the {called} of {domain[self.on].one}: {', '.join(self.levels)}, from lowest to highest."
        )
        plan.constants |= {"FIELD": self.field, "LEVELS": self.levels, "LOWER": lower}
        plan.refusals.append((lower, f"`{self.field}` is not above its present one"))
        plan.facts = []
        return plan


def say_times(count: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


class Extend(Operation):
    """Moves a date later, a limited number of times."""

    archetype: Literal["extend"]
    field: Name
    count: Name
    """A whole-number field that counts the extensions."""
    most: int
    """How many extensions there may be."""
    when: Where = {}

    def plan(self, domain: Domain) -> ToolPlan:
        """The new date and how often it was moved."""
        entity, called = domain[self.on], domain[self.on].called(self.field)
        argument = value_argument(domain, self.on, self.field, name=f"new_{self.field}", adjective="new ")
        plan = plan_change(domain, self, "extend", self.when, [argument], [self.field, self.count], "extend")
        earlier = f"the new {called} is not later than the present one"
        times = say_times(self.most)
        often = f"the {called} was already moved {times}"
        plan.description = f"Move the {called} of {entity.one} to a later one, at most {times}."
        plan.constants |= {
            "FIELD": self.field,
            "NEW": f"new_{self.field}",
            "COUNT": self.count,
            "MOST": self.most,
            "EARLIER": earlier,
            "OFTEN": often,
        }
        plan.refusals += [
            (earlier, f"`new_{self.field}` is not after its `{self.field}`"),
            (often, f"its `{self.count}` is {self.most}"),
        ]
        plan.facts = field_facts(domain, self.on, [self.count], [], plan.constants["SUBJECT"])
        return plan
