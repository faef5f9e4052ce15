"""An episode: calls as they come, and what it is worth where it ends."""

import pytest

from tests.dataset_export.library import (
    FINAL,
    LEND,
    PAY,
    PAY_MORE,
    list_calls,
    make_bare_row,
    make_row,
    write_line,
)
from toolworlds.sessions.open_rows import open_row
from toolworlds.sessions.session import Session
from toolworlds.tokens.call_format import Unreadable
from toolworlds.world.replay import UnansweredCall


def test_calls_return_what_the_row_recorded() -> None:
    """The ground truth, played step by step, ends with the whole reward."""
    session = Session(make_row())
    for call, recorded in zip(list_calls(make_row()), make_row().recorded_calls, strict=True):
        reply = session.step(call)
        assert (reply.status, reply.reply, reply.source) == (recorded.status, recorded.reply, "twin")
    assert session.score(FINAL)["reward"] == 1.0
    assert session.sources == {"twin": 4}


def test_a_reset_forgets_everything() -> None:
    """The state, who answered, and a fault."""
    session = Session(make_bare_row())
    with pytest.raises(UnansweredCall):
        session.step(PAY_MORE)
    session.reset()
    assert (session.fault, session.sources, session.state) == ("", {}, make_bare_row().initial_state)
    for call in list_calls(make_bare_row()):
        session.step(call)
    assert session.sources == {"twin": 3, "memo": 1}
    assert session.score(FINAL)["reward"] == 1.0


def test_sessions_on_one_row_do_not_touch() -> None:
    """They share what is compiled, never a state."""
    first = Session(make_row())
    second = Session(first.opened)
    first.step(PAY)
    assert second.state == make_row().initial_state
    assert second.step(PAY_MORE).reply == {"left": 3.5}


def test_a_call_that_makes_no_sense_is_answered() -> None:
    """The agent is told what is wrong with it, and may go on."""
    session = Session(make_row())
    reply = session.step({"name": "pay_fees", "arguments": "{"})
    assert (reply.status, reply.source) == (400, "gate")
    assert "not a JSON object" in reply.reply["error"]
    assert session.step({"name": "fly", "arguments": {}}).status == 404
    assert session.score(FINAL)["valid"]


def test_an_invalid_episode_stays_invalid() -> None:
    """From the first call that nobody could answer; it is masked whatever comes after."""
    session = Session(make_bare_row())
    with pytest.raises(UnansweredCall, match="pay_fees has no twin"):
        session.step(PAY_MORE)
    with pytest.raises(UnansweredCall, match="pay_fees has no twin"):
        session.step(LEND)
    assert session.score(FINAL)["reward"] is None
    assert not session.score(None)["valid"]


def test_what_could_not_be_read_is_answered() -> None:
    """Who found a call unreadable hands it on as it is; the agent hears why."""
    reply = Session(make_row()).step(Unreadable("", "no object between the tags"))
    assert (reply.status, reply.reply) == (400, {"error": "no object between the tags"})


def test_the_rows_used_last_stay_open() -> None:
    """256 of them; one more closes the one that was asked for longest ago."""
    lines = [write_line(make_row()) + " " * number for number in range(257)]
    opened = [open_row(line) for line in lines[:256]]
    assert open_row(lines[0]) is opened[0]
    open_row(lines[256])
    assert open_row(lines[0]) is opened[0]
    assert open_row(lines[2]) is opened[2]
    assert open_row(lines[1]) is not opened[1]
