"""Agents that know no ground truth: they guess from the request and the tools' schemas alone."""

import random
import re
from collections.abc import Iterator, Sequence

from toolworlds.models.embedded.agents.moves import Finish, Move, RolloutSoFar
from toolworlds.models.embedded.mistakes import ID
from toolworlds.records.base import Json
from toolworlds.records.tasks import Row
from toolworlds.records.tools import ToolCall, ToolSpec

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])")
CAPITALISED = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w-]*(?: [A-Z][\w-]*)*")
DONE = "That is done."


def play_greedy(row: Row, episode: RolloutSoFar) -> Move:
    """Calls the first tool whose required arguments the request seems to hold, reads the reply, and stops."""
    if episode.replies:
        return Finish(DONE, dict(_scalars(episode.replies[0])))
    for tool in row.tools:
        arguments = _find_arguments(tool, episode.request)
        if arguments is not None:
            return ToolCall(name=tool.tool_name, arguments=arguments)
    return Finish("I could not find a tool for this.")


def play_random(row: Row, episode: RolloutSoFar, rng: random.Random) -> Move:
    """As many calls as the ground truth has, each of any tool with any arguments of the right types."""
    if len(episode.replies) >= len(row.gt_calls):
        return Finish(DONE)
    for _ in range(len(episode.replies) + 1):  # earlier turns are drawn again, alike
        tool = rng.choice(row.tools)
        properties = tool.parameters.get("properties", {})
        arguments = {name: _throw(schema, row, rng) for name, schema in properties.items()}
    return ToolCall(name=tool.tool_name, arguments=arguments)


def _find_arguments(tool: ToolSpec, text: str) -> dict[str, Json] | None:
    """Values for the required arguments as they happen to stand in the text; None if one is not there."""
    arguments: dict[str, Json] = {}
    for name in tool.parameters.get("required", []):
        fitting = list(_candidates(tool.parameters["properties"][name], text))
        unused = [value for value in fitting if value not in arguments.values()]
        if not unused:
            return None
        arguments[name] = unused[0]
    return arguments


def _candidates(schema: dict[str, Json], text: str) -> Iterator[Json]:
    if "enum" in schema:
        yield from (word for word in schema["enum"] if str(word).replace("_", " ") in text.lower())
    elif _types(schema) & {"integer", "number"}:
        yield from (_to_number(match) for match in NUMBER.findall(text))
    elif "pattern" in schema:
        yield from (word for word in ID.findall(text) if re.search(schema["pattern"], word))
    elif "string" in _types(schema) and "format" not in schema:
        yield from CAPITALISED.findall(text)


def _to_number(digits: str) -> Json:
    plain = digits.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def _throw(schema: dict[str, Json], row: Row, rng: random.Random) -> Json:
    """Any value of the schema's type: a word of the enum, a number within bounds, an id of the world."""
    if "enum" in schema:
        return rng.choice(schema["enum"])
    types = _types(schema)
    if types & {"integer", "number"}:
        low = schema.get("minimum", 1)
        return rng.randint(int(low), int(schema.get("maximum", low + 50)))
    if "boolean" in types:
        return rng.random() < 0.5
    return rng.choice(_known_texts(row, schema)) if "string" in types else None


def _known_texts(row: Row, schema: dict[str, Json]) -> Sequence[str]:
    """Ids of the initial state and the clock, as far as they fit the schema's pattern."""
    ids = [
        entity[spec.id_field]
        for name, spec in row.world_schema.collections.items()
        for entity in row.initial_state.collections[name]
    ]
    known = [*ids, row.now[:10], row.now]
    return [text for text in known if re.search(schema.get("pattern", ""), text)] or ["unknown"]


def _types(schema: dict[str, Json]) -> set[str]:
    declared = schema.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def _scalars(reply: Json) -> Iterator[tuple[str, Json]]:
    """The reply's own plain fields: what an agent reports that does not know what was meant."""
    if isinstance(reply, dict):
        for name, value in reply.items():
            if not isinstance(value, dict | list):
                yield name, value
