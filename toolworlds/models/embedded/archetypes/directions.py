"""Which way a tally moves when what it counts changes."""

from toolworlds.models.embedded.archetypes.plan import Direction, FillRow, ToolPlan
from toolworlds.models.embedded.generators import Where
from toolworlds.models.embedded.relations import TallyField
from toolworlds.records.base import Json

Directions = frozenset[Direction]

UP: Directions = frozenset(("up",))
DOWN: Directions = frozenset(("down",))
BOTH: Directions = UP | DOWN
NEITHER: Directions = frozenset()


def follow(plan: ToolPlan, collection: str, fields: set[str] | None, tally: TallyField) -> Directions:
    """How a tally moves when a plan changes these fields of what it counts, or makes or removes one."""
    if fields is None:
        rows = plan.rows_made(collection)
        if rows is None:
            return DOWN if _may_fit(plan.subject_where(), tally.where) else NEITHER
        return UP if may_count(rows, tally) else NEITHER
    ways = _follow_status(plan, tally) if "status" in fields else NEITHER
    if tally.by in fields:
        ways |= _follow_ref(plan, collection, tally)
    if tally.sum in fields and _counts_all_along(plan, collection, tally):
        step = plan.steps.get((collection, tally.sum))
        ways |= BOTH if step is None else frozenset((step,))
    return ways | BOTH if fields & set(tally.where) - {"status"} else ways


def _follow_status(plan: ToolPlan, tally: TallyField) -> Directions:
    counted = tally.where.get("status")
    if counted is None:
        return NEITHER
    moves = [(before in counted, to in counted) for before, after in plan.becomes.items() for to in after]
    return (UP if (False, True) in moves else NEITHER) | (DOWN if (True, False) in moves else NEITHER)


def _follow_ref(plan: ToolPlan, collection: str, tally: TallyField) -> Directions:
    """A ref that is filled adds, one that is emptied takes away, one that moves does both."""
    step, (before, after) = plan.steps.get((collection, tally.by)), _statuses(plan, collection)
    counted = tally.where.get("status")
    if plan.swaps and tally.sum is None and (counted is None or set(before or [None]) <= set(counted)):
        return NEITHER
    adds = step != "down" and _meet(after, counted)
    takes = step != "up" and _meet(before, counted)
    return (UP if adds else NEITHER) | (DOWN if takes else NEITHER)


def _counts_all_along(plan: ToolPlan, collection: str, tally: TallyField) -> bool:
    return all(_meet(statuses, tally.where.get("status")) for statuses in _statuses(plan, collection))


def _statuses(plan: ToolPlan, collection: str) -> tuple[list[Json] | None, list[Json] | None]:
    """The statuses before and after of what a plan changes; None where nothing is said."""
    if collection != plan.collection:
        return None, None
    if plan.becomes:
        return list(plan.becomes), [status for after in plan.becomes.values() for status in after]
    same = plan.subject_where().get("status")
    return same, same


def _meet(statuses: list[Json] | None, counted: list[Json] | None) -> bool:
    return statuses is None or counted is None or bool(set(statuses) & set(counted))


def _may_fit(where: Where, wanted: Where) -> bool:
    return all(_meet(where.get(field), values) for field, values in wanted.items())


def may_count(rows: list[FillRow], tally: TallyField) -> bool:
    """Whether an entity filled like this may count: it points at something, and nothing speaks against it."""
    plain = {field: value for field, how, value, _ in rows if how == "plain"}
    if tally.by in plain:
        return False
    return all(plain[field] in values for field, values in tally.where.items() if field in plain)
