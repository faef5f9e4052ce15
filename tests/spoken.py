"""Meaningful answers through an engine that has none: one model thinks, another engine says its words."""

import json
from typing import Protocol

from toolworlds.models.clients.wire import chat_body
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Model, Request

ROOM = 32_768
"""Tokens for an answer; small vocabularies need many."""


class Speaker(Protocol):
    """A model client that can be given a body: a server's or the in-process engine's."""

    name: str

    async def send(self, body: dict[str, Json], request: Request) -> Completion: ...

    async def aclose(self) -> None: ...


class SpokenModel:
    """Takes each answer from `thinker` and makes `speaker` say exactly this, by constrained choice.

    Prompt, sampling, decoding, tool parser and reply are the speaker's own; only the words are given.
    """

    def __init__(self, thinker: Model, speaker: Speaker) -> None:
        self.name = thinker.name
        self._thinker = thinker
        self._speaker = speaker

    async def complete(self, request: Request) -> Completion:
        """What the speaker made of the thinker's answer."""
        thought = await self._thinker.complete(request)
        body = chat_body(request, self._speaker.name)
        body.pop("response_format", None)
        body |= {"structured_outputs": {"choice": [write_out(thought)]}, "max_tokens": ROOM}
        return await self._speaker.send(body, request)

    async def aclose(self) -> None:
        """Closes both."""
        await self._thinker.aclose()
        await self._speaker.aclose()

    def describe(self) -> dict[str, Json]:
        """The thinker's description."""
        return self._thinker.describe()


def write_out(completion: Completion) -> str:
    """Text and tool calls as one text, in the form of the Hermes tool parser."""
    calls: list[str] = []
    for call in completion.tool_calls:
        function = call["function"]
        said = json.dumps({"name": function["name"], "arguments": json.loads(function["arguments"])})
        calls.append(f"<tool_call>\n{said}\n</tool_call>")
    return completion.text + "\n".join(calls)
