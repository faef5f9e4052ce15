"""Tools as other programs list them: one reader for OpenAI's, Anthropic's, MCP's and bare layouts."""

import json
import keyword
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from toolworlds.outside.schemas import Schema, mend_schema, read_parameters
from toolworlds.records.base import Json
from toolworlds.world.schema_cost import SchemaFault

NAMES = ("name", "tool_name", "function_name")
DESCRIPTIONS = ("description", "tool_description")
PARAMETERS = ("parameters", "inputSchema", "input_schema", "args_schema")
OUTPUTS = ("output", "outputSchema", "output_schema")
KNOWN = frozenset({*NAMES, *DESCRIPTIONS, *PARAMETERS, *OUTPUTS})
LISTS = ("tools", "functions", "functionDeclarations", "function_declarations")
"""Keys under which a list of tools stands."""
MOST_LETTERS = 64
IN_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""What can be called in any language."""
BY_APIS = re.compile(r"[\w.-]{1,64}")
"""What can be called by some: names of live tools stay where they can, whatever their letters."""


@dataclass(frozen=True, slots=True)
class ForeignTool:
    """One tool."""

    name: str
    """By which it is called."""
    written: str
    """Its name where it comes from."""
    description: str
    parameters: Schema | None
    """None where nothing is said of them."""
    output: Schema | None
    other: dict[str, Json] = field(default_factory=dict)
    """All else that was said of it."""


@dataclass(frozen=True, slots=True)
class ForeignTools:
    """What could be read of a list of tools."""

    tools: list[ForeignTool]
    skipped: list[str]
    """Why others were left out, each in a line that names the tool."""

    @property
    def renamed(self) -> dict[str, str]:
        """Name -> name where it comes from, of those that differ."""
        return {tool.name: tool.written for tool in self.tools if tool.name != tool.written}


def read_tools(written: Json, callable_name: re.Pattern[str] = IN_CODE) -> ForeignTools:
    """The tools of a list, a single one, or either as JSON text; each with a name of its own."""
    read, skipped = dict[str, ForeignTool](), list[str]()
    entries, problem = _list_entries(written)
    skipped += [problem] if problem else []
    for number, entry in enumerate(entries, start=1):
        try:
            tool = _read_tool(entry)
            if tool.written in read:
                raise SchemaFault("a tool of this name is listed before")
            read[tool.written] = tool
        except SchemaFault as fault:
            shown = _find_name(entry)[:60] or f"a {type(entry).__name__}"
            skipped.append(f"tool {number} ({shown}): {fault}")
    names = name_apart(list(read), callable_name)
    renamed = [
        ForeignTool(name, one.written, one.description, one.parameters, one.output, one.other)
        for one, name in zip(read.values(), names, strict=True)
    ]
    return ForeignTools(renamed, skipped)


def name_apart(names: Sequence[str], callable_name: re.Pattern[str] = IN_CODE) -> list[str]:
    """A callable name for each, all different; names that are callable already are kept before others."""
    free = {name for name in names if _can_call(name, callable_name)}
    taken, counts, given = set(free), Counter[str](), list[str]()
    for name in names:
        if name in free:
            free.remove(name)
            given.append(name)
            continue
        stem = made = make_callable(name)
        while made in taken:
            counts[stem] += 1
            made = f"{stem[:56]}_{counts[stem] + 1}"
        taken.add(made)
        given.append(made)
    return given


def make_callable(name: str) -> str:
    """The name in lower-case words, a letter first: `Shelf Label Printer` -> `shelf_label_printer`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[: MOST_LETTERS - 6].strip("_")
    plain = plain if plain[:1].isalpha() else f"tool_{plain}".strip("_")
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def _can_call(name: str, callable_name: re.Pattern[str]) -> bool:
    return callable_name.fullmatch(name) is not None and not keyword.iskeyword(name)


def _list_entries(written: Json) -> tuple[list[Json], str | None]:
    """The tools as written, and what is wrong with the list."""
    written = _parse(written)
    if isinstance(written, dict):
        held = None if _find_name(written) else _parse(_find(written, LISTS))
        written = held if isinstance(held, list) else [written]
    if not isinstance(written, list):
        return [], f"a {type(written).__name__} is no list of tools"
    entries: list[Json] = []
    for entry in map(_parse, written):
        inner = _find(entry, LISTS[2:]) if isinstance(entry, dict) else None
        entries += inner if isinstance(inner, list) else [entry]
    return entries, None


def _parse(written: Json) -> Json:
    """A value that stands as JSON in a text; other texts as they are."""
    if isinstance(written, str) and written.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(written)
        except (ValueError, RecursionError):
            return written
    return written


def _unwrap(entry: Json) -> Json:
    """What stands under `function`, as OpenAI writes it."""
    inner = _parse(entry.get("function")) if isinstance(entry, dict) else None
    return inner if isinstance(inner, dict) else entry


def _find_name(entry: Json) -> str:
    entry = _unwrap(entry)
    if isinstance(entry, str):
        return entry.strip()
    held = _find(entry, NAMES) if isinstance(entry, dict) else None
    return held.strip() if isinstance(held, str) else ""


def _read_tool(entry: Json) -> ForeignTool:
    """Raises SchemaFault."""
    name, held = _find_name(entry), _unwrap(entry)
    if not name or any(0xD800 <= ord(letter) < 0xE000 for letter in name):
        raise SchemaFault("it is no tool with a name")
    if isinstance(held, str):
        return ForeignTool(name, name, "", None, None)
    parameters, output = _find(held, PARAMETERS), _find(held, OUTPUTS)
    return ForeignTool(
        name,
        name,
        str(_find(held, DESCRIPTIONS) or ""),
        None if parameters is None else _check("its parameters", read_parameters, parameters),
        None if output is None else _read_output(output),
        {str(key): value for key, value in held.items() if key not in KNOWN},
    )


def _read_output(written: Json) -> Schema | None:
    """`true` as the schema of a reply says nothing."""
    schema = _check("its output", mend_schema, written)
    return schema if isinstance(schema, dict) else None


def _check(what: str, read: Callable[[Json], Json], written: Json) -> Json:
    try:
        return read(written)
    except SchemaFault as fault:
        raise SchemaFault(f"{what}: {fault}") from fault


def _find(held: dict[str, Json], keys: Sequence[str]) -> Json:
    return next((held[key] for key in keys if held.get(key) is not None), None)
