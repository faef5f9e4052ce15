"""Tools that only read: search, find, get, history, rank, aggregate, breakdown, quote, availability."""

from tests.toolworlds.models.embedded.archetypes.conftest import Call


def test_a_search_counts_all_hits_and_shows_a_page(call: Call) -> None:
    """Sorted by the first sort field; the total does not depend on the page."""
    first = call("search_shelves")
    assert (first["total"], [hit["code"] for hit in first["shelves"]]) == (3, ["S-03", "S-01"])
    assert [hit["code"] for hit in call("search_shelves", page=2)["shelves"]] == ["S-02"]


def test_conditions_of_a_search_hold_together(call: Call) -> None:
    """Words by equality, numbers and dates by ranges, names by a part."""
    found = call("search_shelves", material="oak", max_sheets=50, counted_on_from="2026-03-01", code="S-01")
    assert [(hit["code"], hit["sheets"]) for hit in found["shelves"]] == [("S-01", 40)]
    assert call("search_shelves", counted_on_before="2026-03-01")["total"] == 0


def test_a_search_sorts_as_asked(call: Call) -> None:
    """By another field, the other way round."""
    found = call("search_shelves", sort_by="code", order="descending")
    assert [hit["code"] for hit in found["shelves"]] == ["S-03", "S-02"]


def test_find_goes_by_the_exact_name(call: Call) -> None:
    """404 when nothing bears it."""
    assert call("find_machine", name="Mill")["matches"] == [{"id": "mac_00000002", "status": "repair"}]
    assert call("find_machine", name="mill").status == 404


def test_get_shows_the_entity_and_what_it_refers_to(call: Call) -> None:
    """References that are empty show as null; unknown ids are 404."""
    shown = call("get_task", task_id="tsk_00000001")
    assert (shown["title"], shown["helper_name"], shown["machine_name"]) == ("Oil", "Di", None)
    assert call("get_task", task_id="tsk_000000ff").error == "no task has this id"


def test_history_is_newest_first_between_dates(call: Call) -> None:
    """Only what belongs to the one asked about; the limit does not touch the total."""
    every = call("list_bookings_of_member", member_id="mem_00000001", limit=2)
    assert (every["total"], [held["starts_at"][:10] for held in every["bookings"]]) == (
        3,
        ["2026-03-12", "2026-03-11"],
    )
    assert (
        call("list_bookings_of_member", member_id="mem_00000001", starts_at_before="2026-03-11")["total"] == 1
    )
    assert call("list_bookings_of_member", member_id="mem_000000ff").status == 404


def test_rank_gives_the_first_few(call: Call) -> None:
    """From either end."""
    assert [held["code"] for held in call("rank_shelves", limit=2)["shelves"]] == ["S-02", "S-01"]
    assert call("rank_shelves", order="lowest", material="oak", limit=1)["shelves"][0]["code"] == "S-01"


def test_aggregate_gives_exact_figures(call: Call) -> None:
    """Over the selection; 404 when it is empty."""
    figures = call("summarize_shelves_sheets", material="oak").reply.reply
    assert figures == {"count": 2, "total": 110, "average": 55, "lowest": 40, "highest": 70}
    assert call("summarize_shelves_sheets")["average"] == 40


def test_breakdown_counts_every_word(call: Call) -> None:
    """Words that do not occur count 0."""
    assert call("count_tasks_by_status", skill="wood")["counts"] == {
        "open": 1,
        "given": 2,
        "done": 0,
        "dropped": 0,
    }


def test_quote_computes_without_changing_anything(call: Call) -> None:
    """Only for machines that can be had."""
    quoted = call("quote_fee", machine_id="mac_00000001", hours=3)
    assert (quoted["fee"], quoted.reply.delta) == (39, [])
    assert call("quote_fee", machine_id="mac_00000002", hours=3).error == "the machine is not ready"


def test_availability_looks_at_live_bookings(call: Call) -> None:
    """A time that touches another booking's end is free."""
    at = {"machine_id": "mac_00000001", "hours": 2}
    assert call("check_machine_availability", starts_at="2026-03-12T12:00:00", **at)["available"] is True
    assert call("check_machine_availability", starts_at="2026-03-12T11:00:00", **at)["available"] is False
