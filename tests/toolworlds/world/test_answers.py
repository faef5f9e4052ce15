import pytest

from toolworlds.world.answers import FinalAnswer, parse_final, strip_objects


def test_an_object_on_the_last_line_is_read() -> None:
    """Outcome, reason and facts come from the object; the rest is text."""
    final = parse_final('All set.\n{"outcome": "refuse", "reason": "too_late", "answer": {"left": 2}}')
    assert final == FinalAnswer("refuse", "too_late", {"left": 2}, "All set.")


def test_a_fenced_object_is_read_and_the_last_one_counts() -> None:
    """Fences do not matter, nor do objects of other forms around it."""
    text = 'First {"answer": {"a": 1}} then\n```json\n{"answer": {"a": 2}}\n```\nand {"total": 3}.'
    assert parse_final(text).answer == {"a": 2}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Done, 12 left.",
        '{"answer": {"a": 1}',
        '{"outcome": "success", "answer": {"a": 1}}',
        '{"answer": [1]}',
        '{"answer": {"a": "\\ud800"}}',
        '{"answer": {"a": 1' + "0" * 400 + "}}",
        '{"total": 12}',
        "[1, 2]",
    ],
)
def test_what_is_no_answer_object_is_text(message: str) -> None:
    """Absent, broken, misshapen objects, and ones that cannot be written down again."""
    assert parse_final(message) == FinalAnswer(text=message)


def test_hostile_messages_take_no_time() -> None:
    """Endless nesting and unclosed braces are given up quickly."""
    for message in ("{" * 1_000_000, '{"a":' * 200_000, '[{"a":[{' * 100_000, "{ " * 500_000, '{"' * 500_000):
        assert parse_final(message).answer == {}
        assert strip_objects(message) == message


def test_pasted_objects_are_no_sentence() -> None:
    """Objects are cut out of the text, lists of them too."""
    assert strip_objects('He owes {"left": 2} now [{"a": 1}, {"b": 2}]').split() == [
        "He",
        "owes",
        "now",
        "[",
        ",",
        "]",
    ]


@pytest.mark.parametrize("opening", ["<think>", ""])
def test_thoughts_are_not_read(opening: str) -> None:
    """What was only thought of says nothing, also where a template opened the thoughts."""
    message = f'{opening}A refusal would be {{"outcome": "refuse"}}.\n</think>\n\nDone, 12 left.'
    assert parse_final(message) == FinalAnswer(text="Done, 12 left.")
    assert parse_final('<think>{"answer": {"a": 1}}') == FinalAnswer()


def test_a_reason_is_text_or_nothing() -> None:
    """Left out and null are nothing; a number is taken as its digits."""
    assert parse_final('{"outcome": "done"}').reason is None
    assert parse_final('{"outcome": "ask", "reason": null}').reason is None
    assert parse_final('{"outcome": "ask", "reason": 3}').reason == "3"
