"""Sound conversations pass; each kind of corrupted record is rejected, and by its name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from conversations.audit.checks import check_file, check_record
from conversations.audit.problems import ProblemKind
from conversations.audit.truth import CompiledRegistry
from tests.conversations.audit.guesthouse import REGISTRY, SOUND, Talk, book_a_room, both_at_once

Record = dict[str, Any]
COMPILED = CompiledRegistry(REGISTRY)
SCORES: Record = {
    "tool_correctness": 4.0,
    "task_completion": 5.0,
    "naturalness": 3.0,
    "mean_score": 4.0,
    "reasoning": "",
    "judge_model": "m",
    "passed": True,
    "failed_gates": [],
}


def list_kinds(record: Record) -> set[str]:
    return {problem.kind for problem in check_record(record, COMPILED)}


def in_step(record: Record) -> Record:
    """The record with its lists taken from its messages again, as someone would forge it."""
    messages = record["messages"]
    record["tool_calls"] = [call for m in messages for call in m.get("tool_calls") or ()]
    record["tool_outputs"] = [
        {"name": m.get("name") or "", "output": json.loads(m["content"])}
        for m in messages
        if m["role"] == "tool"
    ]
    record["metadata"]["num_turns"] = len(messages)
    return record


@pytest.mark.parametrize("make", SOUND, ids=lambda make: make.__name__)
def test_sound_conversations_pass(make: Callable[[], Talk]) -> None:
    """What was written by hand with care has no problem."""
    assert check_record(make().record(), COMPILED) == []


def set_in(record: Record, *path: Any, value: Any) -> Record:
    *way, last = path
    inner: Any = record
    for step in way:
        inner = inner[step]
    inner[last] = value
    return record


def set_argument(name: str, value: Any, call: int = 1) -> Callable[[Record], Record]:
    """Changes an argument of the record `book_a_room`, in step."""

    def corrupt(record: Record) -> Record:
        place = [i for i, m in enumerate(record["messages"]) if m.get("tool_calls")][call]
        parameters = record["messages"][place]["tool_calls"][0]["parameters"]
        if value is ...:
            del parameters[name]
        else:
            parameters[name] = value
        return in_step(record)

    return corrupt


def set_output(name: str, value: Any) -> Callable[[Record], Record]:
    """Changes a field of the booking's output, in step."""

    def corrupt(record: Record) -> Record:
        output = json.loads(record["messages"][8]["content"])
        output[name] = value
        record["messages"][8]["content"] = json.dumps(output)
        return in_step(record)

    return corrupt


def name_twice(record: Record) -> Record:
    found = json.loads(record["messages"][4]["content"])
    found["rooms"].append(found["rooms"][0] | {"name": "Attic"})
    record["messages"][4]["content"] = json.dumps(found)
    return in_step(record)


def rename_tool(record: Record) -> Record:
    record["messages"][7]["tool_calls"][0]["name"] = "rooms::teleport"
    record["messages"][8]["name"] = "rooms::teleport"
    record["metadata"]["endpoint_ids"][1] = "rooms::teleport"
    return in_step(record)


def drop_output(record: Record) -> Record:
    del record["messages"][8]
    return in_step(record)


def repeat_output(record: Record) -> Record:
    record["messages"].insert(9, record["messages"][8])
    return in_step(record)


def drop_message(place: int) -> Callable[[Record], Record]:
    def corrupt(record: Record) -> Record:
        del record["messages"][place]
        return in_step(record)

    return corrupt


def drop_all_calls(record: Record) -> Record:
    record["messages"] = [m for m in record["messages"] if m["role"] != "tool" and "tool_calls" not in m]
    return in_step(record)


