"""What tools tell about themselves: rules, refusals and parameters read as English and are true."""

import pytest

from toolworlds.models.embedded.archetypes.compile import CompiledTool, compile_tool
from toolworlds.models.embedded.archetypes.creating import New
from toolworlds.models.embedded.archetypes.invariants import find_breaking
from toolworlds.models.embedded.catalogue import known_fields, load_field
from toolworlds.models.embedded.entities import Domain, add_unit

Makerspace = tuple[Domain, dict[str, CompiledTool]]


def _messages(makerspace: Makerspace, tool: str) -> list[str]:
    return [error.message for error in makerspace[1][tool].spec.error_messages]


def _rules(makerspace: Makerspace, tool: str) -> list[str]:
    return [rule.rule for rule in makerspace[1][tool].spec.usage]


def _describe(makerspace: Makerspace, tool: str, argument: str) -> str:
    return str(makerspace[1][tool].spec.parameters["properties"][argument]["description"])


def test_refusals_say_when_in_other_words(makerspace: Makerspace) -> None:
    """The message is for people, the occasion speaks of arguments and fields."""
    errors = [error for tool in makerspace[1].values() for error in tool.spec.error_messages]
    assert [error for error in errors if error.message in error.when] == []
    given = makerspace[1]["reassign_task"].spec.error_messages
    assert ("the task is not given", "the `status` of `task_id` is not given") in [
        (error.message, error.when) for error in given
    ]


@pytest.mark.parametrize(
    ("tool", "refusal", "documented"),
    [
        ("assign_helper_to_task", "the helper's open tasks would exceed their most", True),
        ("release_task", "the helper's open tasks would exceed their most", False),
        ("cancel_booking", "the credit does not cover this", False),
        ("transfer_sheets", "a shelf holds at most 100 sheets", True),
    ],
)
def test_only_what_can_occur_is_documented(
    makerspace: Makerspace, tool: str, refusal: str, documented: bool
) -> None:
    """A limit is broken by going up, a balance by going down."""
    assert (refusal in _messages(makerspace, tool)) == documented


def test_tallies_are_told_with_the_way_they_go(makerspace: Makerspace) -> None:
    """Up when given, down when taken back, not at all when the counted things stay as they are."""
    assert "Raises the helper's number of open tasks and the helper's hours given." in _rules(
        makerspace, "assign_helper_to_task"
    )
    assert "Lowers the helper's number of open tasks and the helper's hours given." in _rules(
        makerspace, "release_task"
    )
    assert _rules(makerspace, "raise_task_urgency") == []


@pytest.mark.parametrize(
    ("tool", "argument", "text"),
    [
        ("search_shelves", "max_sheets", "Sheets: this or fewer."),
        ("search_shelves", "counted_on_from", "Counted on: on or after this day (YYYY-MM-DD)."),
        ("search_shelves", "code", "The code, exactly as it is written."),
        ("transfer_sheets", "amount", "How many sheets to move."),
    ],
)
def test_parameters_read_as_english(makerspace: Makerspace, tool: str, argument: str, text: str) -> None:
    """Countable things are many or fewer; dates and labels say how they are compared."""
    assert _describe(makerspace, tool, argument) == text


def test_a_unit_is_not_said_twice() -> None:
    """`days asked for, in days` would be."""
    assert (add_unit("days asked for", "days"), add_unit("weight", "kg")) == (
        "days asked for",
        "weight, in kg",
    )


@pytest.mark.parametrize(
    ("rule", "ways"),
    [
        ("due >= 0", {"due": {"down"}}),
        ("kept <= sheets - lent", {"kept": {"up"}, "sheets": {"down"}, "lent": {"up"}}),
        ("chief_id != None or size < 5", {"chief_id": {"down"}, "size": {"up"}}),
        ("first_id != second_id", {"first_id": {"up", "down"}, "second_id": {"up", "down"}}),
    ],
)
def test_a_rule_breaks_one_way(rule: str, ways: dict[str, set[str]]) -> None:
    """By its comparison and the sign of each field."""
    assert find_breaking(rule) == ways


def test_making_something_tells_only_tallies_that_it_raises() -> None:
    """A request for credits is no credit yet: who asked for the new credits would be told the old ones."""
    told = 0
    for slug in known_fields():
        for subfield in load_field(slug).subfields:
            domain = Domain(subfield.entities)
            for operation in subfield.operations:
                if isinstance(operation, New):
                    spec = compile_tool(domain, operation).spec
                    rules = " ".join(rule.rule for rule in spec.usage)
                    tallies = [text for text in spec.output_details.values() if text.endswith(" afterwards")]
                    assert [text for text in tallies if text.removesuffix(" afterwards") not in rules] == []
                    told += len(tallies)
    assert told > 10
