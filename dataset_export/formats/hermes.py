"""Hermes: tools stand in the system text, calls and results between tags, all in plain text."""

import json
from collections.abc import Iterator, Sequence

from dataset_export.columns import Columns
from dataset_export.dialogue import Message, TrainingDialogue, Unfit, read_result, require_trained
from toolworlds.records.base import Json
from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import Result, write_message, write_results, write_system

COLUMNS: Columns = {"conversations": [{"from": "string", "value": "string"}], "tools": "string"}
_SPEAKERS = {"user": "human", "assistant": "gpt"}


def to_hermes(dialogue: TrainingDialogue) -> dict[str, Json]:
    """One row in ShareGPT's form. Raises Unfit for texts that themselves hold the tags."""
    require_trained(dialogue)
    system = write_system(dialogue.system, dialogue.tools) if dialogue.tools else dialogue.system
    system = system if dialogue.system else system.lstrip()
    opening = [{"from": "system", "value": system}] if system else []
    return {
        "id": dialogue.id,
        **dialogue.labels,
        "conversations": [*opening, *_write_turns(dialogue.turns)],
        "tools": json.dumps(dialogue.tools, ensure_ascii=False),
    }


def _write_turns(messages: Sequence[Message]) -> Iterator[dict[str, str]]:
    results: list[Result] = []
    for place, message in enumerate(messages):
        if message.role != "tool":
            yield {"from": _SPEAKERS[message.role], "value": _write_text(message)}
            continue
        results.append(Result(message.name, read_result(message.content)))
        if place + 1 == len(messages) or messages[place + 1].role != "tool":
            yield {"from": "tool", "value": write_results(results)}
            results = []


def _write_text(message: Message) -> str:
    if message.role == "user":
        return message.content
    calls = [ToolCall(name=call.name, arguments=call.read_arguments()) for call in message.calls]
    try:
        return write_message(message.content, calls, message.reasoning)
    except ValueError as error:
        raise Unfit("a text that itself holds the tags") from error
