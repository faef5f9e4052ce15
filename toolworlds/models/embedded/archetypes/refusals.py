"""The refusals that a tool documents: the words of each, and when it comes, in arguments and records."""

from collections.abc import Iterator

from toolworlds.models.embedded.archetypes.footprints import list_changes
from toolworlds.models.embedded.archetypes.invariants import list_rules
from toolworlds.models.embedded.archetypes.plan import Refusal, ToolPlan
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.generators import Where
from toolworlds.records.base import Json
from toolworlds.records.tools import ErrorMessage


def list_errors(domain: Domain, plan: ToolPlan) -> list[ErrorMessage]:
    """404 for what does not exist, 409 for what the world forbids, 422 for arguments at odds."""
    broken = [
        (rule.says, f"afterwards `{rule.rule}` would not hold for {domain[name].one}")
        for name, fields in sorted(list_changes(domain, plan).items())
        for rule in list_rules(domain, plan, name, fields)
    ]
    invalid = [(rule, when) for rule, _, when in plan.preconditions]
    groups = [
        (404, [*_list_unknown(domain, plan), *plan.missing]),
        (409, [*_list_conflicts(domain, plan), *plan.refusals, *broken]),
        (422, invalid),
    ]
    return [
        ErrorMessage(status=status, when=", or ".join(whens), message=message)
        for status, refusals in groups
        for message, whens in _gather(refusals).items()
    ]


def _gather(refusals: list[Refusal]) -> dict[str, list[str]]:
    """The words of each refusal with all its occasions."""
    gathered: dict[str, list[str]] = {}
    for message, when in refusals:
        gathered.setdefault(message, []).append(when)
    return gathered


def _list_unknown(domain: Domain, plan: ToolPlan) -> list[Refusal]:
    return [
        (message, f"`{name}` is the id of no {domain[collection].noun}")
        for name, collection, message in plan.list_ids()
    ]


def _list_conflicts(domain: Domain, plan: ToolPlan) -> Iterator[Refusal]:
    """What the shared checks of a twin refuse."""
    for name, _, where, message in plan.states:
        yield message, " or ".join(f"the `{field}` of `{name}` is {_deny(where[field])}" for field in where)
    for left, one, right, other, equal, message in plan.pairs:
        verb = "is not" if equal else "is"
        yield message, f"the `{one}` of `{left}` {verb} the `{other}` of `{right}`"
    for rule, message in plan.guards:
        yield message, f"`{domain[plan.collection].spell_rule(rule)}` does not hold"
    for collection, by, where, message in plan.absent:
        yield message, f"{domain[collection].one}{_say_where(where)} has this id as its `{by}`"


def _deny(values: list[Json]) -> str:
    """`not open`, `neither open nor planned`."""
    words = [_say(value) for value in values]
    return f"not {words[0]}" if len(words) == 1 else f"neither {', '.join(words[:-1])} nor {words[-1]}"


def _say_where(where: Where) -> str:
    """` whose `status` is open or planned`; empty for any."""
    parts = [f"`{field}` is {' or '.join(map(_say, values))}" for field, values in where.items()]
    return f" whose {' and '.join(parts)}" if parts else ""


def _say(value: Json) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
