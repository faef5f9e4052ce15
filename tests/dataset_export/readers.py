"""Readers of the formats, written from their documentation: what a trainer would see in a row."""

import json
from collections.abc import Iterator, Sequence

from dataset_export.dialogue import DialogueCall, Message
from toolworlds.records.base import Json

Row = dict[str, Json]


def read_native(row: Row) -> tuple[Message, ...]:
    """TRL, Axolotl and SkyRL: arguments as objects, or as text."""
    return tuple(_read_native(message) for message in row["messages"])


def _read_native(message: Row) -> Message:
    calls = []
    for call in message.get("tool_calls", ()):
        assert call["type"] == "function"
        given = call["function"]["arguments"]
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        calls.append(DialogueCall(call["id"], call["function"]["name"], text))
    return Message(
        role=message["role"],
        content=message["content"],
        reasoning=message.get("reasoning_content", ""),
        calls=tuple(calls),
        call_id=message.get("tool_call_id", ""),
        name=message.get("name", ""),
        trained=message["role"] != "assistant" or message.get("train", message.get("weight", 1)) in (1, True),
    )


def read_sharegpt(turns: Sequence[Row]) -> Iterator[tuple[str, str, str, list[Row], list[Json]]]:
    """LLaMA-Factory: (speaker, thoughts, words, calls, results) of each turn."""
    expected = 0
    for turn in turns:
        thoughts, value = split_thoughts(turn["value"])
        match turn["from"]:
            case "human" | "gpt":
                yield turn["from"], thoughts, value, [], []
            case "function_call":
                calls = json.loads(value)
                calls = calls if isinstance(calls, list) else [calls]
                expected = len(calls)
                yield "gpt", thoughts, "", calls, []
            case "observation":
                results = [value] if expected == 1 else json.loads(value)
                yield "tool", "", "", [], results
            case other:
                raise AssertionError(other)


def split_thoughts(value: str) -> tuple[str, str]:
    if not value.startswith("<think>\n"):
        return "", value
    thoughts, _, rest = value.removeprefix("<think>\n").partition("\n</think>\n\n")
    return thoughts, rest
