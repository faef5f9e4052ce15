"""What a planned tool changes, all that follows included, and what it looks at."""

from toolworlds.models.embedded.archetypes.directions import BOTH, NEITHER, Directions, follow
from toolworlds.models.embedded.archetypes.plan import ToolPlan
from toolworlds.models.embedded.entities import Domain, ParentTally
from toolworlds.models.embedded.expressions import names_in
from toolworlds.models.embedded.relations import Calc

Fields = dict[str, Directions] | None
"""field -> the ways it may go; None stands for whole entities."""


def list_changes(domain: Domain, plan: ToolPlan) -> dict[str, Fields]:
    """collection -> fields that change: those set, those computed from them, and the tallies over them."""
    changes = {name: _list_own(domain, plan, name, fields) for name, fields in plan.sets.items()}
    for name, fields in list(changes.items()):
        for over, ways in list_tallies(domain, plan, name, fields):
            parent = changes.setdefault(over.parent, {})
            if parent is not None:
                parent[over.field] = parent.get(over.field, NEITHER) | ways
    return changes


def _list_own(domain: Domain, plan: ToolPlan, name: str, fields: set[str] | None) -> Fields:
    if fields is None:
        return None
    steps = {field: plan.steps.get((name, field)) for field in fields}
    own = {field: BOTH if step is None else frozenset((step,)) for field, step in steps.items()}
    return dict.fromkeys(list_calcs(domain, name, own), BOTH) | own


def list_calcs(domain: Domain, collection: str, fields: Fields) -> dict[str, Calc]:
    """The computed fields that change with these."""
    calcs = {name: field for name, field in domain[collection].fields.items() if isinstance(field, Calc)}
    return {name: calc for name, calc in calcs.items() if fields is None or fields.keys() & _heads(calc.calc)}


def list_tallies(
    domain: Domain, plan: ToolPlan, collection: str, fields: Fields
) -> list[tuple[ParentTally, Directions]]:
    """The tallies that move with these fields of what they count, and which way."""
    names = None if fields is None else set(fields)
    moves = [(over, follow(plan, collection, names, over.tally)) for over in domain.tallies_over(collection)]
    return [(over, ways) for over, ways in moves if ways]


def list_reads(domain: Domain, plan: ToolPlan) -> list[str]:
    """Collections that the tool looks at because of its arguments, guards and changes."""
    named = {argument.meaning.collection for argument in plan.arguments if argument.meaning.kind == "entity"}
    paths = [name for rule, _ in plan.guards for name in names_in(rule)]
    changes = list_changes(domain, plan)
    for calc in list_calcs(domain, plan.collection, changes.get(plan.collection, {})).values():
        paths += names_in(calc.calc)
    references = domain.references(plan.collection)
    looked = {
        references[path.split(".")[0]] for path in paths if "." in path and path.split(".")[0] in references
    }
    absent = {collection for collection, *_ in plan.absent}
    return sorted({plan.collection, *named, *looked, *absent, *plan.reads, *changes})


def _heads(expression: str) -> set[str]:
    """The own fields that an expression goes by."""
    return {name.split(".")[0] for name in names_in(expression)}
