"""The Starlark source of a twin: tables made from the plan, then the sources of its archetype in `twins/`."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from toolworlds.models.embedded.archetypes.footprints import (
    list_calcs,
    list_changes,
    list_reads,
    list_tallies,
)
from toolworlds.models.embedded.archetypes.invariants import list_rules
from toolworlds.models.embedded.archetypes.plan import ToolPlan
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.expressions import flat, flatten_names, names_in
from toolworlds.models.embedded.relations import Calc

_TWINS = Path(__file__).parent / "twins"

Rules = Iterable[tuple[str, str]]
"""(Starlark expression, refusal)."""


def make_source(domain: Domain, plan: ToolPlan) -> str:
    """The whole source; constants and tables are named in upper case."""
    tables: dict[str, str] = {"ON": repr(plan.collection), "REPLY": repr(plan.reply)}
    tables |= {name: repr(value) for name, value in plan.constants.items()}
    functions: list[str] = []
    if "checks" in plan.twin:
        tables |= _tabulate_checks(domain, plan, functions)
    if plan.sets:
        tables |= _tabulate_changes(domain, plan, functions)
    lines = [f"{name} = {value}" for name, value in tables.items()]
    return "\n".join([*functions, *lines, *map(read_source, plan.twin)])


@cache
def read_source(name: str) -> str:
    """A piece of a twin, `twins/<name>.star`."""
    return (_TWINS / f"{name}.star").read_text(encoding="utf-8")


def _tabulate_checks(domain: Domain, plan: ToolPlan, functions: list[str]) -> dict[str, str]:
    """What `checks.star` goes by: ids that must exist, states, pairs, guards, absences, references."""
    ids = plan.list_ids()
    references = {name: domain.references(name) for name in list_reads(domain, plan)}
    return {
        "IDS": repr(ids),
        "STATES": repr(plan.states),
        "PAIRS": repr(plan.pairs),
        "GUARDS": _tabulate_rules("guard", plan.guards, functions),
        "ABSENT": repr(plan.absent),
        "REFS": repr({name: held for name, held in references.items() if held}),
    }


def _tabulate_changes(domain: Domain, plan: ToolPlan, functions: list[str]) -> dict[str, str]:
    """What `changes.star` goes by, of each collection that changes: invariants, tallies, computed fields."""
    rules, tallies, formulas = [], {}, []
    for name, fields in sorted(list_changes(domain, plan).items()):
        held = [(rule.rule, rule.says) for rule in list_rules(domain, plan, name, fields)]
        rules.append(f"{name!r}: {_tabulate_rules('rule', held, functions)}")
        over = [parent for parent, _ in list_tallies(domain, plan, name, fields)]
        tallies[name] = [(o.parent, o.field, o.tally.by, o.tally.sum, o.tally.where) for o in over]
        formulas.append(f"{name!r}: {_tabulate_formulas(list_calcs(domain, name, fields), functions)}")
    return {
        "RULES": f"{{{', '.join(rules)}}}",
        "TALLIES": repr(tallies),
        "CALCS": f"{{{', '.join(formulas)}}}",
    }


def _tabulate_rules(prefix: str, rules: Rules, functions: list[str]) -> str:
    rows = []
    for rule, refusal in rules:
        name, names = _define(prefix, rule, functions)
        rows.append(f"({name}, {names!r}, {refusal!r})")
    return f"[{', '.join(rows)}]"


def _tabulate_formulas(calcs: dict[str, Calc], functions: list[str]) -> str:
    rows = []
    for field, calc in calcs.items():
        name, names = _define("calc", calc.calc, functions)
        rows.append(f"({field!r}, {name}, {names!r}, {flatten_names(calc.calc)!r}, {calc.decimals})")
    return f"[{', '.join(rows)}]"


def _define(prefix: str, expression: str, functions: list[str]) -> tuple[str, list[str]]:
    """Adds a function of the names in an expression; gives its name and those names."""
    name, names = f"{prefix}_{len(functions)}", names_in(expression)
    parameters = ", ".join(map(flat, names))
    functions.append(f"def {name}({parameters}):\n    return {flatten_names(expression)}\n")
    return name, names
