"""Tools by which something passes between entities: capacity, quantities, money, time."""

import pytest

from tests.toolworlds.models.embedded.archetypes.conftest import Call


def test_assigning_fills_the_ref_and_the_tally(call: Call) -> None:
    """The status moves along."""
    given = call("assign_helper_to_task", task_id="tsk_00000003", helper_id="hlp_00000001")
    assert (given.entity("tasks", 3)["status"], given.entity("tasks", 3)["helper_id"]) == (
        "given",
        "hlp_00000001",
    )
    assert (given["helper_tasks_open"], given.entity("helpers", 1)["hours_given"]) == (2, 5)


@pytest.mark.parametrize(
    ("task", "helper", "error"),
    [
        (4, 2, "the helper's open tasks would exceed their most"),
        (3, 2, "the helper has another skill than the task"),
        (3, 3, "the helper is not here"),
        (1, 1, "the task is not open"),
    ],
)
def test_assigning_is_refused(call: Call, task: int, helper: int, error: str) -> None:
    """Over the limit, to someone unfit or absent, or when the task is given already."""
    refused = call("assign_helper_to_task", task_id=f"tsk_{task:08x}", helper_id=f"hlp_{helper:08x}")
    assert (refused.status, refused.error) == (409, error)


def test_reassigning_moves_both_tallies(call: Call) -> None:
    """Down here, up there; to the same one is refused."""
    moved = call("reassign_task", task_id="tsk_00000001", helper_id="hlp_00000004")
    assert [held["tasks_open"] for held in moved.state.collections["helpers"]] == [0, 1, 0, 2]
    assert [held["hours_given"] for held in moved.state.collections["helpers"]] == [0, 3, 0, 6]
    assert call("reassign_task", task_id="tsk_00000001", helper_id="hlp_00000001").status == 409


def test_releasing_empties_the_ref(call: Call) -> None:
    """And gives the capacity back."""
    free = call("release_task", task_id="tsk_00000001")
    assert (free.entity("tasks", 1)["helper_id"], free.entity("tasks", 1)["status"]) == (None, "open")
    assert free.entity("helpers", 1)["tasks_open"] == 0
    assert call("release_task", task_id="tsk_00000003").status == 409


def test_swapping_exchanges_the_refs(call: Call) -> None:
    """Sums follow, counts stay; different skills are refused, and so is one task twice."""
    swapped = call("swap_helpers", first_task_id="tsk_00000001", second_task_id="tsk_00000005")
    assert swapped.entity("tasks", 1)["helper_id"] == "hlp_00000004"
    assert [held["hours_given"] for held in swapped.state.collections["helpers"]] == [4, 3, 0, 2]
    assert [held["tasks_open"] for held in swapped.state.collections["helpers"]] == [1, 1, 0, 1]
    assert call("swap_helpers", first_task_id="tsk_00000001", second_task_id="tsk_00000002").status == 409
    assert call("swap_helpers", first_task_id="tsk_00000001", second_task_id="tsk_00000001").status == 422


def test_a_transfer_conserves_the_quantity_and_leaves_a_trace(call: Call) -> None:
    """What leaves one shelf arrives on the other."""
    moved = call("transfer_sheets", from_shelf_id="shf_00000001", to_shelf_id="shf_00000002", amount=30)
    assert [held["sheets"] for held in moved.state.collections["shelves"]] == [10, 100, 10]
    assert (moved["from_sheets"], moved["to_sheets"]) == (10, 100)
    trace = moved.entity("movements", 1)
    assert {name: trace[name] for name in ("shelf_id", "target_id", "sheets", "reason", "at")} == {
        "shelf_id": "shf_00000001", "target_id": "shf_00000002", "sheets": 30, "reason": "moved",
        "at": "2026-03-10T09:00:00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "amount", "status", "error"),
    [
        (1, 2, 36, 409, "the amount is above the free sheets of the shelf to take from"),
        (2, 1, 61, 409, "a shelf holds at most 100 sheets"),
        (1, 3, 5, 409, "the two shelves differ in material"),
        (1, 1, 5, 422, "the two shelves must be different ones"),
    ],
)
def test_a_transfer_is_refused(
    call: Call, source: int, target: int, amount: int, status: int, error: str
) -> None:
    """More than is free, more than fits, other material, the same shelf."""
    ids = {"from_shelf_id": f"shf_{source:08x}", "to_shelf_id": f"shf_{target:08x}"}
    refused = call("transfer_sheets", amount=amount, **ids)
    assert (refused.status, refused.error) == (status, error)


