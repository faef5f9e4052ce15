"""An episode through a Hugging Face chat template, as `transformers` renders it."""

import json
from collections.abc import Mapping
from typing import Any

import jinja2
import jinja2.nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from episode_generation.call_format import CallFormat
from episode_generation.system_text import describe_call
from episode_generation.toolsets.base import ToolSpec
from records.base import Json
from utils import UserError


class _Generation(Extension):
    """`{% generation %}…{% endgeneration %}` marks what a model writes; here it is only passed through."""

    tags = {"generation"}  # noqa: RUF012 - jinja's own interface

    def parse(self, parser: Any) -> Any:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.Scope(body, lineno=line)


def _dump_json(value: Json, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


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
        environment.globals["strftime_now"] = lambda form: "1 January 2026"
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
                messages=messages, tools=tools, add_generation_prompt=prompt, **self.tokens
            )
        except (jinja2.TemplateError, TypeError) as error:
            raise UserError(f"the chat template refuses the conversation: {error}") from error


def to_chat(conversation: dict[str, Json], calls: CallFormat) -> list[dict[str, Json]]:
    """Messages as chat templates take them; the template, not the system text, says how calls look."""
    system = conversation.get("system", "").replace(describe_call(calls), "").strip()
    chat: list[dict[str, Json]] = [{"role": "system", "content": system}] if system else []
    number = 0
    for message in conversation["messages"]:
        if message["role"] == "toolresult":
            call_id = f"call{number:05d}"
            chat.append(
                {
                    "role": "tool",
                    "name": message["name"],
                    "content": message["content"],
                    "tool_call_id": call_id,
                }
            )
        elif message["role"] == "assistant" and calls.is_call(message["content"]):
            number += 1
            name, arguments = calls.read(message["content"])
            function = {"name": name, "arguments": arguments}
            call = {"id": f"call{number:05d}", "type": "function", "function": function}
            chat.append({"role": "assistant", "content": "", "tool_calls": [call]})
        else:
            chat.append({"role": message["role"], "content": message["content"]})
        if message.get("think"):
            chat[-1]["reasoning_content"] = message["think"]
    return chat


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
