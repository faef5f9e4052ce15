"""The tools of a row as an agent is offered them: OpenAI function schemas."""

from roles.cards import function_schema
from toolworlds.records.base import Json
from toolworlds.records.tasks import PlainRow, Row

Function = dict[str, Json]


def offer_tools(row: Row | PlainRow) -> list[Function]:
    """The row's tools in its order."""
    if isinstance(row, Row):
        return [function_schema(tool) for tool in row.tools]
    return [_offer_plain(tool) for tool in row.tools]


def _offer_plain(tool: Function) -> Function:
    function = {
        "name": tool["tool_name"],
        "description": str(tool["tool_description"]),
        "parameters": tool["parameters"],
    }
    return {"type": "function", "function": function}
