"""A chat template as `transformers` renders it, with the spans of the assistant's messages in the text."""

import json
from collections.abc import Sequence
from typing import Any

import jinja2
import jinja2.nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dataset_export.dialogue import Unfit
from toolworlds.records.base import Json
from utils import UserError

Span = tuple[int, int]
"""[start, end) in characters."""
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Private characters that stand where `{% generation %}` begins and ends; no text may hold them."""


class _Generation(Extension):
    """`{% generation %}…{% endgeneration %}` encloses what a model writes."""

    tags = {"generation"}  # noqa: RUF012 - jinja's own interface

    def parse(self, parser: Any) -> Any:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        first = jinja2.nodes.Output([jinja2.nodes.TemplateData(_OPEN)])
        last = jinja2.nodes.Output([jinja2.nodes.TemplateData(_CLOSE)])
        return jinja2.nodes.Scope([first, *body, last], lineno=line)


class ChatTemplate:
    """One template, whose messages hold none of `special`. Raises UserError where it is not valid."""

    def __init__(self, source: str, tokens: dict[str, str], special: Sequence[str]) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _dump_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = lambda form: "1 January 2026"
        self._tokens = tokens
        self._marks = "endgeneration" in source
        try:
            self._template = environment.from_string(source)
        except jinja2.TemplateSyntaxError as error:
            raise UserError(
                f"the chat template is not valid: line {error.lineno}: {error.message}; repair it"
            ) from error
        self._closing = "" if self._marks else self._learn_closing(special)

    def render(self, messages: Sequence[dict[str, Json]], tools: Sequence[Json]) -> tuple[str, list[Span]]:
        """The text and where the assistant's messages stand in it, in order.

        Raises Unfit where the template refuses the messages, or renders some differently once others follow.
        """
        if self._marks:
            return _split_marks(self._render(messages, tools))
        text = self._render(messages, tools)
        return text, [
            self._find_span(text, messages, tools, place)
            for place, message in enumerate(messages)
            if message["role"] == "assistant"
        ]

    def _find_span(
        self, text: str, messages: Sequence[dict[str, Json]], tools: Sequence[Json], place: int
    ) -> Span:
        """From the end of the prompt before a message to the token that closes it.

        Some templates write a last message otherwise than one that others follow, so that its own end
        cannot be told by leaving out what follows; there the first closing token is it.
        """
        before = self._render(messages[:place], tools, prompt=True)
        after = self._render(messages[: place + 1], tools)
        if text.startswith(before) and text.startswith(after) and after.startswith(before):
            return len(before), len(after.rstrip("\n "))
        end = text.find(self._closing, len(before)) if self._closing else -1
        inside = text[len(before) : end]
        if not text.startswith(before) or end < 0 or messages[place + 1]["content"] in inside:
            raise Unfit("the chat template renders a message differently once others follow")
        return len(before), end + len(self._closing)

    def _learn_closing(self, special: Sequence[str]) -> str:
        """The token after an assistant's words; empty where it is no special one."""
        word = "Yes"
        messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": word}]
        closing = self._render(messages, []).rpartition(word)[2].strip()
        return closing if closing in special else ""

    def _render(
        self, messages: Sequence[dict[str, Json]], tools: Sequence[Json], prompt: bool = False
    ) -> str:
        try:
            return self._template.render(
                messages=messages, tools=tools or None, add_generation_prompt=prompt, **self._tokens
            )
        except (jinja2.TemplateError, TypeError) as error:
            raise Unfit(f"the chat template refuses a dialogue: {error}") from error


def _split_marks(marked: str) -> tuple[str, list[Span]]:
    text, spans = "", []
    for part in marked.split(_OPEN):
        inside, closed, outside = part.partition(_CLOSE)
        if closed:
            spans.append((len(text), len(text) + len(inside)))
        text += inside + outside
    return text, spans


def _dump_json(value: Json, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> str:
    raise jinja2.TemplateError(message)
