"""Meaningful answers through a server that has none: one model thinks, another engine says its words."""

import json

from llm import Completion, Model, Request
from model_clients.server import ServerModel
from model_clients.wire import chat_body
from records.base import Json

ROOM = 32_768
"""Tokens for an answer; small vocabularies need many."""


class SpokenModel:
    """Takes each answer from `thinker` and makes `server` say exactly this, by constrained choice.

    Prompt, body, sampling, decoding, tool parser and reply are the server's own; only the words are given.
    """

    def __init__(self, thinker: Model, server: ServerModel) -> None:
        self.name = thinker.name
        self._thinker = thinker
        self._server = server

    async def complete(self, request: Request) -> Completion:
        """What the server made of the thinker's answer."""
        thought = await self._thinker.complete(request)
        body = chat_body(request, self._server.name)
        body.pop("response_format", None)
        body |= {"structured_outputs": {"choice": [write_out(thought)]}, "max_tokens": ROOM}
        return await self._server.send(body, request)

    async def aclose(self) -> None:
        """Closes both."""
        await self._thinker.aclose()
        await self._server.aclose()

    def describe(self) -> dict[str, Json]:
        """The thinker's description."""
        return self._thinker.describe()


def write_out(completion: Completion) -> str:
    """Text and tool calls as one text, in the form of the Hermes tool parser."""
    calls = []
    for call in completion.tool_calls:
        function = call["function"]
        said = json.dumps({"name": function["name"], "arguments": json.loads(function["arguments"])})
        calls.append(f"<tool_call>\n{said}\n</tool_call>")
    return "\n".join([completion.text, *calls]) if completion.text else "\n".join(calls)
