"""Calls between tags in plain text: taught in a system text, written, and read back from what a model said.

For trainers and chat formats without native tool calling. A message is `<think>…</think>`, text, calls; each
call is `<tool_call>{"name", "arguments"}</tool_call>`, and what it returned
`<tool_response>{"name", "content"}</tool_response>`. Episodes have one call a message, flat and between tags
of their own (`CallFormat`).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from toolworlds.errors import UserError
from toolworlds.records.base import Json, nests_deeper
from toolworlds.records.completions import split_thoughts
from toolworlds.records.tools import ToolCall

_CALL = "<tool_call>", "</tool_call>"
_RESULT = "<tool_response>", "</tool_response>"
_THOUGHTS = "<think>\n", "\n</think>\n\n"
_TAUGHT = (Path(__file__).parent / "tagged_calls.txt").read_text()
"""What a model is told of its tools; `{{ tools }}` stands for their list."""
_PLACE = "\n\n"
"""Between the system text and what is said of tools."""
DEEPEST = 64
"""Levels of a call's arguments; no tool asks for more, and files could not hold it."""
_DECODER = json.JSONDecoder()
_FLAT = re.compile(r"(<[^<>]+>)(\{.*\})(<[^<>]+>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A call that cannot be carried out as it was written."""

    name: str
    """The tool's name as far as it could be read."""
    problem: str
    """In words that the model can act on."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one message of a model says."""

    text: str
    """Before the first call; the whole message where there is none."""
    calls: list[ToolCall | Unreadable]
    """In order; empty in a final message."""
    thoughts: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one call returned."""

    name: str
    content: Json


def write_system(system: str, tools: Sequence[Json]) -> str:
    """The system text with the tools (OpenAI functions) and how they are called."""
    lines = "\n".join(_dump(tool) for tool in tools)
    return system + _PLACE + _TAUGHT.replace("{{ tools }}", lines).strip()


def read_system(text: str) -> tuple[str, list[Json]]:
    """The system text and the tools that `write_system` put together. Raises ValueError for another text."""
    head, _, _ = write_system("", []).partition("\n\n</tools>")
    system, found, rest = text.rpartition(head + "\n")
    lines, closed, _ = rest.partition("\n</tools>")
    if not found or not closed:
        raise ValueError("the text holds no tools as `write_system` puts them")
    return system, [json.loads(line) for line in lines.split("\n") if line]


def format_sha256() -> str:
    """The hash of the text that teaches the format, as manifests keep it beside those of prompts."""
    return hashlib.sha256(write_system("", []).encode()).hexdigest()


def write_message(text: str, calls: Sequence[ToolCall] = (), thoughts: str = "") -> str:
    """A message that `read_message` reads back. Raises ValueError for a text that itself holds the tags."""
    tags = (*_CALL, "<think>", "</think>")
    if found := [tag for tag in tags for part in (text, thoughts) if tag in part]:
        raise ValueError(f"the message itself holds {found[0]}, so it cannot be written in this format")
    parts = [text] if text or not calls else []
    parts += [_enclose(_CALL, {"name": call.name, "arguments": call.arguments}) for call in calls]
    return (thoughts.join(_THOUGHTS) if thoughts else "") + "\n".join(parts)


def read_message(message: str) -> Spoken:
    """What a model said. Never raises: a call that makes no sense is Unreadable.

    Calls within thoughts do not count; a message cut off within its thoughts says nothing. The last closing
    tag may be missing, since servers cut it off where it is a stop string.
    """
    thoughts, said = split_thoughts(message)
    calls = list(_read_calls(said))
    text = said.partition(_CALL[0])[0].removesuffix("\n") if calls else said
    return Spoken(text, calls, thoughts)


def read_call(value: Json) -> ToolCall | Unreadable:
    """A call as models and trainers write it: bare or under OpenAI's `function`, its arguments an object or a
    text that holds one."""
    if isinstance(value, ToolCall):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("function"), Mapping):
        value = value["function"]
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        return Unreadable("", 'a call is {"name": …, "arguments": {…}}')
    name, arguments = value["name"], value.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = orjson.loads(arguments)
        except orjson.JSONDecodeError as error:
            return Unreadable(name, f"the arguments are not a JSON object: {error}")
    if not isinstance(arguments, dict):
        return Unreadable(name, f"the arguments are not a JSON object: they are a {type(arguments).__name__}")
    if nests_deeper(arguments, DEEPEST):
        return Unreadable(name, f"the arguments are nested more than {DEEPEST} levels deep")
    return ToolCall(name=name, arguments=arguments)


def write_results(results: Sequence[Result]) -> str:
    """The message that tells what calls returned, in their order."""
    return "\n".join(_enclose(_RESULT, {"name": one.name, "content": one.content}) for one in results)


def read_results(message: str) -> list[Result]:
    """What `write_results` wrote. Raises ValueError for another text."""
    results, position = [], 0
    while (start := message.find(_RESULT[0], position)) >= 0:
        found, position = _DECODER.raw_decode(message, _skip_space(message, start + len(_RESULT[0])))
        results.append(Result(found["name"], found["content"]))
    return results


@dataclass(frozen=True, slots=True)
class CallFormat:
    """The two tags around a call that is a whole message: flat JSON, the name beside the arguments."""

    opening: str
    closing: str

    def write(self, name: str, arguments: dict[str, Json]) -> str:
        """The call as an assistant's message; an argument called `name` would collide and is refused."""
        if "name" in arguments:
            raise UserError(
                f"tool {name!r} has an argument called 'name', which a flat call cannot hold; rename it"
            )
        return f"{self.opening}{orjson.dumps({'name': name, **arguments}).decode()}{self.closing}"

    def is_call(self, content: str) -> bool:
        """Whether a message is meant as a call."""
        return self.opening in content or self.closing in content

    def read(self, content: str) -> tuple[str, dict[str, Json]]:
        """(name, arguments) of a message that is exactly one call; raises ValueError with the reason."""
        if not (content.startswith(self.opening) and content.endswith(self.closing)):
            raise ValueError("a call must be the whole message")
        inner = content.removeprefix(self.opening).removesuffix(self.closing)
        if self.is_call(inner):
            raise ValueError("a message holds one call only")
        try:
            value = orjson.loads(inner)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"the call is not JSON: {error}") from error
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            raise ValueError("the call is no object with a name")
        return value.pop("name"), value


