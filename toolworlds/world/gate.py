"""The gate: no call passes unless tool, arguments and stated preconditions are right. No model is asked."""

import re

from toolworlds.records.base import Json
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.world.canonical import canonical
from toolworlds.world.environment import Environment
from toolworlds.world.interface import Interface
from toolworlds.world.starlark import Check

_DOLLAR_KEY = re.compile(rb'[{,]"\$(?:[^"\\]|\\.)*":')


def admit(env: Environment, call: ToolCall) -> dict[str, Json] | ToolReply:
    """The arguments with defaults filled in, or the refusal: 404 unknown tool, 400 schema, 422 usage rule.

    Omitted arguments without default stay out. Raises TwinFault when a precondition cannot be evaluated.
    """
    interface = env.interfaces.get(call.name)
    if interface is None:
        return _refuse(404, f"there is no tool {call.name!r}")
    problem = _find_problem(interface, call.arguments)
    if problem:
        return _refuse(400, f"invalid arguments: {problem}")
    arguments = {**interface.defaults, **call.arguments}
    broken = _broken_rules(env, interface, arguments)
    return _refuse(422, broken[0]) if broken else arguments


def _find_problem(interface: Interface, arguments: dict[str, Json]) -> str | None:
    try:
        text = canonical(arguments)
    except ValueError as error:
        return str(error)
    if _DOLLAR_KEY.search(text):  # a twin that passes it on would have it taken for a reference
        return "names of fields may not begin with $"
    misfit = interface.arguments.find_misfit(arguments)
    return str(misfit) if misfit else None


def _broken_rules(env: Environment, interface: Interface, arguments: dict[str, Json]) -> list[str]:
    if not interface.preconditions:
        return []
    check = Check(interface.preconditions, [interface.spread(arguments)])
    return [interface.rules[rule] for _, _, rule in env.worker.failing_predicates([check])]


def _refuse(status: int, error: str) -> ToolReply:
    return ToolReply(status=status, reply={"error": error}, source="gate")
