"""Transfer, adjust, pay: quantities that are conserved or bounded."""

from typing import Literal

from toolworlds.models.embedded.archetypes.arguments import amount_argument, choice_argument, entity_argument
from toolworlds.models.embedded.archetypes.conditions import different, require, sources_of
from toolworlds.models.embedded.archetypes.creating import fill_row
from toolworlds.models.embedded.archetypes.operation import Log, Operation
from toolworlds.models.embedded.archetypes.plan import FillRow, Pair, ReplyFact, ToolArgument, ToolPlan
from toolworlds.models.embedded.archetypes.replies import arg, computed_fact, entity_field
from toolworlds.models.embedded.archetypes.updating import plan_change
from toolworlds.models.embedded.entities import Domain, say_amount
from toolworlds.models.embedded.generators import Where
from toolworlds.models.embedded.schemas import fact_type
from toolworlds.records.base import Json
from toolworlds.records.worlds import Name


def _log_constants(
    domain: Domain, log: Log | None, subject: str, other: str | None, amount: str
) -> dict[str, Json]:
    """LOG and LOG_INTO: how the trace of an operation is filled."""
    if log is None:
        return {"LOG": [], "LOG_INTO": ""}
    arguments = {"item": subject, "other": other, "amount": amount, "reason": "reason"}
    rows: list[FillRow] = []
    for field in domain[log.into].generators:
        source = log.values.get(field)
        if source is None:
            rows.append(fill_row(domain, log.into, field))
        elif source.startswith("="):
            rows.append((field, "plain", source[1:], source[1:]))
        elif source == "now":
            rows.append((field, "now", None, None))
        else:
            rows.append((field, "arg", arguments[source], None))
    return {"LOG": rows, "LOG_INTO": log.into}


def _log_sets(log: Log | None) -> dict[str, set[str] | None]:
    return {log.into: None} if log else {}


class Transfer(Operation):
    """Moves a quantity from one entity to another of the same collection."""

    archetype: Literal["transfer"]
    field: Name
    reserved: Name | None = None
    """Field whose quantity cannot be moved."""
    same: list[Name] = []
    """Fields in which the two must agree, e.g. the product or the currency."""
    differ: list[Name] = []
    when: Where = {}
    """What both must look like."""
    log: Log | None = None

    def plan(self, domain: Domain) -> ToolPlan:
        """Both quantities afterwards."""
        on, entity, called = self.on, domain[self.on], domain[self.on].called(self.field)
        source, target = f"from_{entity.slug}_id", f"to_{entity.slug}_id"
        free, less = ("free ", f" less its `{self.reserved}`") if self.reserved else ("", "")
        short = f"the amount is above the {free}{called} of the {entity.noun} to take from"
        shown = {
            f"{side}_{self.field}": entity_field(on, arg(name), self.field)
            for side, name in (("from", source), ("to", target))
        }
        quantity, unit = fact_type(domain, on, self.field), entity.generators[self.field].unit
        return ToolPlan(
            name=f"transfer_{self.field}",
            description=f"Move {called} from one {entity.noun} to another.",
            collection=on,
            arguments=self._name_arguments(domain, source, target),
            reply={source: arg(source), target: arg(target), **shown},
            outputs={
                f"from_{self.field}": f"{called} left where it was taken from",
                f"to_{self.field}": f"{called} where it was added, afterwards",
            },
            twin=("checks", "changes", "logs", "transfer"),
            constants={
                "SOURCE": source,
                "TARGET": target,
                "FIELD": self.field,
                "RESERVED": self.reserved,
                "SHORT": short,
                **_log_constants(domain, self.log, source, target, "amount"),
            },
            facts=[
                computed_fact(name, quantity, f"new {called}", unit, of)
                for name, of in zip(shown, (source, target), strict=True)
            ],
            sets={on: {self.field}, **_log_sets(self.log)},
            kept={f"{self.field} >= 0", f"{self.reserved} <= {self.field}"},
            states=[state for name in (source, target) for state in require(domain, on, name, self.when)],
            pairs=self._pair(domain, source, target),
            preconditions=[different(entity, source, target)],
            refusals=[(short, f"`amount` is above the `{self.field}` of `{source}`{less}")],
        )

    def _name_arguments(self, domain: Domain, source: str, target: str) -> list[ToolArgument]:
        on, entity = self.on, domain[self.on]
        agrees = tuple((field, source, field) for field in self.same)
        much = "many" if entity.is_counted(self.field) else "much of the"
        giver, taker = f"{entity.noun} to take from", f"{entity.noun} to add to"
        return [
            entity_argument(domain, on, name=source, noun=giver, fits=self.when),
            entity_argument(domain, on, name=target, noun=taker, role="other", fits=self.when, agrees=agrees),
            amount_argument(
                "amount",
                domain,
                on,
                self.field,
                least=0,
                bounded=(source, self.field, self.reserved),
                text=f"How {much} {entity.called(self.field)} to move",
            ),
        ]

    def _pair(self, domain: Domain, source: str, target: str) -> list[Pair]:
        """Fields in which the two must agree, and in which they must not."""
        entity = domain[self.on]
        return [
            (source, field, target, field, equal, f"the two {entity.plural} {words} {entity.called(field)}")
            for fields, equal, words in (
                (self.same, True, "differ in"),
                (self.differ, False, "have the same"),
            )
            for field in fields
        ]


