"""Tests on entities: the conditions of `$each`, `$op` and `update_where`.

`=` and `!=` compare JSON values (1 equals 1.0; true is no 1). The orderings take two numbers or two texts, so
ISO dates order by time; null orders with nothing and fails them all. `in` looks for the field's value in a
list. `contains` looks for a value in a list field, or for a text, letter case aside, in a text field.
"""

import operator
from collections.abc import Callable, Iterable, Sequence

from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import Condition, Operator

_ORDERINGS: dict[str, Callable[[Json, Json], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS, _TEXT = {int, float}, {str}


class ConditionFault(ValueError):  # noqa: N818 - named like the other faults of this package
    """A test that makes no sense on the values it meets."""


def select(entities: Iterable[Entity], conditions: Sequence[Condition]) -> list[Entity]:
    """The entities that meet all conditions, in their order. Raises ConditionFault."""
    return [
        entity
        for entity in entities
        if all(compare(entity.get(field), how, value) for field, how, value in conditions)
    ]


def sort_by(entities: list[Entity], field: str, *, descending: bool = False) -> list[Entity]:
    """Sorted by a field, null first (descending: last), ties in the order given. Raises ConditionFault."""
    try:
        return sorted(
            entities,
            key=lambda entity: (entity.get(field) is not None, entity.get(field)),
            reverse=descending,
        )
    except TypeError as error:
        raise ConditionFault(f"values of {field!r} cannot be put in an order") from error


def compare(left: Json, how: Operator, right: Json) -> bool:
    """Whether `left how right`; `left` is the entity's value."""
    match how:
        case "=":
            return is_equal(left, right)
        case "!=":
            return not is_equal(left, right)
        case "in":
            if not isinstance(right, list):
                raise ConditionFault(f"'in' takes a list, not {right!r}")
            return any(is_equal(left, member) for member in right)
        case "contains":
            return _contains(left, right)
    if left is None or right is None:
        return False
    kinds = {type(left), type(right)}
    if not (kinds <= _NUMBERS or kinds == _TEXT):
        raise ConditionFault(f"{left!r} {how} {right!r}: only two numbers or two texts have an order")
    return _ORDERINGS[how](left, right)


def is_equal(left: Json, right: Json) -> bool:
    """Equality of JSON values: numbers by value, true and false only equal to themselves."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _contains(left: Json, right: Json) -> bool:
    if isinstance(left, list):
        return any(is_equal(member, right) for member in left)
    if isinstance(left, str) and isinstance(right, str):
        return right.casefold() in left.casefold()
    if left is None:
        return False
    raise ConditionFault(f"{left!r} contains {right!r}: only lists and texts contain something")
