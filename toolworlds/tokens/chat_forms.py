"""How a chat template wants its messages: what differs between templates that all take OpenAI's shape."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

from toolworlds.records.base import Json
from toolworlds.tokens.chat_template import Chat

_SHORT = re.compile("[a-zA-Z0-9]{9}")


@dataclass(frozen=True, slots=True)
class ChatForm:
    """One form of messages. The first of each choice is OpenAI's, with arguments as objects."""

    arguments: Literal["object", "text"] = "object"
    """DeepSeek wants JSON text."""
    ids: Literal["own", "short", "named"] = "own"
    """short: nine letters or digits, as Mistral wants; named: `functions.<name>:<number>`, as Kimi does."""
    empty: Literal["text", "null"] = "text"
    """The content of a message that is only calls: some templates ask whether there is any."""
    content: Literal["text", "parts"] = "text"
    """parts: `[{"type": "text", "text": …}]`."""
    system: Literal["own", "joined"] = "own"
    """joined: the system text stands before the first message's, as Gemma 2 wants it."""
    thoughts: Literal["reasoning_content", "thinking"] = "reasoning_content"
    """The field that they stand in; gpt-oss has `thinking`."""

    def shape(self, messages: Chat) -> list[dict[str, Json]]:
        """Messages in OpenAI's shape, arguments as objects, thoughts as `reasoning_content`, in this form."""
        names: dict[str, str] = {}
        shaped = [self._shape_message(dict(message), names) for message in messages]
        if self.system == "joined" and len(shaped) > 1 and shaped[0]["role"] == "system":
            first, second = shaped[0]["content"], shaped[1]["content"]
            joined = [*first, *second] if self.content == "parts" else f"{first}\n\n{second}"
            shaped[:2] = [{**shaped[1], "content": joined}]
        return shaped

    def _shape_message(self, message: dict[str, Json], names: dict[str, str]) -> dict[str, Json]:
        if calls := message.get("tool_calls"):
            message["tool_calls"] = [self._shape_call(call, names) for call in calls]
        if "tool_call_id" in message:
            message["tool_call_id"] = names.get(message["tool_call_id"], message["tool_call_id"])
        if calls and not message["content"] and self.empty == "null":
            message["content"] = None
        elif self.content == "parts":
            message["content"] = [{"type": "text", "text": message["content"]}]
        if "reasoning_content" in message:
            message[self.thoughts] = message.pop("reasoning_content")
        return message

    def _shape_call(self, call: dict[str, Json], names: dict[str, str]) -> dict[str, Json]:
        function = call["function"]
        number = len(names)
        written = {
            "own": call["id"],
            "short": call["id"] if _SHORT.fullmatch(call["id"]) else f"call{number:05d}",
            "named": f"functions.{function['name']}:{number}",
        }
        names[call["id"]] = written[self.ids]
        if self.arguments == "text":
            function = {**function, "arguments": json.dumps(function["arguments"], ensure_ascii=False)}
        return {**call, "id": written[self.ids], "function": function}


def list_forms() -> Iterator[ChatForm]:
    """All but other places for thoughts, those nearest to OpenAI's first."""
    choices = [ChatForm.__annotations__[field.name].__args__ for field in fields(ChatForm)[:-1]]
    ranked = sorted(
        itertools.product(*choices),
        key=lambda picked: sum(one != choice[0] for one, choice in zip(picked, choices, strict=True)),
    )
    return (ChatForm(*picked) for picked in ranked)
