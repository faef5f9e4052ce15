"""LLaMA-Factory's ShareGPT form: human and observation take turns with gpt and function_call, strictly."""

import json
from collections.abc import Iterator, Sequence

from dataset_export.columns import Columns
from dataset_export.dialogue import Message, TrainingDialogue, Unfit, read_result, require_trained
from toolworlds.records.base import Json

COLUMNS: Columns = {
    "conversations": [{"from": "string", "value": "string"}],
    "system": "string",
    "tools": "string",
}


def to_llama_factory(dialogue: TrainingDialogue) -> dict[str, Json]:
    """One row. Raises Unfit for what the form has no place for: words beside calls, turns out of order."""
    require_trained(dialogue)
    conversations = list(_write_turns(dialogue.turns))
    for place, turn in enumerate(conversations):
        if (turn["from"] in ("human", "observation")) != (place % 2 == 0):
            raise Unfit("turns that do not alternate")
    if len(conversations) % 2:
        raise Unfit("no answer at the end")
    functions = [tool["function"] for tool in dialogue.tools]
    return {
        "id": dialogue.id,
        **dialogue.labels,
        "conversations": conversations,
        "system": dialogue.system,
        "tools": json.dumps(functions, ensure_ascii=False) if functions else "",
    }


def describe_files(name: str, manifest: dict[str, Json]) -> dict[str, Json]:
    """`dataset_info.json`: one entry a split, as `<name>_<split>`."""
    columns = {"messages": "conversations", "system": "system", "tools": "tools"}
    return {
        f"{name}_{split}": {"file_name": about["file"], "formatting": "sharegpt", "columns": columns}
        for split, about in manifest["splits"].items()
    }


def _write_turns(messages: Sequence[Message]) -> Iterator[dict[str, str]]:
    results: list[str] = []
    for place, message in enumerate(messages):
        if message.role == "tool":
            results.append(message.content)
            if place + 1 == len(messages) or messages[place + 1].role != "tool":
                yield {"from": "observation", "value": merge_results(results)}
                results = []
        elif message.role == "user":
            yield {"from": "human", "value": message.content}
        elif message.calls:
            yield {"from": "function_call", "value": _think(message) + _write_calls(message)}
        else:
            yield {"from": "gpt", "value": _think(message) + message.content}


def merge_results(results: Sequence[str]) -> str:
    """One observation: a single result as it is, several as a JSON list in the order of the calls."""
    return (
        results[0] if len(results) == 1 else json.dumps(list(map(read_result, results)), ensure_ascii=False)
    )


def _think(message: Message) -> str:
    return f"<think>\n{message.reasoning}\n</think>\n\n" if message.reasoning else ""


def _write_calls(message: Message) -> str:
    """One call as an object, several as a list."""
    if message.content:
        raise Unfit("words beside a call")
    calls = [{"name": call.name, "arguments": call.read_arguments()} for call in message.calls]
    return json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)
