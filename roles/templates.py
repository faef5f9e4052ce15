"""Prompt files: loaded and compiled once, rendered in a sandbox.

A prompt is `prompt_templates/<role>.<part>.yml` with `version`, `description`, `inputs`, `system`, `user`;
the last two are Jinja. Text that several prompts share stands in `prompt_templates/partials/`.
Besides its declared inputs a template sees `reasoning` (whether the reply begins with that field) and
`nonce` (for fences).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import orjson
import yaml
from jinja2 import meta
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from toolworlds.records.base import Json

FOLDER = Path(__file__).resolve().parent.parent / "prompt_templates"
PROVIDED = frozenset({"reasoning", "nonce"})


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """One prompt, ready to be rendered."""

    name: str
    version: int
    description: str
    inputs: dict[str, str]
    """name -> what it is; equal to the names that the texts use."""
    used: frozenset[str]
    """Names that the texts and their partials use, `PROVIDED` left out."""
    sha256: str
    """Over the file and every partial it includes."""
    system: jinja2.Template
    user: jinja2.Template

    def render(self, inputs: Mapping[str, Json], *, reasoning: bool, nonce: str) -> list[dict[str, Json]]:
        """The system and the user message. Raises TypeError unless the inputs are the declared ones."""
        if inputs.keys() != self.inputs.keys():
            raise TypeError(f"{self.name} takes {sorted(self.inputs)}, got {sorted(inputs)}")
        names = {**inputs, "reasoning": reasoning, "nonce": nonce}
        return [
            {"role": "system", "content": self.system.render(names).strip()},
            {"role": "user", "content": self.user.render(names).strip()},
        ]


@cache
def load_template(name: str) -> PromptTemplate:
    """The template of `<role>.<part>`."""
    data = (FOLDER / f"{name}.yml").read_bytes()
    header = yaml.safe_load(data)
    used, partials = _trace(header["system"] + header["user"])
    return PromptTemplate(
        name=name,
        version=header["version"],
        description=header["description"],
        inputs=header["inputs"],
        used=used - PROVIDED,
        sha256=hashlib.sha256(b"\0".join([data, *(p.encode() for p in partials)])).hexdigest(),
        system=make_environment().from_string(header["system"]),
        user=make_environment().from_string(header["user"]),
    )


@cache
def make_environment() -> ImmutableSandboxedEnvironment:
    """The sandbox in which all prompts are compiled: names must exist, values stay values."""
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(FOLDER / "partials"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(tojson=dump_json, jsonlines=_dump_lines, fence=_fence)
    return environment


def make_nonce(request_id: str) -> str:
    """A fence mark for one request: the same on every run, and nothing the fenced text could know."""
    return hashlib.sha256(f"fence:{request_id}".encode()).hexdigest()[:16]


def dump_json(value: Json) -> str:
    """Compact JSON in a prompt; what orjson cannot hold goes through the standard library."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"))


def _dump_lines(values: Iterable[Json]) -> str:
    return "\n".join(dump_json(value) for value in values)


@jinja2.pass_context
def _fence(context: Context, text: str) -> str:
    nonce = context["nonce"]
    return f"<data {nonce}>\n{text.replace(nonce, '[...]')}\n</data {nonce}>"


def _trace(source: str) -> tuple[frozenset[str], list[str]]:
    """Names that a text uses and the partials it includes, both through all levels."""
    environment = make_environment()
    tree: Any = environment.parse(source)
    names, partials = set(meta.find_undeclared_variables(tree)), []
    for partial in meta.find_referenced_templates(tree):
        assert partial is not None and environment.loader is not None
        text = environment.loader.get_source(environment, partial)[0]
        inner_names, inner_partials = _trace(text)
        names |= inner_names
        partials += [text, *inner_partials]
    return frozenset(names), partials
