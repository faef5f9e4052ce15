"""A conversation as steps: each call with the output that answers it, and the leaves of those outputs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolworlds.records.base import Json
from toolworlds.records.conversations import ConversationCall, ConversationMessage


@dataclass(frozen=True, slots=True)
class Step:
    """One call and what came back."""

    index: int
    """Position among all calls of the conversation."""
    asked_in: int
    """Index of the assistant's message."""
    call: ConversationCall
    answered_in: int | None
    """Index of the tool's message; None when no output follows."""
    output: Json

    @property
    def failed(self) -> bool:
        """Whether the output is an error or there is none."""
        return self.answered_in is None or is_error(self.output)


def is_error(output: Json) -> bool:
    """Whether an output says that the call was refused."""
    return isinstance(output, dict) and bool(output.get("error"))


def is_empty(output: Json) -> bool:
    """Whether an output is a search's that found nothing: it holds lists, and nothing in any of them."""
    held = output.values() if isinstance(output, dict) else [output]
    lists = [value for value in held if isinstance(value, list)]
    return bool(lists) and not any(lists)


def read_steps(messages: Sequence[ConversationMessage]) -> list[Step]:
    """The calls in order. Outputs answer the calls of the assistant's message before them, one by one."""
    steps: list[Step] = []
    for place, message in enumerate(messages):
        calls = message.tool_calls or [] if message.role == "assistant" else []
        for offset, call in enumerate(calls):
            answer = place + 1 + offset
            answered = answer < len(messages) and _follows(messages, place, answer)
            output = read_output(messages[answer]) if answered else None
            steps.append(Step(len(steps), place, call, answer if answered else None, output))
    return steps


def _follows(messages: Sequence[ConversationMessage], place: int, answer: int) -> bool:
    """Whether nothing but outputs stands between a call and its answer."""
    return all(message.role == "tool" for message in messages[place + 1 : answer + 1])


def read_output(message: ConversationMessage) -> Json:
    """A tool message's value; its text itself where it is no JSON."""
    try:
        return json.loads(message.content)
    except (ValueError, RecursionError):
        return message.content


def walk_leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every leaf with its path: `hotels[0].hotel_id`. Empty lists and objects are leaves."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from walk_leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from walk_leaves(inner, f"{path}[{index}]")
    else:
        yield path, value
