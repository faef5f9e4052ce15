"""Arithmetic on world data: decimal, bounded, and free of binary noise (0.1 + 0.2 is 0.3).

Imported by the Starlark worker too, so it leans on the standard library alone.
"""

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from functools import lru_cache
from typing import Any

MAX_EXPRESSION = 300
LARGEST = 10**15
_DIGITS = 14
_CONTEXT = Context(prec=28, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow])

_BINARY: dict[type[ast.AST], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: _CONTEXT.add,
    ast.Sub: _CONTEXT.subtract,
    ast.Mult: _CONTEXT.multiply,
    ast.Div: _CONTEXT.divide,
}
_UNARY: dict[type[ast.AST], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_FUNCTIONS = ("round", "min", "max")


class CalcFault(ValueError):  # noqa: N818 - named like the other faults of this package
    """The numbers or the expression do not compute; the text says why."""


def tidy(number: int | float | Decimal) -> int | float:
    """A number as the world keeps it: 14 significant digits, whole numbers as integers.

    Two routes to the same amount (decimal in `$calc`, binary in a twin) thus end in the same bytes.
    """
    if not -LARGEST <= number <= LARGEST:  # NaN is not between them either
        raise CalcFault(f"{number} is beyond what the world keeps (at most 10 to the power of 15)")
    if isinstance(number, int):
        return number
    if number == int(number):
        return int(number)
    rounded = float(f"{number:.{_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


def to_decimal(value: Any) -> Decimal:
    """The number as people write it: 0.1 is one tenth, and what binary arithmetic made 65.02499999999999
    is 65.025. Raises CalcFault when it is no finite number.
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CalcFault(f"{value!r} is not a number")
    return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{_DIGITS}g}")


def add(left: Any, right: Any) -> int | float:
    """The sum of two numbers."""
    return total([left, right])


def total(values: Iterable[Any]) -> int | float:
    """The sum of numbers; 0 of none."""
    result = Decimal(0)
    for value in values:
        result = _CONTEXT.add(result, to_decimal(value))
    return tidy(result)


def mean(values: list[Any]) -> int | float:
    """The arithmetic mean of at least one number."""
    sum_of_values = to_decimal(total(values))
    return tidy(_CONTEXT.divide(sum_of_values, Decimal(len(values))))


def round_to(value: Any, digits: int) -> int | float:
    """Rounded to 0 to 12 decimal places, halves away from zero: 2.675 to 2 places is 2.68."""
    return tidy(_round(to_decimal(value), digits))


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """The value of an expression of numbers, variables, + - * / and round(x, n), min(a, b), max(a, b).

    Dates and other text may stand in `min` and `max` alone. Raises CalcFault with the offending part.
    """
    try:
        value = _evaluate(_parse(expression), variables)
    except DecimalException as error:
        raise CalcFault(f"{expression!r} divides by zero or overflows") from error
    return tidy(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=4096)
def _parse(expression: str) -> ast.expr:
    if len(expression) > MAX_EXPRESSION:
        raise CalcFault(f"the expression is longer than {MAX_EXPRESSION} characters")
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise CalcFault(f"{expression!r} is not an arithmetic expression") from error


def _evaluate(node: ast.expr, variables: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return to_decimal(number)
        case ast.Name(id=name):
            return _look_up(name, variables)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            operands = (to_decimal(_evaluate(side, variables)) for side in (left, right))
            return _BINARY[type(op)](*operands)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](to_decimal(_evaluate(operand, variables)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _apply(name, [_evaluate(argument, variables) for argument in arguments])
    raise CalcFault(f"{ast.unparse(node)!r} may not stand in an expression; use + - * / round min max")


def _look_up(name: str, variables: Mapping[str, Any]) -> Any:
    if name not in variables:
        raise CalcFault(f"variable {name!r} is not among vars {sorted(variables)}")
    value = variables[name]
    return value if isinstance(value, str) else to_decimal(value)


def _apply(name: str, values: list[Any]) -> Any:
    if name == "round":
        if len(values) not in (1, 2):
            raise CalcFault("round takes a number and how many decimal places")
        return _round(to_decimal(values[0]), values[1] if len(values) == 2 else 0)
    if not values or len({isinstance(value, str) for value in values}) != 1:
        raise CalcFault(f"{name} takes numbers or dates, not a mix of both")
    return min(values) if name == "min" else max(values)


def _round(value: Decimal, digits: Any) -> Decimal:
    places = to_decimal(digits)
    if places != int(places) or not 0 <= places <= 12:
        raise CalcFault(f"round takes 0 to 12 decimal places, not {digits}")
    return value.quantize(Decimal(1).scaleb(-int(places)), context=_CONTEXT)
