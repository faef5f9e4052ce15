"""A chat template as `transformers` renders it, in a process of its own with bounded time and memory.

Templates come with tokenizers, from strangers: sandboxed Jinja keeps them from files and attributes, the
process from running for ever or filling the host.
"""

import json
import os
import subprocess
import sys
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

from toolworlds.errors import ItemError, UserError
from toolworlds.records.base import Json

_WORKER = Path(__file__).with_name("template_worker.py")
_SECONDS = 5
_MEGABYTES = 1024
_MAX_SOURCE = 1_000_000

Chat = Sequence[Mapping[str, Json]]
"""Messages as chat templates take them."""
View = tuple[int, int, bool]
"""(which chat, how many of its messages, with the generation prompt behind them)"""


class Unsuited(ItemError):  # noqa: N818 - what became of a record, counted under its reason
    """A record that a chat template or a tokenizer does not suit; its text is the reason."""

    kind = "template"


class ChatTemplate:
    """One template with the special tokens that it may name. Raises UserError where it is not valid."""

    def __init__(self, source: str, tokens: Mapping[str, str]) -> None:
        if len(source) > _MAX_SOURCE:
            raise UserError(f"the chat template has more than {_MAX_SOURCE} characters; give another one")
        self.source = source
        self.marks = "endgeneration" in source
        """Whether the template itself marks what a model writes."""
        self._tokens = dict(tokens)
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._start()

    def __reduce__(self) -> tuple[type["ChatTemplate"], tuple[str, dict[str, str]]]:
        """Another process gets a worker of its own."""
        return ChatTemplate, (self.source, self._tokens)

    def render(self, messages: Chat, tools: Sequence[Json], prompt: bool = False) -> str:
        """The text of a conversation; raises Unsuited where the template refuses it."""
        return self.render_views([messages], tools, [(0, len(messages), prompt)])[0]

    def render_views(self, chats: Sequence[Chat], tools: Sequence[Json], views: Sequence[View]) -> list[str]:
        """The texts of several views at once; raises Unsuited where the template refuses one of them.

        Raises UserError where it takes too much time or memory.
        """
        if self._process is None or self._owner != os.getpid():
            self._start()
        texts = []
        for text, reason in self._ask({"chats": chats, "tools": tools, "views": views}):
            if text is None:
                raise Unsuited(f"the chat template refuses a dialogue: {reason}")
            texts.append(text)
        return texts

    def _start(self) -> None:
        command = [sys.executable, "-E", "-P", str(_WORKER), str(_SECONDS), str(_MEGABYTES << 20)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        self._owner = os.getpid()
        weakref.finalize(self, _end, self._process, self._owner)
        text, reason = self._ask({"source": self.source, "tokens": self._tokens})
        if text is None:
            raise UserError(f"the chat template is not valid: {reason}; repair it")

    def _ask(self, request: Json) -> Json:
        process = self._process
        assert process and process.stdin and process.stdout
        answer = ""
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            pass
        finally:
            if not answer:  # also after an interrupt: the next call would read this one's late answer
                self._process = None
                _end(process, self._owner)
        if not answer:
            raise UserError(
                f"the chat template takes more than {_SECONDS} s of processor time or {_MEGABYTES} MB of "
                "memory to render a conversation; give another one"
            )
        return json.loads(answer)


def _end(process: "subprocess.Popen[str]", owner: int) -> None:
    """Ends a worker, unless it is another process's."""
    if owner == os.getpid():
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
