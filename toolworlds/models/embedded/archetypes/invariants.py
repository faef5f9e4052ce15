"""Which invariants the changes of a plan may break; the others need neither a check nor a word."""

import ast
from collections.abc import Iterator

from toolworlds.models.embedded.archetypes.directions import BOTH, DOWN, NEITHER, UP, Directions
from toolworlds.models.embedded.archetypes.footprints import Fields, list_calcs
from toolworlds.models.embedded.archetypes.plan import ToolPlan
from toolworlds.models.embedded.archetypes.ranges import find_range
from toolworlds.models.embedded.entities import Domain, Rule

_UPPER = (ast.Lt, ast.LtE)
_LOWER = (ast.Gt, ast.GtE)


def list_rules(domain: Domain, plan: ToolPlan, collection: str, fields: Fields) -> list[Rule]:
    """The invariants that these changes may break."""
    statuses = _list_statuses(domain, plan, collection, fields)
    return [
        rule
        for rule in domain[collection].rules
        if rule.rule not in plan.kept
        and _may_break(rule.rule, fields)
        and not _holds_in(ast.parse(rule.rule, mode="eval").body, statuses)
        and not _holds_for_values(domain, plan, collection, fields, rule.rule)
    ]


def _may_break(rule: str, fields: Fields) -> bool:
    if fields is None:
        return True
    return any(fields.get(field, NEITHER) & ways for field, ways in find_breaking(rule).items())


def find_breaking(rule: str) -> dict[str, Directions]:
    """field -> the ways in which a change of it may break the rule: `due >= 0` breaks by lowering `due`."""
    found: dict[str, Directions] = {}
    for field, ways in _list_breaking(ast.parse(rule, mode="eval").body):
        found[field] = found.get(field, NEITHER) | ways
    return found


def _list_breaking(node: ast.expr) -> Iterator[tuple[str, Directions]]:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _list_breaking(value)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _UPPER):
            yield from _list_signs(left, UP)
            yield from _list_signs(right, DOWN)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _LOWER):
            yield from _list_signs(left, DOWN)
            yield from _list_signs(right, UP)
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=None)]):
            yield from _list_signs(left, DOWN if isinstance(op, ast.NotEq) else UP)
        case _:
            yield from _list_signs(node, BOTH)


def _list_signs(node: ast.expr, ways: Directions) -> Iterator[tuple[str, Directions]]:
    """The ways of each name in a sum or difference that goes these ways; both in any other expression."""
    match node:
        case ast.Name(id=name):
            yield name, ways
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _list_signs(left, ways)
            yield from _list_signs(right, ways)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield from _list_signs(left, ways)
            yield from _list_signs(right, {UP: DOWN, DOWN: UP}.get(ways, ways))
        case _:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name):
                    yield inner.id, BOTH


def _list_statuses(domain: Domain, plan: ToolPlan, collection: str, fields: Fields) -> list[str]:
    """What the changed entity's status is afterwards; [] if nothing is known."""
    flow = domain[collection].status
    if fields is None and flow and plan.rows_made(collection) is not None:
        return [flow.initial]
    if collection != plan.collection:
        return []
    return sorted({status for after in plan.becomes.values() for status in after})


def _holds_in(node: ast.expr, statuses: list[str]) -> bool:
    """Whether a rule holds by the status alone, in each of these."""
    match node:
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_holds_in(value, statuses) for value in values)
        case ast.Compare(left=ast.Name(id="status"), ops=[op], comparators=[right]):
            named = ast.literal_eval(right)
            held = [status in (named if isinstance(named, tuple | list) else [named]) for status in statuses]
            return bool(held) and (not any(held) if isinstance(op, ast.NotIn | ast.NotEq) else all(held))
        case _:
            return False


def _holds_for_values(domain: Domain, plan: ToolPlan, collection: str, fields: Fields, rule: str) -> bool:
    """Whether `field >= number` or the like holds for all that may be given or computed for that field."""
    match ast.parse(rule, mode="eval").body:
        case ast.Compare(
            left=ast.Name(id=name), ops=[op], comparators=[ast.Constant(value=int() | float() as bound)]
        ):
            if not _is_set_anew(domain, plan, collection, fields, name):
                return False
            low, high = find_range(domain, collection, name)
            checks = {
                ast.GtE: low >= bound,
                ast.Gt: low > bound,
                ast.LtE: high <= bound,
                ast.Lt: high < bound,
            }
            return checks.get(type(op), False)
        case _:
            return False


def _is_set_anew(domain: Domain, plan: ToolPlan, collection: str, fields: Fields, name: str) -> bool:
    """Whether the field is given as a value, computed, or of a new entity; not moved by an amount."""
    if fields is None or name in list_calcs(domain, collection, fields):
        return (collection, name) not in plan.steps and collection == plan.collection
    return any(m.meaning.field == name and m.meaning.kind == "value" for m in plan.arguments)