def test_an_adjustment_stays_within_the_invariants(call: Call) -> None:
    """Down to zero, not below; zero is no change; more than the most in one go is no valid argument."""
    less = call("adjust_sheets", shelf_id="shf_00000003", change=-10, reason="damage")
    assert (less["sheets"], less.entity("movements", 1)["sheets"]) == (0, -10)
    assert call("adjust_sheets", shelf_id="shf_00000003", change=-11, reason="damage").status == 409
    assert call("adjust_sheets", shelf_id="shf_00000003", change=0, reason="damage").status == 422
    assert call("adjust_sheets", shelf_id="shf_00000003", change=51, reason="found").status == 400


def test_scheduling_computes_the_price(call: Call) -> None:
    """From the length and the machine's rate, to the cent; stamped with the clock."""
    booked = call("schedule_booking", machine_id="mac_00000001", member_id="mem_00000001",
                  starts_at="2026-03-12T12:00:00", hours=2)  # fmt: skip
    new = next(held for held in booked.state.collections["bookings"] if held["id"] == booked["booking_id"])
    assert (booked["price"], new["price"], new["made_at"]) == (25, 25, "2026-03-10T09:00:00")


@pytest.mark.parametrize(
    ("machine", "starts_at", "error"),
    [
        (1, "2026-03-12T11:00:00", "the machine is taken at that time"),
        (1, "2026-03-10T08:00:00", "the starts at lies in the past"),
        (2, "2026-03-14T11:00:00", "the machine is not ready"),
    ],
)
def test_scheduling_is_refused(call: Call, machine: int, starts_at: str, error: str) -> None:
    """Overlaps, the past, machines under repair."""
    refused = call("schedule_booking", machine_id=f"mac_{machine:08x}", member_id="mem_00000001",
                   starts_at=starts_at, hours=2)  # fmt: skip
    assert (refused.status, refused.error) == (409, error)


def test_rescheduling_looks_past_the_booking_itself(call: Call) -> None:
    """An hour later overlaps only with itself; a new length gives a new price."""
    later = call(
        "reschedule_booking", booking_id="bok_00000001", new_starts_at="2026-03-12T11:00:00", new_hours=3
    )
    assert (later["price"], later.entity("bookings", 1)["price"]) == (37.5, 37.5)
    assert (
        call("reschedule_booking", booking_id="bok_00000001", new_starts_at="2026-03-12T13:00:00").status
        == 409
    )


@pytest.mark.parametrize(("booking", "refund"), [(1, 25), (3, 6.25), (4, 0)])
def test_cancelling_refunds_by_the_time_left(call: Call, booking: int, refund: float) -> None:
    """49 hours before the start all, 25 hours half, 3 hours nothing."""
    cancelled = call("cancel_booking", booking_id=f"bok_{booking:08x}", cancel_reason="ill")
    assert cancelled.entity("bookings", booking)["status"] == "cancelled"
    assert (cancelled["refund"], cancelled["member_credit"]) == (refund, 100 + refund)
    assert cancelled.entity("members", 1)["credit"] == 100 + refund


def test_cancelling_twice_is_refused(call: Call) -> None:
    """A cancelled booking is not booked."""
    once = call("cancel_booking", booking_id="bok_00000001", cancel_reason="ill")
    assert call("cancel_booking", once.state, booking_id="bok_00000001", cancel_reason="ill").status == 409


def test_paying_in_parts_and_in_full(call: Call) -> None:
    """The status moves with the last cent; the payer's balance bears it."""
    part = call("pay_invoice", invoice_id="inv_00000001", amount=20)
    assert (part["due"], part["status"], part["member_credit"]) == (40, "open", 80)
    rest = call("pay_invoice", part.state, invoice_id="inv_00000001", amount=40)
    assert (rest["due"], rest["status"], rest["member_credit"]) == (0, "paid", 40)


def test_paying_is_refused(call: Call) -> None:
    """More than is due, more than there is, nothing at all, what is paid already."""
    assert (
        call("pay_invoice", invoice_id="inv_00000001", amount=60.5).error
        == "the amount is above the amount due"
    )
    assert (
        call("pay_invoice", invoice_id="inv_00000002", amount=20).error
        == "the credit of the member is below the amount"
    )
    assert call("pay_invoice", invoice_id="inv_00000001", amount=0).status == 400
    paid = call("pay_invoice", invoice_id="inv_00000001", amount=60)
    assert call("pay_invoice", paid.state, invoice_id="inv_00000001", amount=1).status == 409
