"""What all toolsets share: specs of tools, the check of arguments, and `execute`, which never raises."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from toolworlds.records.base import Json

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
            return run(arguments)
        except ToolError as error:
            return error.result
        except Exception as error:  # noqa: BLE001 - the contract: a fault becomes a result
            return {"error": HOST_PATH.sub("<path>", str(error)) or type(error).__name__, "tool": name}


class ToolBox(Toolset):
    """Several toolsets behind one dispatcher."""

    def __init__(self, *toolsets: Toolset) -> None:
        super().__init__([pair for toolset in toolsets for pair in toolset.tools.values()])


def check_arguments(spec: ToolSpec, arguments: Arguments) -> None:
    """Raises ToolError for what is missing, unknown or invalid."""
    if not isinstance(arguments, dict):
        raise ToolError(f"Invalid arguments: an object is needed, got {type(arguments).__name__}")
    known = {argument.name: argument for argument in spec.arguments}
    for name in arguments:
        if name not in known:
            raise ToolError(f"Unknown argument: {name}", tool=spec.name, arguments=list(known))
    for argument in spec.arguments:
        if argument.required and _is_blank(arguments.get(argument.name)):
            raise ToolError(f"Missing required argument: {argument.name}", **spec.empty)
    if spec.one_of and all(_is_blank(arguments.get(name)) for name in spec.one_of):
        raise ToolError(f"Missing required argument: {' or '.join(spec.one_of)}", **spec.empty)
    for name, value in arguments.items():
        _check_value(known[name], value)


def _is_blank(value: Json) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _check_value(argument: Argument, value: Json) -> None:
    wanted = describe_type(argument)
    shown = f"Invalid argument: {argument.name} must be {wanted}, got {str(value)[:80]!r}"
    if argument.type == "string":
        if not isinstance(value, str) or (argument.choices and value not in argument.choices):
            raise ToolError(shown)
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise ToolError(shown)
    low, high = argument.minimum, argument.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise ToolError(shown)


def describe_type(argument: Argument) -> str:
    """`a whole number from 1 to 20`, `one of INFO, ERROR`, `text`."""
    if argument.choices:
        return f"one of {', '.join(argument.choices)}"
    if argument.type == "string":
        return "text"
    if argument.maximum is None:
        return f"a whole number of at least {argument.minimum}"
    return f"a whole number from {argument.minimum} to {argument.maximum}"
