"""How records look in prompts."""

from roles.cards import function_schema, show_schema, show_tool, show_turns
from tests.roles.scenes import RESERVED, SPEC, TOOLS


def test_a_function_tells_all_that_its_documentation_says() -> None:
    """Rules, errors and reply fields reach the agent through the description."""
    tool = TOOLS["book_job"]
    function = function_schema(tool)["function"]
    assert function["parameters"] == tool.parameters
    for line in (tool.usage[0].rule, tool.error_messages[1].message, tool.output_details["price"]):
        assert line in function["description"]


def test_preconditions_and_footprints_are_not_shown() -> None:
    """They are for code: an agent or a simulator reads the rule in words."""
    for shown in (show_tool(TOOLS["book_job"]), function_schema(TOOLS["book_job"])):
        assert "hours * 2 == int(hours * 2)" not in str(shown)
        assert "footprint" not in str(shown)


def test_a_schema_is_cut_to_the_footprint() -> None:
    """Only the collections in view are shown."""
    assert list(show_schema(SPEC.world_schema, ["parts"])) == ["parts"]
    assert list(show_schema(SPEC.world_schema)) == list(SPEC.world_schema.collections)


def test_a_turn_shows_request_call_and_reply() -> None:
    """And neither its delta nor its facts."""
    assert show_turns([RESERVED]) == [
        {
            "request": RESERVED.request,
            "call": RESERVED.call.to_json(),
            "status": 200,
            "reply": RESERVED.recorded.reply,
        }
    ]
