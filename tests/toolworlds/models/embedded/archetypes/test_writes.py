"""Tools that change one entity: create, update, note, escalate, extend, transition, approve, bulk, remove."""

from tests.toolworlds.models.embedded.archetypes.conftest import Call

_NEW_TASK = {"title": "Wax", "skill": "wood", "hours": 2, "urgency": "low", "due_on": "2026-03-30"}


def test_create_fills_in_what_it_does_not_take(call: Call) -> None:
    """Born in its initial status, fixed values set, the rest empty; its id is minted."""
    made = call("create_task", **_NEW_TASK)
    new = next(held for held in made.state.collections["tasks"] if held["id"] == made["task_id"])
    assert new == {**_NEW_TASK, "id": made["task_id"], "status": "open", "moved": 0,
                   "machine_id": None, "helper_id": None, "done_at": None}  # fmt: skip


def test_create_checks_references_rules_and_names(call: Call) -> None:
    """404 for an unknown id, 409 for one in the wrong state, a broken rule, or a name that is taken."""
    assert call("create_task", machine_id="mac_000000ff", **_NEW_TASK).status == 404
    assert call("create_task", machine_id="mac_00000002", **_NEW_TASK).error == "the machine is not ready"
    assert call("create_task", **{**_NEW_TASK, "hours": 6}).error == "long tasks must be urgent"
    assert call("create_task", **{**_NEW_TASK, "title": "Oil"}).error == "another task already has this title"


def test_update_changes_what_is_given(call: Call) -> None:
    """And the tallies that count on it; at least one value must be given, and differ."""
    changed = call("update_task", task_id="tsk_00000001", hours=5)
    assert (changed.entity("tasks", 1)["hours"], changed.entity("helpers", 1)["hours_given"]) == (5, 5)
    assert call("update_task", task_id="tsk_00000001").error == "at least one new value must be given"
    assert call("update_task", task_id="tsk_00000001", hours=2).error == "the task already has these details"


def test_an_update_that_breaks_a_limit_is_refused(call: Call) -> None:
    """The other helper would have more hours than allowed: the refusal is that limit's."""
    assert call("update_task", task_id="tsk_00000005", hours=6).status == 200
    full = call("update_task", task_id="tsk_00000005", hours=6).state
    assert call("update_task", full, task_id="tsk_00000001", hours=6).status == 200
    over = call("assign_helper_to_task", full, task_id="tsk_00000003", helper_id="hlp_00000004")
    assert over.error == "the helper's hours given would exceed their hours most"


def test_a_note_replaces_the_text(call: Call) -> None:
    """409 when it says so already."""
    noted = call("annotate_shelf", shelf_id="shf_00000001", note="Ask Bo.")
    assert noted.entity("shelves", 1)["note"] == "Ask Bo."
    assert call("annotate_shelf", noted.state, shelf_id="shf_00000001", note="Ask Bo.").status == 409


def test_a_level_only_rises(call: Call) -> None:
    """The same level or a lower one is refused."""
    raised = call("raise_task_urgency", task_id="tsk_00000001", urgency="urgent")
    assert raised.entity("tasks", 1)["urgency"] == "urgent"
    assert call("raise_task_urgency", raised.state, task_id="tsk_00000001", urgency="high").status == 409


def test_a_date_moves_later_a_limited_number_of_times(call: Call) -> None:
    """Counted in the entity itself."""
    once = call("extend_task", task_id="tsk_00000001", new_due_on="2026-03-25")
    assert (once.entity("tasks", 1)["due_on"], once.entity("tasks", 1)["moved"]) == ("2026-03-25", 1)
    assert call("extend_task", task_id="tsk_00000001", new_due_on="2026-03-20").status == 409
    assert call("extend_task", once.state, task_id="tsk_00000001", new_due_on="2026-03-27").status == 409


def test_a_transition_keeps_to_the_flow_and_stamps(call: Call) -> None:
    """And takes the task off the helper's tally."""
    done = call("finish_task", task_id="tsk_00000001")
    assert (done.entity("tasks", 1)["status"], done.entity("tasks", 1)["done_at"]) == (
        "done",
        "2026-03-10T09:00:00",
    )
    assert (done.entity("helpers", 1)["tasks_open"], done.entity("helpers", 1)["hours_given"]) == (0, 0)
    assert call("finish_task", task_id="tsk_00000003").error == "the task is not given"


def test_a_transition_waits_for_what_must_not_exist(call: Call) -> None:
    """Booked machines are not sent to repair; free ones are."""
    assert call("repair_machine", machine_id="mac_00000001").error == "the machine is booked"
    assert call("repair_machine", machine_id="mac_00000003").entity("machines", 3)["status"] == "repair"


def test_approval_has_limits_and_a_second_person(call: Call) -> None:
    """Across parameters: 422; beyond what was asked or the approver may grant: 409."""
    invoice = {"invoice_id": "inv_00000001", "first_id": "mem_00000001"}
    assert call("approve_invoice", granted=40, **invoice).entity("invoices", 1)["status"] == "reduced"
    assert call("approve_invoice", granted=55, **invoice).status == 422
    assert call("approve_invoice", granted=55, second_id="mem_00000001", **invoice).status == 422
    approved = call("approve_invoice", granted=55, second_id="mem_00000003", **invoice)
    assert approved.entity("invoices", 1)["second_id"] == "mem_00000003"
    assert call("approve_invoice", granted=61, second_id="mem_00000003", **invoice).status == 409
    assert (
        call("approve_invoice", granted=40, invoice_id="inv_00000001", first_id="mem_00000002").status == 409
    )


def test_bulk_moves_all_that_meet_the_conditions(call: Call) -> None:
    """Others stay; nothing to move is a refusal."""
    dropped = call("drop_all_tasks", skill="wood")
    assert [held["status"] for held in dropped.state.collections["tasks"]] == [
        "given",
        "given",
        "dropped",
        "open",
        "given",
    ]
    assert dropped["dropped_now"] == 1
    assert call("drop_all_tasks", dropped.state, skill="wood").status == 409


def test_what_is_referred_to_is_not_removed(call: Call) -> None:
    """409 while bookings stand on it."""
    assert call("remove_machine", machine_id="mac_00000001").status == 409
    gone = call("remove_machine", machine_id="mac_00000002")
    assert [held["name"] for held in gone.state.collections["machines"]] == ["Laser", "Saw"]
