import pytest

from env_generation.plans import FieldPlan, FieldSizes, PlanPart, refuse_names, take_new
from roles.env_generator import Idea


def idea(name: str) -> Idea:
    return Idea(name=name, description="Work.")


def grow(plan: FieldPlan, sizes: FieldSizes, *pairs: tuple[str, str]) -> FieldPlan:
    specs = plan.number([(idea(subfield), idea(scenario)) for subfield, scenario in pairs])
    part = PlanPart(subfields=sizes.subfields, tasks=sizes.tasks, specs=specs)
    return FieldPlan(plan.field, (*plan.parts, part))


SMALL = grow(FieldPlan("Aerospace and Defense"), FieldSizes(2, 1), ("A", "x"), ("B", "x"))
GROWN = grow(SMALL, FieldSizes(2, 2), ("A", "y"), ("B", "y"))


def test_spec_ids_name_the_field_and_count_on() -> None:
    """A later part goes on where the one before ended."""
    assert [s.spec_id for s in GROWN.specs] == [f"aerospace_and_defense_spec_00{n}" for n in (1, 2, 3, 4)]


def test_growing_leaves_spec_ids_as_they_are() -> None:
    """Whoever was 001 before stays 001."""
    assert GROWN.specs[:2] == SMALL.specs


def test_smaller_sizes_select_from_a_grown_plan() -> None:
    """The first scenarios of the first subfields, whatever part they came with."""
    assert [s.spec_id[-3:] for s in GROWN.select(FieldSizes(1, 2))] == ["001", "003"]
    assert GROWN.select(FieldSizes(2, 1)) == SMALL.specs


@pytest.mark.parametrize(
    ("sizes", "covered"),
    [
        (FieldSizes(1, 1), True),
        (FieldSizes(2, 2), True),
        (FieldSizes(3, 1), False),
        (FieldSizes(2, 3), False),
    ],
)
def test_a_plan_covers_what_was_asked_for(sizes: FieldSizes, covered: bool) -> None:
    """Even if the answers were fewer: they would be no more the next time."""
    assert GROWN.covers(sizes) is covered


def test_an_unplanned_field_expects_a_full_answer() -> None:
    """For dry runs only."""
    assert FieldPlan("Travel").expect_ids(FieldSizes(2, 2))[-1] == "travel_spec_004"
    assert GROWN.expect_ids(FieldSizes(1, 1)) == ["aerospace_and_defense_spec_001"]


def test_only_new_names_are_taken() -> None:
    """Names that make the same id are the same idea."""
    assert take_new([idea("A")], [idea("a"), idea("B"), idea("b!"), idea("C")], 2) == [idea("B")]


def test_names_without_letters_are_refused() -> None:
    """So is an empty list."""
    assert len(refuse_names([idea("***"), idea("ok")])) == 1
    assert refuse_names([]) == ["the list is empty"]
