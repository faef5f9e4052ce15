"""Where arguments come from: outputs, people, choices, or nowhere."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.steps import (
    TracedArgument,
    grounding_bounds,
    is_same_field,
    read_steps,
    trace_arguments,
)
from toolworlds.records.conversations import ConversationMessage
from toolworlds.world.json_paths import format_path, walk_leaves

Spoken = tuple[str, str]
Drawn = tuple[list[ConversationMessage], list[dict[str, tuple[int, str, str]]]]
"""A conversation, and for each call its arguments: the step, path and value that fed them."""


def make_messages(*parts: Spoken | dict[str, tuple[dict[str, Any], Any]]) -> list[ConversationMessage]:
    """(role, text), or {name: (parameters, output)} for calls that share a message."""
    messages: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, tuple):
            messages.append({"role": part[0], "content": part[1]})
            continue
        asked = [{"name": name, "parameters": parameters} for name, (parameters, _) in part.items()]
        messages.append({"role": "assistant", "content": "", "tool_calls": asked})
        messages += [
            {"role": "tool", "name": name, "content": json.dumps(output)}
            for name, (_, output) in part.items()
        ]
    return [ConversationMessage.model_validate(message) for message in messages]


def trace(*parts: Any, **more: Any) -> dict[str, TracedArgument]:
    return {f"{a.step.index}.{a.path}": a for a in trace_arguments(make_messages(*parts), **more)}


def test_an_id_comes_from_the_output_that_returned_it() -> None:
    """Step and path are those of the field."""
    rooms = {"rooms": [{"room_id": "RM-1"}, {"room_id": "RM-2"}]}
    found = trace(("user", "The second."), {"a::search": ({}, rooms)}, {"a::book": ({"room_id": "RM-2"}, {})})
    source = found["1.room_id"].source
    assert (source.kind, source.step, source.path) == ("output", 0, "rooms[1].room_id")


def test_the_mark_of_a_list_is_no_number_that_was_said() -> None:
    """`2. Office` proposes no two of anything; "2 desks" does."""
    for answer, kind in (("Your addresses:\n1. Home\n2. Office", "nobody"), ("I have 2 desks.", "assistant")):
        found = trace(("user", "Where?"), ("assistant", answer), ("user", "There."), {"a::b": ({"n": 2}, {})})
        assert found["0.n"].source.kind == kind


def test_calls_of_one_message_do_not_feed_each_other() -> None:
    """What comes back together was not known when the calls were made."""
    found = trace(("user", "Go."), {"a::x": ({}, {"id": "K-10"}), "b::y": ({"id": "K-10"}, {})})
    assert found["1.id"].source.kind == "nobody"


def test_what_the_user_said_is_no_flow_from_a_field_of_another_name() -> None:
    """The rating 2 of some output does not feed the two guests whom the user named."""
    found = trace(
        ("user", "A table for two."), {"a::find": ({}, {"rating": 2})}, {"a::book": ({"guests": 2}, {})}
    )
    assert [s.kind for s in found["1.guests"].sources] == ["user", "output"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on 14 March", "2026-03-14"),
        ("for twelve people", 12),
        ("at most 1,250 euros", 1250),
        ("a table for one at seven", 1),
        ("It is just me", 1),
        ("at 7.30 pm", "19:30"),
        ("to São Paulo", "Sao Paulo"),
        ("in transit ones", "in_transit"),
    ],
)
def test_people_spell_values_their_way(text: str, value: Any) -> None:
    """Dates, amounts and names count as said in a person's spelling."""
    assert trace(("user", text), {"a::b": ({"x": value}, {})})["0.x"].source.kind == "user"


def test_a_proposal_counts_once_the_user_has_answered() -> None:
    """What the assistant alone said feeds a call only after the user spoke again."""
    talk = (("user", "A room."), ("assistant", "Shall I take the Loft?"))
    call: Any = {"a::b": ({"room": "Loft"}, {})}
    assert trace(*talk, call)["0.room"].source.kind == "nobody"
    assert trace(*talk, ("user", "Yes."), call)["0.room"].source.kind == "assistant"


def test_declared_values_are_choices() -> None:
    """A default needs nobody's word, nor does a truth value; another value of that parameter does."""
    choices = {("a::b", "sort"): ["price", "date"]}
    found = trace(("user", "Go."), {"a::b": ({"sort": "date", "all": True}, {})}, choices=choices)
    assert {a.source.kind for a in found.values()} == {"choice"}
    assert trace(("user", "Go."), {"a::b": ({"sort": "size"}, {})}, choices=choices)[
        "0.sort"
    ].source.kind == ("nobody")


