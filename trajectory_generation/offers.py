"""The tools of a row as an agent is offered them: OpenAI function schemas."""

from roles.cards import function_schema
from toolworlds.records.base import Json
from toolworlds.records.tasks import PlainRow, Row
from utils import UserError

Function = dict[str, Json]


def offer_tools(row: Row | PlainRow) -> list[Function]:
    """The row's tools in its order. Raises UserError for a plain row's tool without a name."""
    if isinstance(row, Row):
        return [function_schema(tool) for tool in row.tools]
    return [_offer_plain(tool, row.id) for tool in row.tools]


def _offer_plain(tool: Function, row_id: str) -> Function:
    name = tool.get("tool_name")
    if not isinstance(name, str):
        raise UserError(f"row {row_id!r}: a tool has no `tool_name`: {tool!r:.100}; repair the row")
    function = {
        "name": name,
        "description": str(tool.get("tool_description", "")),
        "parameters": _as_schema(tool.get("parameters")),
    }
    return {"type": "function", "function": function}


def _as_schema(parameters: Json) -> dict[str, Json]:
    """A JSON Schema as it is; a bare map of parameters as the properties of one."""
    if not isinstance(parameters, dict):
        return {"type": "object"}
    if "properties" in parameters or parameters.get("type") == "object":
        return parameters
    return {"type": "object", "properties": {k: v for k, v in parameters.items() if isinstance(v, dict)}}
