"""`--tools FILE`: functions that conversations and episodes name and do not describe."""

from collections.abc import Iterable
from pathlib import Path

from dataset_export.dialogue import TrainingDialogue
from toolworlds.records.base import Json
from utils import UserError, read_json

Function = dict[str, Json]


class ToolFile:
    """OpenAI functions, or the registry of a catalogue of tools. Raises UserError for another file."""

    def __init__(self, path: Path) -> None:
        content = read_json(path)
        self._path = path
        try:
            entries = content["endpoints"] if isinstance(content, dict) else content
            read = _read_endpoint if isinstance(content, dict) else _read_function
            self._functions = {tool["function"]["name"]: tool for tool in map(read, entries)}
        except (AttributeError, KeyError, TypeError) as error:
            raise UserError(
                f"--tools {path} is neither a list of OpenAI functions nor a registry.json; give another file"
            ) from error

    def offer(self, dialogue: TrainingDialogue) -> tuple[Function, ...]:
        """The functions that a dialogue could have called: all of the tools it used, else all there are.

        Raises UserError for a called function that the file lacks.
        """
        called = {call.name for call in dialogue.calls}
        if missing := sorted(called - self._functions.keys()):
            raise UserError(
                f"--tools {self._path} lacks {missing[0]!r}, which {dialogue.id} calls; give the right file"
            )
        used = {name.partition("::")[0] for name in called if "::" in name}
        if not used:
            return tuple(self._functions.values())
        return tuple(_choose(self._functions, used))


def _choose(functions: dict[str, Function], tools: set[str]) -> Iterable[Function]:
    return (function for name, function in functions.items() if name.partition("::")[0] in tools)


def _read_function(tool: Json) -> Function:
    return {"type": "function", "function": {**tool["function"], "name": str(tool["function"]["name"])}}


def _read_endpoint(endpoint: Json) -> Function:
    """An endpoint of `registry.json`; a parameter's type is a JSON Schema type."""
    properties = {parameter["name"]: _read_parameter(parameter) for parameter in endpoint["parameters"]}
    required = [parameter["name"] for parameter in endpoint["parameters"] if parameter.get("required")]
    schema = {"type": "object", "properties": properties, "required": required}
    function = {"name": endpoint["endpoint_id"], "description": endpoint["description"], "parameters": schema}
    return {"type": "function", "function": function}


def _read_parameter(parameter: Json) -> dict[str, Json]:
    kept = {key: parameter[key] for key in ("type", "description", "enum") if parameter.get(key)}
    return {key: value for key, value in kept.items() if value}
