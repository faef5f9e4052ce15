"""Cancel and remove: ends with compensation."""

from typing import Annotated, Literal

from pydantic import Field

from toolworlds.models.embedded.archetypes.arguments import choice_argument
from toolworlds.models.embedded.archetypes.conditions import become, sources_of
from toolworlds.models.embedded.archetypes.operation import Absence, Operation
from toolworlds.models.embedded.archetypes.plan import ToolPlan
from toolworlds.models.embedded.archetypes.replies import arg, computed_fact, entity_field
from toolworlds.models.embedded.archetypes.updating import plan_change
from toolworlds.models.embedded.entities import Domain, EntityType, add_unit
from toolworlds.models.embedded.generators import Where
from toolworlds.records.base import Record
from toolworlds.records.worlds import Name

_REFUND_NAMES = ("START", "AMOUNT", "PAYER", "PAYERS", "BALANCE")


class Refund(Record):
    """What is paid back, and where to."""

    amount: Name
    """Field with what was paid."""
    to: Name
    """Ref field to whoever paid."""
    balance: Name
    """That entity's field that is credited."""
    start: Name | None = None
    """Date or datetime field that the tiers count down to."""
    tiers: list[tuple[float, float]]
    """[(hours before start, share)], longest first; the first that fits counts, none fits: nothing."""


class Cancel(Operation):
    """Ends an entity; its tallies go down by themselves, and money may flow back."""

    archetype: Literal["cancel"]
    to: str = "cancelled"
    sources: Annotated[list[str], Field(alias="from")] = []
    reasons: list[str] = []
    """Reasons to choose from, if one is to be given and stored."""
    reason: Name | None = None
    """Field that receives the reason."""
    refund: Refund | None = None

    def plan(self, domain: Domain) -> ToolPlan:
        """The status afterwards, and the refund."""
        entity = domain[self.on]
        when: Where = {"status": list(sources_of(domain, self.on, self.to, self.sources))}
        reason = (
            [
                choice_argument(
                    self.reason,
                    self.on,
                    self.reason,
                    entity.called(self.reason),
                    self.reasons,
                    "Why it is cancelled.",
                )
            ]
            if self.reason
            else []
        )
        plan = plan_change(domain, self, "cancel", when, reason, ["status"], "cancel")
        plan.description = f"Cancel {entity.one}."
        plan.constants |= {"TO": self.to, "REASON": self.reason, "TIERS": [], **dict.fromkeys(_REFUND_NAMES)}
        plan.facts = []
        plan.becomes = become(when, self.to)
        plan.sets[self.on] = {"status", *([self.reason] if self.reason else [])}
        if self.refund:
            self._add_refund(domain, plan, self.refund)
        return plan

    def _add_refund(self, domain: Domain, plan: ToolPlan, refund: Refund) -> None:
        entity, payers = domain[self.on], domain.references(self.on)[refund.to]
        payer, balance = entity.called(refund.to), domain[payers].called(refund.balance)
        subject = plan.constants["SUBJECT"]
        left = f"{refund.to.removesuffix('_id')}_{refund.balance}"
        unit = entity.generators[refund.amount].unit
        plan.remarks.append(_say_tiers(refund, entity, f"the {balance} of the {payer}"))
        plan.reply[left] = entity_field(
            payers, entity_field(self.on, arg(subject), refund.to), refund.balance
        )
        plan.outputs |= {
            "refund": add_unit("what is paid back", unit),
            left: f"{balance} of the {payer} afterwards",
        }
        plan.constants |= {
            "TIERS": refund.tiers,
            "START": refund.start,
            "AMOUNT": refund.amount,
            "PAYER": refund.to,
            "PAYERS": payers,
            "BALANCE": refund.balance,
        }
        plan.sets[payers] = {refund.balance}
        plan.steps[payers, refund.balance] = "up"
        plan.facts = [
            computed_fact("refund", "number", "refund", unit, subject),
            computed_fact(left, "number", f"new {balance} of the {payer}", unit, subject),
        ]


def _say_tiers(refund: Refund, entity: EntityType, credited: str) -> str:
    amount = entity.called(refund.amount)
    if refund.start is None:
        return f"{refund.tiers[0][1]:.0%} of the {amount} is credited to {credited}."
    start = entity.called(refund.start)
    tiers = [f"{share:.0%} from {hours:g} hours before the {start}" for hours, share in refund.tiers]
    return f"Refund of the {amount}, credited to {credited}: {', '.join(tiers)}, later none."


class Remove(Operation):
    """Deletes an entity that nothing depends on."""

    archetype: Literal["remove"]
    when: Where = {}
    without: list[Absence] = []

    def plan(self, domain: Domain) -> ToolPlan:
        """The id that is gone; 409 while others refer to it."""
        entity = domain[self.on]
        plan = plan_change(domain, self, "remove", self.when, [], [], "remove")
        plan.description = f"Delete {entity.one} for good."
        plan.sets = {self.on: None}
        plan.absent = [(absence.of, absence.by, absence.where, absence.says) for absence in self.without]
        plan.absent += [
            (other, field, {}, f"there are still {domain[other].plural} that refer to the {entity.noun}")
            for other, field in domain.referring(self.on)
        ]
        return plan
