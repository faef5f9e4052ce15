"""An episode through a Hugging Face chat template, as `transformers` renders it."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import jinja2
import jinja2.nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from episodes.call_format import CallFormat
from episodes.system_text import describe_call
from episodes.toolsets.base import ToolSpec
from toolworlds.records.base import Json
from utils import UserError

ChatForm = Literal["native", "plain", "joined"]
"""native: calls and results in fields of their own; plain, for templates that know neither: a call is a text
between its tags, a result a user's message; joined: so, and the system text stands before the first message.
"""
TODAY = date(2026, 1, 1)
"""What templates that name a date are told, so that the same episode always gives the same ids."""


class _Generation(Extension):
    """`{% generation %}…{% endgeneration %}` marks what a model writes; here it is only passed through."""

    tags = {"generation"}  # noqa: RUF012 - jinja's own interface

    def parse(self, parser: Any) -> Any:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.Scope(body, lineno=line)


def _dump_json(
    value: Json,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _refuse(message: str) -> str:
    raise jinja2.TemplateError(message)


class ChatTemplate:
    """One template; `render` gives what the training pipeline's `apply_chat_template` gives."""

    def __init__(self, source: str, tokens: Mapping[str, str]) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _dump_json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = TODAY.strftime
        self.tokens = dict(tokens)
        try:
            self.template = environment.from_string(source)
        except jinja2.TemplateSyntaxError as error:
            raise UserError(
                f"the chat template is not valid: line {error.lineno}: {error.message}"
            ) from error

    def render(self, messages: list[dict[str, Json]], tools: list[Json] | None, prompt: bool = False) -> str:
        """The text of a conversation; raises UserError where the template refuses it."""
        try:
            return self.template.render(
                messages=messages, tools=tools or None, add_generation_prompt=prompt, **self.tokens
            )
        except (jinja2.TemplateError, TypeError) as error:
            raise UserError(f"the chat template refuses the conversation: {error}") from error


def to_chat(conversation: dict[str, Json], calls: CallFormat, form: ChatForm) -> list[dict[str, Json]]:
    """Messages as chat templates take them; see `ChatForm`."""
    system, messages = conversation.get("system", ""), conversation["messages"]
    if form == "native":
        system = system.replace(describe_call(calls), "").strip()
        chat = [_write_natively(message, calls, number) for number, message in enumerate(messages)]
    else:
        chat = [_write_plainly(message) for message in messages]
    if system and form == "joined":
        chat[0]["content"] = f"{system}\n\n{chat[0]['content']}"
    elif system:
        chat.insert(0, {"role": "system", "content": system})
    return chat


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


def _write_plainly(message: dict[str, Json]) -> dict[str, Json]:
    role = "assistant" if message["role"] == "assistant" else "user"
    return {"role": role, "content": message["content"]}


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
