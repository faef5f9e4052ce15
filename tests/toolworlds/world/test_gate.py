"""No call passes the gate unless tool, arguments and stated preconditions are right."""

import math

import pytest

from toolworlds.records.base import Json
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit

BOOKING: dict[str, Json] = {
    "studio_id": "st_01",
    "band_id": "bd_01",
    "start": "2026-05-08T10:00:00",
    "hours": 2,
    "players": 3,
}


def test_defaults_are_filled_in_and_the_rest_left_out(env: Environment) -> None:
    """An omitted argument has its default or stays omitted."""
    call = ToolCall(name="find_studios", arguments={"seats": 4, "page": 3})
    assert admit(env, call) == {"seats": 4, "page": 3, "page_size": 2}
    assert call.arguments == {"seats": 4, "page": 3}


@pytest.mark.parametrize(
    ("name", "arguments", "status", "words"),
    [
        ("paint_studio", {}, 404, "there is no tool 'paint_studio'"),
        ("find_studios", {}, 400, '"seats" is a required property'),
        ("find_studios", {"seats": "4"}, 400, 'seats: "4" is not of type "integer"'),
        ("find_studios", {"seats": 0}, 400, "seats: 0 is less than the minimum of 1"),
        ("find_studios", {"seats": 4, "colour": "red"}, 400, "colour"),
        ("find_studios", {"seats": math.nan}, 400, "nan is not a JSON number"),
        ("find_studios", {"seats": 2**80}, 400, "not plain JSON"),
        ("find_studios", {"seats": 4, "level": {"$now": True}}, 400, "may not begin with $"),
        ("drop_session", {"session_id": "\ud800"}, 400, "not plain JSON"),
        ("book_studio", {**BOOKING, "start": "2026-05-08T10:30:00"}, 422, "a session begins on the hour"),
    ],
)
def test_refusals_say_what_is_wrong(
    env: Environment, name: str, arguments: dict[str, Json], status: int, words: str
) -> None:
    """404 for the tool, 400 for the schema, 422 for a rule, each in words with the value."""
    reply = admit(env, ToolCall(name=name, arguments=arguments))
    assert isinstance(reply, ToolReply)
    assert (reply.status, reply.source, reply.delta) == (status, "gate", [])
    assert words in reply.reply["error"]


def test_a_dollar_in_a_text_is_only_a_text(env: Environment) -> None:
    """Amounts such as "$5" are no references, wherever they stand."""
    for text in ("$5", '{"$now": true}', '","$x":'):
        arguments = {"level": 1, "reason": text}
        assert admit(env, ToolCall(name="shut_level", arguments=arguments)) == arguments