def learn_format(example: str) -> CallFormat:
    """The format that one call shows; raises ValueError if it is none."""
    match = _FLAT.fullmatch(example)
    if not match:
        raise ValueError(f"{example[:80]!r} is no call between two tags")
    return CallFormat(match[1], match[3])


def _read_calls(said: str) -> Iterator[ToolCall | Unreadable]:
    position = 0
    while (start := said.find(_CALL[0], position)) >= 0:
        begin = _skip_space(said, start + len(_CALL[0]))
        try:
            value, end = _DECODER.raw_decode(said, begin)
            orjson.dumps(value)  # what files could not hold: huge numbers, half characters
        except (ValueError, TypeError, RecursionError) as error:
            position = _find_end(said, begin)
            yield Unreadable("", f"there is no JSON object between the tags: {error}"[:300])
            continue
        position = _find_end(said, end)
        between = said[end:position].removesuffix(_CALL[1]).strip()
        yield Unreadable("", f"this follows the object: {between[:100]!r}") if between else read_call(value)


def _find_end(said: str, position: int) -> int:
    """Where a call ends: after its closing tag, before the next call, or with the message."""
    closing, opening = said.find(_CALL[1], position), said.find(_CALL[0], position)
    if closing >= 0 and not 0 <= opening < closing:
        return closing + len(_CALL[1])
    return opening if opening >= 0 else len(said)


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _enclose(tags: tuple[str, str], value: Json) -> str:
    return f"{tags[0]}\n{_dump(value)}\n{tags[1]}"


def _dump(value: Json) -> str:
    """One line of JSON in which no closing tag can stand."""
    text = json.dumps(value, ensure_ascii=False)
    if not text.isascii():
        text = _escape_halves(text, value)
    return text.replace("</", "<\\/")


def _escape_halves(text: str, value: Json) -> str:
    """The same in ASCII where it holds half characters, which no file could."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
