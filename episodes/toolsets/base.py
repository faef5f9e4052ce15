"""What all toolsets share: specs of tools, the check of arguments, and `execute`, which never raises."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from toolworlds.records.base import Json
from toolworlds.world.calls import ArgumentFault, find_argument_faults
from toolworlds.world.json_schema import compile_schema

ArgumentType = Literal["string", "integer"]
Arguments = dict[str, Json]
Result = dict[str, Json]
HOST_PATH = re.compile(
    r"(?<![\w.])/(?:home|Users|root|tmp|private|mnt|work|opt|srv)/[\w.@+-]+\S*|\b[A-Za-z]:\\+Users\b"
)


class ToolError(Exception):
    """A call that the tool refuses; `result` is what the caller gets."""

    def __init__(self, message: str, **details: Json) -> None:
        super().__init__(message)
        self.result: Result = {"error": message, **details}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool."""

    name: str
    type: ArgumentType
    description: str
    required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()

    def as_schema(self) -> dict[str, Json]:
        """What a value must be, as a JSON Schema."""
        bounds = {"minimum": self.minimum, "maximum": self.maximum, "enum": list(self.choices) or None}
        return {"type": self.type} | {key: held for key, held in bounds.items() if held is not None}


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as its callers see it."""

    name: str
    description: str
    arguments: tuple[Argument, ...]
    one_of: tuple[str, ...] = ()
    """At least one of these arguments must be given."""
    empty: Mapping[str, Json] = field(default_factory=dict)
    """What a refusal for a missing argument carries beside its error."""

    def describe_arguments(self) -> dict[str, Json]:
        """What the arguments must be, as a JSON Schema."""
        schema: dict[str, Json] = {
            "type": "object",
            "properties": {argument.name: argument.as_schema() for argument in self.arguments},
            "required": [argument.name for argument in self.arguments if argument.required],
            "additionalProperties": False,
        }
        return schema | ({"anyOf": [{"required": [name]} for name in self.one_of]} if self.one_of else {})


Tool = Callable[[Arguments], Result]


class Toolset:
    """Tools by name; subclasses fill `specs` and `tools`, alike in order."""

    def __init__(self, tools: Mapping[ToolSpec, Tool] | Sequence[tuple[ToolSpec, Tool]]) -> None:
        pairs = tools.items() if isinstance(tools, Mapping) else tools
        self.tools = {spec.name: (spec, run) for spec, run in pairs}

    @property
    def specs(self) -> list[ToolSpec]:
        """All tools in order."""
        return [spec for spec, _ in self.tools.values()]

    def execute(self, name: str, arguments: Arguments) -> Result:
        """The tool's result, or {"error": …}; whatever the name and the arguments are, it never raises."""
        if name not in self.tools:
            return {"error": f"Unknown tool: {name}", "available_tools": list(self.tools)}
        spec, run = self.tools[name]
        try:
            check_arguments(spec, arguments)
            return run({n: int(v) if isinstance(v, float) else v for n, v in arguments.items()})
        except ToolError as error:
            return error.result
        except Exception as error:  # noqa: BLE001 - the contract: a fault becomes a result
            return {"error": HOST_PATH.sub("<path>", str(error)) or type(error).__name__, "tool": name}


class ToolBox(Toolset):
    """Several toolsets behind one dispatcher."""

    def __init__(self, *toolsets: Toolset) -> None:
        super().__init__([pair for toolset in toolsets for pair in toolset.tools.values()])


def check_arguments(spec: ToolSpec, arguments: Arguments) -> None:
    """Raises ToolError for what is missing (a needed text that is blank, too), unknown or invalid."""
    if not isinstance(arguments, dict):
        raise ToolError(f"Invalid arguments: an object is needed, got {type(arguments).__name__}")
    given = {name: value for name, value in arguments.items() if not _is_blank(spec, name, value)}
    if faults := find_argument_faults(compile_schema(spec.describe_arguments()), given):
        raise _explain(spec, faults[0], given)


def _is_blank(spec: ToolSpec, name: str, value: Json) -> bool:
    needed = name in spec.one_of or any(a.required and a.name == name for a in spec.arguments)
    return needed and (value is None or (isinstance(value, str) and not value.strip()))


def _explain(spec: ToolSpec, fault: ArgumentFault, given: Arguments) -> ToolError:
    known = {argument.name: argument for argument in spec.arguments}
    if fault.kind == "unknown":
        return ToolError(f"Unknown argument: {fault.argument}", tool=spec.name, arguments=list(known))
    if fault.kind == "missing" or fault.argument is None:
        missing = fault.argument or " or ".join(spec.one_of)
        return ToolError(f"Missing required argument: {missing}", **spec.empty)
    wanted, shown = describe_type(known[fault.argument]), str(given[fault.argument])[:80]
    return ToolError(f"Invalid argument: {fault.argument} must be {wanted}, got {shown!r}")


def describe_type(argument: Argument) -> str:
    """`a whole number from 1 to 20`, `one of INFO, ERROR`, `text`."""
    if argument.choices:
        return f"one of {', '.join(argument.choices)}"
    if argument.type == "string":
        return "text"
    if argument.maximum is None:
        return f"a whole number of at least {argument.minimum}"
    return f"a whole number from {argument.minimum} to {argument.maximum}"