def test_free_text_is_composed_of_heard_words() -> None:
    """A note made of the user's words has a source; one about something else has none."""
    said = ("user", "Tell Mara that the shipment from Porto arrives on Monday morning.")
    note = "Hello Mara, the shipment from Porto arrives on Monday morning."
    other = "Please approve the quarterly budget before the committee convenes."
    assert trace(said, {"a::send": ({"body": note}, {})})["0.body"].source.kind == "composed"
    assert trace(said, {"a::send": ({"body": other}, {})})["0.body"].source.kind == "nobody"


def test_free_text_invents_no_ids() -> None:
    """One invented code spoils a text whose words were all heard."""
    said = ("user", "Tell Mara that the shipment from Porto arrives on Monday morning.")
    note = "Mara, the shipment SH-9921 from Porto arrives on Monday morning."
    assert trace(said, {"a::send": ({"body": note}, {})})["0.body"].source.kind == "nobody"


@pytest.mark.parametrize(
    ("field", "argument", "same"),
    [
        ("rooms[0].room_id", "room_id", True),
        ("rooms[3].id", "room_id", True),
        ("room.roomId", "room_id", True),
        ("found[0].room_id", "room_ids[1]", True),
        ("rooms[0].price", "room_id", False),
        ("updated_fields[0]", "date", False),
    ],
)
def test_field_names(field: str, argument: str, same: bool) -> None:
    """A name fits as it is, or with the name of what it belongs to."""
    assert is_same_field(field, argument) is same


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
CODES = st.integers(100, 999).map(lambda number: f"ID-{number}")
OUTPUTS = st.dictionaries(
    NAMES,
    st.one_of(CODES, st.lists(st.fixed_dictionaries({"key": CODES}), min_size=1, max_size=3)),
    min_size=1,
)


@st.composite
def chains(draw: st.DrawFn) -> Drawn:
    """Calls whose arguments are drawn from the leaves of earlier outputs, and from which ones."""
    parts: list[Any] = [("user", "Please see to it.")]
    outputs: list[tuple[int, str, str]] = []
    truth = []
    for index in range(draw(st.integers(2, 6))):
        fed = draw(st.dictionaries(NAMES, st.sampled_from(outputs), max_size=3)) if outputs else {}
        output = draw(OUTPUTS)
        parts.append({f"tool::step{index}": ({name: leaf[2] for name, leaf in fed.items()}, output)})
        outputs += [(index, format_path(path), value) for path, value in walk_leaves(output)]
        truth.append(fed)
    return make_messages(*parts, ("assistant", "Done.")), truth


@given(chains())
def test_every_grounded_argument_is_reconstructed(
    drawn: Drawn,
) -> None:
    """The field that was taken is among the sources, and each source held the value before the call."""
    messages, truth = drawn
    arguments = {(a.step.index, a.parameter): a for a in trace_arguments(messages)}
    leaves = {
        (i, format_path(path)): value
        for i, m in enumerate(m for m in messages if m.role == "tool")
        for path, value in walk_leaves(json.loads(m.content))
    }
    assert len(arguments) == sum(len(fed) for fed in truth)
    for step, fed in enumerate(truth):
        for name, (source_step, path, value) in fed.items():
            found = arguments[step, name]
            assert found.source.kind == "output"
            assert (source_step, path) in {(s.step, s.path) for s in found.sources}
            assert all(s.step is not None and s.step < step for s in found.sources)
            assert all(leaves[s.step, s.path] == value for s in found.sources if s.step is not None)


@given(chains())
def test_the_grounding_rate_is_the_share_of_fed_calls(
    drawn: Drawn,
) -> None:
    """Where nobody says values, least and most are the same: the share of later calls that were fed."""
    messages, truth = drawn
    share = sum(bool(fed) for fed in truth[1:]) / (len(truth) - 1)
    assert grounding_bounds(trace_arguments(messages), len(truth)) == (share, share)


def test_one_call_has_no_grounding_rate() -> None:
    """With one call there is nothing earlier."""
    messages = make_messages(("user", "Go."), {"a::b": ({"n": 1}, {})})
    assert grounding_bounds(trace_arguments(messages), 1) is None


def test_a_call_without_its_output_is_a_step_that_failed() -> None:
    """Broken conversations can be read as well."""
    call: Any = [{"name": "a::b", "parameters": {}}]
    asking = ConversationMessage(role="assistant", content="", tool_calls=call)
    (step,) = read_steps([asking, ConversationMessage(role="assistant", content="Done.")])
    assert step.answered_in is None and step.failed
    (step,) = read_steps([asking, ConversationMessage(role="tool", name="a::b", content="{cut")])
    assert step.output == "{cut" and not step.failed


def test_leaves_have_their_paths() -> None:
    """Names and positions; what is empty is a leaf."""
    leaves = walk_leaves({"a": [{"b": 1}, []], "c": {}})
    assert [(format_path(p), v) for p, v in leaves] == [("a[0].b", 1), ("a[1]", []), ("c", {})]
