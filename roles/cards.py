"""How records look in prompts: what a reader needs of them, and nothing that would give an answer away."""

from collections.abc import Iterable, Sequence

from toolworlds.records.base import Json
from toolworlds.records.tasks import Turn
from toolworlds.records.tools import CallInWorld, EnvSpec, RecordedCall, ToolCall, ToolSpec
from toolworlds.records.worlds import CollectionSpec, WorldSchema


def show_tool(tool: ToolSpec) -> dict[str, Json]:
    """A tool as its documentation tells it."""
    return {
        "name": tool.tool_name,
        "description": tool.tool_description,
        "effect": tool.effect,
        "parameters": tool.parameters,
        "rules": [rule.rule for rule in tool.usage],
        "errors": [error.to_json() for error in tool.error_messages],
        "reply": tool.output_details,
    }


def function_schema(tool: ToolSpec) -> dict[str, Json]:
    """A tool as an OpenAI function; rules, errors and reply fields stand in its description."""
    lines = [tool.tool_description]
    lines += [f"Rule: {rule.rule}" for rule in tool.usage]
    lines += [f"Error {e.status}: {e.message} ({e.when})" for e in tool.error_messages]
    lines += [f"Returns {field}: {meaning}" for field, meaning in tool.output_details.items()]
    function = {"name": tool.tool_name, "description": "\n".join(lines), "parameters": tool.parameters}
    return {"type": "function", "function": function}


def show_offer(env: EnvSpec, now: str, turns: Sequence[Turn]) -> dict[str, Json]:
    """What who sees no world is shown: policy, tools, clock, and the turns so far."""
    return {
        "policy": env.policy,
        "tools": [show_tool(tool) for tool in env.tools],
        "now": now,
        "turns": show_turns(turns),
    }


def show_schema(schema: WorldSchema, collections: Iterable[str] | None = None) -> dict[str, Json]:
    """The named collections (all of them by default) without the settings that only code needs."""
    names = schema.collections if collections is None else collections
    return {name: _show_collection(schema.collections[name]) for name in names}


def _show_collection(spec: CollectionSpec) -> dict[str, Json]:
    return {
        "description": spec.description,
        "id_field": spec.id_field,
        "entity_schema": spec.entity_schema,
        "references": spec.references,
        "invariants": [invariant.message for invariant in spec.invariants],
        "status": spec.status.to_json() if spec.status else None,
    }


def show_call(call: ToolCall | RecordedCall) -> dict[str, Json]:
    """A call as asked for."""
    return {"name": call.name, "arguments": call.arguments}


def show_call_in_world(call: CallInWorld) -> dict[str, Json]:
    """What simulators and their judge are shown of a call."""
    return {
        "tool": show_tool(call.tool),
        "world_schema": show_schema(call.schema, call.view),
        "collections": dict(call.view),
        "now": call.now,
        "arguments": dict(call.arguments),
    }


def show_turns(turns: Sequence[Turn]) -> list[dict[str, Json]]:
    """Each turn's request, call and reply."""
    return [
        {
            "request": turn.request,
            "call": show_call(turn.call),
            "status": turn.recorded.status,
            "reply": turn.recorded.reply,
        }
        for turn in turns
    ]
