"""What a planned tool changes, all that follows included, and what it looks at."""

from procedural_model.archetypes.plan import Plan
from procedural_model.entities import Domain, ParentTally, Rule
from procedural_model.expressions import names_in
from procedural_model.relations import Calc

Fields = set[str] | None
"""Names of fields; None stands for whole entities."""


def list_changes(domain: Domain, plan: Plan) -> dict[str, Fields]:
    """collection -> fields that change: those set, those computed from them, and the tallies over them."""
    changes: dict[str, Fields] = {
        name: None if fields is None else fields | set(list_calcs(domain, name, fields))
        for name, fields in plan.sets.items()
    }
    for name, fields in list(changes.items()):
        for over in list_tallies(domain, name, fields):
            parent = changes.setdefault(over.parent, set())
            if parent is not None:
                parent.add(over.field)
    return changes


def list_calcs(domain: Domain, collection: str, fields: Fields) -> dict[str, Calc]:
    """The computed fields that change with these."""
    calcs = {name: field for name, field in domain[collection].fields.items() if isinstance(field, Calc)}
    return {name: calc for name, calc in calcs.items() if _meet(fields, _heads(calc.calc))}


def list_tallies(domain: Domain, collection: str, fields: Fields) -> list[ParentTally]:
    """The tallies that change with these fields of what they count."""
    over = domain.tallies_over(collection)
    return [held for held in over if _meet(fields, {held.tally.by, str(held.tally.sum), *held.tally.where})]


def list_rules(domain: Domain, collection: str, fields: Fields) -> list[Rule]:
    """The invariants that these fields may break."""
    return [rule for rule in domain[collection].rules if _meet(fields, set(names_in(rule.rule)))]


def list_reads(domain: Domain, plan: Plan) -> list[str]:
    """Collections that the tool looks at because of its arguments, guards and changes."""
    named = {argument.meaning.collection for argument in plan.arguments if argument.meaning.kind == "entity"}
    paths = [name for rule, _ in plan.guards for name in names_in(rule)]
    for calc in list_calcs(domain, plan.collection, plan.sets.get(plan.collection, set())).values():
        paths += names_in(calc.calc)
    references = domain.references(plan.collection)
    looked = {
        references[path.split(".")[0]] for path in paths if "." in path and path.split(".")[0] in references
    }
    absent = {collection for collection, *_ in plan.absent}
    return sorted({plan.collection, *named, *looked, *absent, *plan.reads, *list_changes(domain, plan)})


def _heads(expression: str) -> set[str]:
    """The own fields that an expression goes by."""
    return {name.split(".")[0] for name in names_in(expression)}


def _meet(fields: Fields, others: set[str]) -> bool:
    return fields is None or bool(fields & others)