CORRUPTIONS: list[tuple[str, str, Callable[[Record], Record]]] = [
    ("record", "a key that no record has", lambda r: set_in(r, "note", value="x")),
    ("record", "an unknown role", lambda r: set_in(r, "messages", 0, "role", value="system")),
    ("conversation_id", "another form", lambda r: set_in(r, "conversation_id", value="talk 1")),
    ("conversation_id", "another seed", lambda r: set_in(r, "metadata", "seed", value=8)),
    ("conversation_id", "two ids", lambda r: set_in(r, "metadata", "conversation_id", value="conv_7_0009")),
    ("roles", "the user speaks twice", drop_message(1)),
    ("roles", "the assistant begins", drop_message(0)),
    ("ending", "the last answer is missing", drop_message(9)),
    ("empty_message", "nothing is said", lambda r: set_in(r, "messages", 5, "content", value=" ")),
    ("message_keys", "a user with calls", lambda r: set_in(r, "messages", 0, "tool_calls", value=[])),
    ("message_keys", "an assistant with a name", lambda r: set_in(r, "messages", 3, "name", value="x")),
    ("no_calls", "talk alone", drop_all_calls),
    ("output_missing", "no output", drop_output),
    ("output_orphaned", "an output twice", repeat_output),
    (
        "output_json",
        "an output cut off",
        lambda r: set_in(r, "messages", 8, "content", value='{"booking_id": "BK'),
    ),
    (
        "tool_calls",
        "a call forgotten in the list",
        lambda r: set_in(r, "tool_calls", value=r["tool_calls"][:1]),
    ),
    (
        "tool_calls",
        "other parameters in the list",
        lambda r: set_in(r, "tool_calls", 1, "parameters", value={}),
    ),
    (
        "tool_outputs",
        "another output in the list",
        lambda r: set_in(r, "tool_outputs", 1, "output", value={}),
    ),
    ("unknown_tool", "a tool that does not exist", rename_tool),
    ("missing_argument", "a required argument dropped", set_argument("guest_name", ...)),
    ("unknown_argument", "an argument too many", set_argument("pets", 1)),
    ("argument_type", "a number as text", set_argument("nights", "3")),
    ("argument_type", "a truth value as text", set_argument("breakfast", "yes")),
    ("argument_enum", "none of the offered values", set_argument("view", "Porto", call=0)),
    ("reversed_span", "a stay that ends first", set_argument("departure_date", "2026-05-12", call=0)),
    ("reversed_span", "a stay of no night", set_argument("departure_date", "2026-05-14", call=0)),
    ("unsourced_id", "an id that nobody returned", set_argument("room_id", "RM-999")),
    ("unsourced_value", "a name that nobody said", set_argument("guest_name", "Bruno Costa")),
    ("unsourced_value", "a number that nobody said", set_argument("nights", 5)),
    (
        "unheard_code",
        "another reference is told",
        lambda r: set_in(r, "messages", 9, "content", value="Done, your reference is BK-11111."),
    ),
    (
        "internal_name",
        "a tool's name is said",
        lambda r: set_in(r, "messages", 1, "content", value="For rooms::search: which city, and which day?"),
    ),
    (
        "internal_name",
        "a placeholder is left",
        lambda r: set_in(r, "messages", 9, "content", value="The {room_name} is booked for 420."),
    ),
    ("output_schema", "a field of another type", set_output("total", "four hundred")),
    ("entity_name", "a room under two names", name_twice),
    ("metadata", "num_turns", lambda r: set_in(r, "metadata", "num_turns", value=3)),
    ("metadata", "num_tool_calls", lambda r: set_in(r, "metadata", "num_tool_calls", value=3)),
    ("metadata", "num_distinct_tools", lambda r: set_in(r, "metadata", "num_distinct_tools", value=2)),
    ("metadata", "tool_ids_used", lambda r: set_in(r, "metadata", "tool_ids_used", value=["tables"])),
    ("metadata", "endpoint_ids", lambda r: set_in(r, "metadata", "endpoint_ids", value=["rooms::search"])),
    ("metadata", "grounding", lambda r: set_in(r, "metadata", "memory_grounding_rate", value=0.0)),
    ("metadata", "grounding null", lambda r: set_in(r, "metadata", "memory_grounding_rate", value=None)),
    ("metadata", "questions", lambda r: set_in(r, "metadata", "num_clarification_questions", value=0)),
    ("metadata", "domain", lambda r: set_in(r, "metadata", "domain", value="Food")),
    ("metadata", "pattern", lambda r: set_in(r, "metadata", "pattern_type", value="parallel")),
    (
        "mock_arguments",
        "no such argument",
        lambda r: set_in(r, "metadata", "mock_arguments", value=["5.city"]),
    ),
    ("scores", "passed without scores", lambda r: set_in(r, "passed", value=True)),
    ("scores", "the mean", lambda r: r | {"judge_scores": SCORES | {"mean_score": 5.0}, "passed": True}),
    ("scores", "the verdict", lambda r: r | {"judge_scores": SCORES, "passed": False}),
    ("scores", "half judged", lambda r: r | {"judge_scores": SCORES | {"naturalness": None}, "passed": True}),
]


@pytest.mark.parametrize(
    ("kind", "what", "corrupt"), CORRUPTIONS, ids=[f"{c[0]}: {c[1]}" for c in CORRUPTIONS]
)
def test_corrupted_records_are_rejected(kind: str, what: str, corrupt: Callable[[Record], Record]) -> None:
    """The problem is named by its kind."""
    assert kind in list_kinds(corrupt(json.loads(json.dumps(book_a_room().record()))))


def test_outputs_in_another_order_are_rejected() -> None:
    """Outputs follow the order of the calls that share a message."""
    record = both_at_once().record()
    record["messages"][2:4] = reversed(record["messages"][2:4])
    assert "output_order" in list_kinds(in_step(record))


def test_every_kind_is_tested() -> None:
    """No kind of problem is declared that no corrupted record shows."""
    assert {kind for kind, _, _ in CORRUPTIONS} | {"output_order", "duplicate_id"} == set(
        get_args(ProblemKind)
    )


def test_a_marked_mock_needs_no_source() -> None:
    """What is marked as made up is not held against the conversation."""
    record = set_argument("guest_name", "Bruno Costa")(book_a_room().record())
    record["metadata"]["mock_arguments"] = ["1.guest_name"]
    assert list_kinds(record) == set()


def test_consistent_scores_pass() -> None:
    """Scores whose mean and verdict agree are no problem; neither is a judge that failed."""
    nothing = dict.fromkeys(("tool_correctness", "task_completion", "naturalness", "mean_score"))
    failed = SCORES | nothing | {"passed": False, "failed_gates": ["judge_error"]}
    assert list_kinds(book_a_room().record() | {"judge_scores": SCORES, "passed": True}) == set()
    assert list_kinds(book_a_room().record() | {"judge_scores": failed, "passed": False}) == set()


def test_a_file_is_checked_line_by_line(tmp_path: Path) -> None:
    """A line that is no JSON costs itself alone; an id seen before is reported."""
    path = tmp_path / "conversations.jsonl"
    sound = json.dumps(book_a_room().record())
    path.write_text(f"{sound}\n{{broken\n\n{sound}\n[]\n")
    checked = list(check_file(path, COMPILED))
    assert [(c.line, c.name, [p.kind for p in c.problems]) for c in checked] == [
        (1, "conv_7_0001", []),
        (2, "?", ["record"]),
        (4, "conv_7_0001", ["duplicate_id"]),
        (5, "?", ["record"]),
    ]