class Adjust(Operation):
    """Adds to or takes from a quantity, within its invariants."""

    archetype: Literal["adjust"]
    field: Name
    reasons: list[str]
    most: float
    """The largest change in one go."""
    when: Where = {}
    log: Log | None = None

    def plan(self, domain: Domain) -> ToolPlan:
        """The quantity afterwards."""
        on, called = self.on, domain[self.on].called(self.field)
        change = amount_argument(
            "change",
            domain,
            on,
            self.field,
            least=-self.most,
            most=self.most,
            text=f"What is added to the {called} (negative: taken away)",
        )
        most = say_amount(self.most, domain[on].generators[self.field].unit)
        reason = choice_argument("reason", on, "reason", "reason", self.reasons, "Why it changes.")
        plan = plan_change(
            domain, self, "adjust", self.when, [change, reason], [self.field], "logs", "adjust"
        )
        plan.name = f"adjust_{self.field}"
        plan.description = (
            f"Correct the {called} of {domain[on].one} by plus or minus, at most {most} in one go."
        )
        plan.constants |= {
            "FIELD": self.field,
            **_log_constants(domain, self.log, plan.constants["SUBJECT"], None, "change"),
        }
        plan.sets |= _log_sets(self.log)
        plan.preconditions = [("the change must not be zero", "change != 0", "`change` is 0")]
        plan.facts = [_after(domain, on, self.field, plan.constants["SUBJECT"])]
        return plan


def _after(domain: Domain, collection: str, field: str, of: str) -> ReplyFact:
    entity = domain[collection]
    return computed_fact(
        field,
        fact_type(domain, collection, field),
        f"new {entity.called(field)}",
        entity.generators[field].unit,
        of,
    )


class Pay(Operation):
    """Pays off (part of) what is due from a balance; paid in full, it changes status."""

    archetype: Literal["pay"]
    due: Name
    """Field with what is still to be paid."""
    account: Name
    """Ref field to whoever pays."""
    balance: Name
    """Field of the payer that is charged."""
    to: str
    """Status when nothing is due any more."""
    when: Where = {}
    log: Log | None = None

    def plan(self, domain: Domain) -> ToolPlan:
        """What is still due, the status, and the payer's balance afterwards."""
        on, entity = self.on, domain[self.on]
        payers, due = domain.references(on)[self.account], entity.called(self.due)
        balance = domain[payers].called(self.balance)
        name = f"{entity.slug}_id"
        amount = amount_argument(
            "amount", domain, on, self.due, least=0, bounded=(name, self.due, None), text="Amount to pay"
        )
        plan = plan_change(domain, self, "pay", self.when, [amount], [self.due, "status"], "logs", "pay")
        more, short = (
            f"the amount is above the {due}",
            f"the {balance} of the {entity.called(self.account)} is below the amount",
        )
        payer = entity_field(on, arg(name), self.account)
        left = f"{self.account.removesuffix('_id')}_{self.balance}"
        payer_noun = entity.called(self.account)
        plan.description = (
            f"Pay the {due} of {entity.one}, or a part of it, from the {balance} of its {payer_noun}."
        )
        plan.reply[left] = entity_field(payers, payer, self.balance)
        plan.outputs[left] = f"{balance} of the {entity.called(self.account)} afterwards"
        plan.constants |= {
            "DUE": self.due,
            "ACCOUNT": self.account,
            "PAYERS": payers,
            "BALANCE": self.balance,
            "TO": self.to,
            "MORE": more,
            "SHORT": short,
            **_log_constants(domain, self.log, name, None, "amount"),
        }
        plan.sets |= {payers: {self.balance}, **_log_sets(self.log)}
        plan.remarks = [f"When nothing is due any more, the status becomes {self.to}."]
        plan.steps = {(on, self.due): "down", (payers, self.balance): "down"}
        plan.kept = {f"{self.due} >= 0", f"{self.balance} >= 0"}
        plan.becomes = {status: [status, self.to] for status in sources_of(domain, on, self.to, [])}
        plan.refusals = [
            (more, f"`amount` is above the `{self.due}` of `{name}`"),
            (short, f"`amount` is above the `{self.balance}` of its `{self.account}`"),
        ]
        plan.facts = [
            _after(domain, on, self.due, name),
            computed_fact(
                left,
                fact_type(domain, payers, self.balance),
                f"{balance} left",
                domain[payers].generators[self.balance].unit,
                name,
            ),
        ]
        return plan
