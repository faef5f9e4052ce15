"""OpenAI's fine-tuning form: arguments are JSON text, and each assistant message has a weight."""

import hashlib
import re
from collections.abc import Collection

from dataset_export.columns import Columns
from dataset_export.dialogue import DialogueCall, Message, TrainingDialogue, Unfit
from toolworlds.records.base import Json

COLUMNS: Columns = {"messages": ["json"], "tools": ["json"], "parallel_tool_calls": "bool"}
_LONGEST = 64


def to_openai(dialogue: TrainingDialogue) -> dict[str, Json]:
    """One line of a training file; the service accepts no other keys, so there is no id and no reasoning.

    Raises Unfit where two tools would be called the same.
    """
    names = dialogue.tool_names
    if len(set(map(make_safe, names))) < len(names):
        raise Unfit("two tools whose names fall together")
    row: dict[str, Json] = {"messages": [_write_message(message, names) for message in dialogue.messages]}
    if dialogue.tools:
        row["tools"] = [_rename(tool) for tool in dialogue.tools]
        row["parallel_tool_calls"] = True
    return row


def make_safe(name: str) -> str:
    """A tool's name as the service accepts it: at most 64 letters, digits, `_`, `-`."""
    safe = re.sub(r"[^a-zA-Z0-9_-]", "_", name)
    if len(safe) <= _LONGEST:
        return safe
    return f"{safe[: _LONGEST - 7]}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _rename(tool: dict[str, Json]) -> dict[str, Json]:
    return {**tool, "function": {**tool["function"], "name": make_safe(tool["function"]["name"])}}


def _write_message(message: Message, names: Collection[str]) -> dict[str, Json]:
    """A message; a system text that names tools names them as they are now called."""
    content = message.content
    if message.role == "system":
        for name in sorted(names, key=len, reverse=True):
            content = content.replace(name, make_safe(name))
    written: dict[str, Json] = {"role": message.role, "content": content}
    if message.calls:
        written["tool_calls"] = [_write_call(call) for call in message.calls]
    if message.role == "assistant":
        written["weight"] = int(message.trained)
    if message.role == "tool":
        written["tool_call_id"] = message.call_id
    return written


def _write_call(call: DialogueCall) -> dict[str, Json]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": make_safe(call.name), "arguments": call.arguments},
    }
