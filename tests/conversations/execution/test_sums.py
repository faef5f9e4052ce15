"""Amounts of replies follow from one another, extras among them."""

from datetime import datetime
from typing import Any

import pytest

from conversations.execution.calls import Call
from conversations.execution.shapes import Group, compile_shape
from conversations.execution.sums import settle
from conversations.execution.values import Scene
from tests.toolworlds.catalogue.test_spans import build


def settle_bill(filled: dict[str, Any], *fresh: str) -> None:
    """What becomes of a reply of which these amounts are fresh."""
    endpoint = build(name="get_bill", reply=filled)
    shape = compile_shape(endpoint)
    assert isinstance(shape, Group)
    settle(filled, set(fresh), shape, Call(endpoint, {}, "", Scene(datetime(2026, 1, 1)), {}), [])


@pytest.mark.parametrize(
    ("filled", "amount"),
    [
        ({"items": [{"unit_price": 10.0, "quantity": 3}], "tax": 2.4, "total": 0.5}, 32.4),
        ({"items": [{"price": 10.0}, {"price": 5.0}], "tip": 1.0, "discount": 4.0, "total": 0.5}, 12.0),
        ({"subtotal": 80.0, "tax": 6.4, "service_fee": 3.0, "total": 0.5}, 89.4),
        ({"price_per_night": 50.0, "nights": 3, "tax": 12.5, "total": 0.5}, 162.5),
    ],
)
def test_a_total_holds_what_is_added_to_it(filled: dict[str, Any], amount: float) -> None:
    """Taxes, fees, shipping and tips beside lines, a subtotal or a price of one; a discount is taken off."""
    settle_bill(filled, "total")
    assert filled["total"] == pytest.approx(amount)


def test_a_subtotal_holds_the_lines_alone() -> None:
    """What is added to it stands in the total only."""
    filled: dict[str, Any] = {
        "items": [{"price": 10.0}, {"price": 5.0}],
        "tax": 2.0,
        "subtotal": 0.5,
        "total": 0.5,
    }
    settle_bill(filled, "subtotal", "total")
    assert (filled["subtotal"], filled["total"]) == (15, 17)
