"""An episode as token ids with its loss mask: through a chat template, or between tags without one."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from episodes.system_text import describe_call
from episodes.toolsets.base import ToolSpec
from toolworlds.records.base import Json
from toolworlds.tokens.call_format import CallFormat
from toolworlds.tokens.chat_encoder import ChatEncoder
from toolworlds.tokens.chat_template import Unsuited
from toolworlds.tokens.tags import TagSet, write_tagged
from toolworlds.tokens.tokenizer import Span, Tokenizer, Tokens
from utils import UserError

ChatForm = Literal["native", "plain", "joined"]
"""native: calls and results in fields of their own; plain, for templates that know neither: a call is a text
between its tags, a result a user's message; joined: so, and the system text stands before the first message.
"""


class Encoder:
    """Encodes episodes; raises UserError for a tokenizer or a template that they cannot be masked with."""

    def __init__(self, folder: Path, tags: TagSet, tools: list[Json]) -> None:
        self.tokenizer = Tokenizer(folder)
        self.tags = tags
        self.calls = CallFormat(*tags.toolcall)
        self.tools = tools

    @cached_property
    def chat(self) -> ChatEncoder | None:
        """The chat template, if the tokenizer has one."""
        template = self.tokenizer.template
        return ChatEncoder(self.tokenizer, template) if template else None

    @cached_property
    def form(self) -> ChatForm | None:
        """How episodes become chats; None without a chat template."""
        if self.chat is None:
            self._number_tags()
            return None
        calls, words = self.chat.calls, self.chat.words
        if not isinstance(calls, Unsuited):
            return "native"
        if not isinstance(words, Unsuited):
            return "joined" if words[0].system == "joined" else "plain"
        reasons = "; with calls as text: ".join(dict.fromkeys((str(calls), str(words))))
        raise UserError(
            f"the chat template cannot be masked exactly: {reasons}; use --tags or another template"
        )

    def _number_tags(self) -> dict[str, int]:
        """The id of each tag."""
        numbers = {}
        for tag in self.tags.list_tags():
            numbers[tag], *more = self.tokenizer.encode(tag)
            if more:
                raise UserError(
                    f"tag {tag} is {1 + len(more)} tokens, not one; add all tags to the tokenizer as special "
                    "tokens"
                )
        return numbers

    @cached_property
    def closings(self) -> frozenset[int]:
        """The ids that end what the assistant writes."""
        if self.chat:
            return self.chat.closings
        numbers = self._number_tags()
        return frozenset({numbers[self.tags.assistant[1]], numbers[self.tags.end]})

    @cached_property
    def pad_id(self) -> int:
        """What fills a pack: the tag or token that ends a text, else one that closes a turn."""
        ids = self.tokenizer.encode(self.tokenizer.name_token("eos_token") if self.chat else self.tags.end)
        return ids[0] if len(ids) == 1 else min(self.closings)

    @cached_property
    def weights(self) -> dict[int, float]:
        """Token id -> weight of its loss: ends and calls 2, thoughts and citations 1.5; 1 where not named."""
        weights = dict.fromkeys(self.closings, 2.0)
        if self.chat is None:
            pairs = {self.tags.toolcall: 2.0, self.tags.think: 1.5, self.tags.cite: 1.5}
            weights |= {self._number_tags()[tag]: w for pair, w in pairs.items() for tag in pair}
        return weights

    def write(self, conversation: dict[str, Json]) -> tuple[str, list[Span]]:
        """The text, and what of it is trained; raises Unsuited where the template does not suit it."""
        losses = [bool(m["loss"]) for m in conversation["messages"] if m["role"] == "assistant"]
        if self.form is None or self.chat is None:
            text, spans = write_tagged(conversation, self.tags)
            return text, [span for span, loss in zip(spans, [*losses, True], strict=True) if loss]
        tools = self.tools if self.form == "native" else []
        written = self.chat.write(to_chat(conversation, self.calls, self.form), tools)
        return written.text, written.keep(losses)

    def encode(self, conversation: dict[str, Json]) -> Tokens:
        """Ids and mask; raises UserError where a message holds special tokens, or the mask would be wrong."""
        name = conversation.get("episode_id")
        if found := self.tokenizer.find_special(self._list_texts(conversation)):
            raise UserError(f"episode {name}: a message holds the special token {found}; remove it")
        try:
            return self.tokenizer.encode_spans(*self.write(conversation))
        except Unsuited as error:
            raise UserError(f"episode {name}: {error}; use another template") from error

    def _list_texts(self, conversation: dict[str, Json]) -> list[str]:
        """What was said, without the tags around calls."""
        texts = []
        for message in conversation["messages"]:
            content = message["content"]
            if message["role"] == "assistant":
                content = content.removeprefix(self.calls.opening).removesuffix(self.calls.closing)
            texts += [content, *(message.get(part) or "" for part in ("think", "cite", "context"))]
        return texts


def to_chat(conversation: dict[str, Json], calls: CallFormat, form: ChatForm) -> list[dict[str, Json]]:
    """Messages in OpenAI's shape; see `ChatForm`."""
    system, messages = conversation.get("system", ""), conversation["messages"]
    if form == "native":
        system = system.replace(describe_call(calls), "").strip()
        chat = [_write_natively(message, calls, number) for number, message in enumerate(messages)]
    else:
        roles = ["assistant" if m["role"] == "assistant" else "user" for m in messages]
        chat = [{"role": r, "content": m["content"]} for r, m in zip(roles, messages, strict=True)]
    return [{"role": "system", "content": system}, *chat] if system else chat


def _write_natively(message: dict[str, Json], calls: CallFormat, number: int) -> dict[str, Json]:
    """Calls and results in the fields that templates have for them; a result follows its call at once."""
    content = message["content"]
    if message["role"] == "toolresult":
        call_id = f"call{number - 1:05d}"
        return {"role": "tool", "name": message["name"], "content": content, "tool_call_id": call_id}
    written = {"role": message["role"], "content": content}
    if message["role"] == "assistant" and calls.is_call(content):
        name, arguments = calls.read(content)
        function = {"name": name, "arguments": arguments}
        call = {"id": f"call{number:05d}", "type": "function", "function": function}
        written |= {"content": "", "tool_calls": [call]}
    return written | ({"reasoning_content": message["think"]} if message.get("think") else {})


def to_functions(specs: list[ToolSpec]) -> list[Json]:
    """The tools in OpenAI's form, for templates that describe them."""
    return [
        {
            "type": "function",
            "function": {
                "name": spec.name,
                "description": spec.description,
                "parameters": {
                    "type": "object",
                    "properties": {
                        a.name: {"type": a.type, "description": a.description} for a in spec.arguments
                    },
                    "required": [a.name for a in spec.arguments if a.required],
                },
            },
        }
        for spec in specs
    ]
