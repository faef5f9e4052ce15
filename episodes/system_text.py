"""The system text of an episode, in three sizes: which tools there are and how a call is written."""

import random

from episodes.toolsets.base import ToolSpec, describe_type
from toolworlds.tokens.call_format import CallFormat

OPENING = "You are an assistant with tools over a workspace of documents, a code repository and its logs."
RULES = (
    "Call a tool when the answer stands in the workspace, the repository or the logs; answer directly"
    " otherwise. Quote whole sentences, name the source, and say so when nothing is found. Answer in the"
    " user's language."
)


def write_system(specs: list[ToolSpec], calls: CallFormat, rng: random.Random) -> str:
    """Compact, standard or verbose."""
    form = describe_call(calls)
    kind = rng.random()
    if kind < 0.4:
        return f"{OPENING} Tools: {', '.join(spec.name for spec in specs)}. {form}"
    if kind < 0.75:
        return f"{OPENING}\n{RULES}\n{form}\nTools:\n" + "\n".join(_describe(spec) for spec in specs)
    return f"{OPENING}\n{RULES}\n{form}\nTools:\n" + "\n".join(_describe_fully(spec) for spec in specs)


def describe_call(calls: CallFormat) -> str:
    """How a call is written; left out where a chat template writes calls in its own way."""
    return f'A call is the whole message: {calls.opening}{{"name": …, argument: value}}{calls.closing}.'


def _describe(spec: ToolSpec) -> str:
    needed = {a.name for a in spec.arguments if a.required}
    names = ", ".join(a.name if a.name in needed else f"{a.name}?" for a in spec.arguments)
    return f"- {spec.name}({names}): {spec.description}"


def _describe_fully(spec: ToolSpec) -> str:
    lines = [f"- {spec.name}: {spec.description}"]
    for a in spec.arguments:
        lines.append(
            f"  - {a.name} ({describe_type(a)}{', required' if a.required else ''}): {a.description}"
        )
    if spec.one_of:
        lines.append(f"  One of {' or '.join(spec.one_of)} is needed.")
    return "\n".join(lines)
