"""The process in which a chat template runs. Started by path from `chat_template.py`.

It reads lines of JSON from standard input and answers each with one: first the template and its tokens, then
requests of `{"chats", "tools", "views"}`, a view being `[chat, messages of it, with the generation prompt]`.
A view is answered with `[text, null]` or `[null, reason]`. One that eats more processor time than allowed or
more memory than granted is ended by the kernel; a text may have at most MAX_TEXT characters.
"""

import json
import resource
import signal
import sys
from datetime import date
from typing import Any

import jinja2
import jinja2.nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_TEXT = 16_000_000
TODAY = date(2026, 1, 1)
"""What templates that name a date are told, so that the same record always gives the same ids."""
GENERATION = "\ufdd2", "\ufdd3"
"""Noncharacters that stand where `{% generation %}` begins and ends; no record may hold them."""


class Generation(Extension):
    """`{% generation %}…{% endgeneration %}` encloses what a model writes."""

    tags = {"generation"}  # noqa: RUF012 - jinja's own interface

    def parse(self, parser: Any) -> Any:
        """The body between the two noncharacters."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        first, last = (jinja2.nodes.Output([jinja2.nodes.TemplateData(mark)]) for mark in GENERATION)
        return jinja2.nodes.Scope([first, *body, last], lineno=line)


def dump_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """The filter `tojson` as `transformers` has it."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def refuse(message: str) -> str:
    """The function `raise_exception`."""
    raise jinja2.TemplateError(message)


def compile_template(source: str) -> jinja2.Template:
    """The template among the filters, functions and statements that `transformers` offers."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = dump_json
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = TODAY.strftime
    return environment.from_string(source)


def render(template: jinja2.Template, given: dict[str, Any], messages: Any, prompt: bool) -> list[str | None]:
    """[text, None], or [None, why there is none]."""
    try:
        text = template.render(messages=messages, add_generation_prompt=prompt, **given)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a template is a stranger's program
        return [None, one_line(error)]
    return [text, None] if len(text) <= MAX_TEXT else [None, f"its text is longer than {MAX_TEXT} characters"]


def one_line(error: Exception) -> str:
    """What is wrong, with the line where the template cannot be parsed."""
    where = f"line {error.lineno}: " if isinstance(error, jinja2.TemplateSyntaxError) else ""
    words = " ".join(str(error).split()) or type(error).__name__
    return where + "".join(filter(str.isprintable, words))[:300]


def answer(value: Any) -> None:
    """One line on standard output."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def serve(deadline: float) -> None:
    """Answers requests until the other side closes; `deadline` is processor seconds a view."""
    signal.setitimer(signal.ITIMER_PROF, deadline)
    opening = json.loads(sys.stdin.readline())
    try:
        template = compile_template(opening["source"])
    except Exception as error:  # noqa: BLE001 - so is its source
        answer([None, one_line(error)])
        return
    answer(["", None])
    for line in sys.stdin:
        request = json.loads(line)
        given = {"tools": request["tools"] or None, "documents": None, **opening["tokens"]}
        answers = []
        for chat, length, prompt in request["views"]:
            signal.setitimer(signal.ITIMER_PROF, deadline)
            answers.append(render(template, given, request["chats"][chat][:length], prompt))
        signal.setitimer(signal.ITIMER_PROF, 0)
        answer(answers)


if __name__ == "__main__":
    memory = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for interrupt in (signal.SIGINT, signal.SIGTERM):  # sent to a whole group, meant for the parent alone:
        signal.signal(interrupt, signal.SIG_IGN)  # it closes the pipe when it is done
    try:
        serve(float(sys.argv[1]))
    except MemoryError:
        sys.exit(1)
