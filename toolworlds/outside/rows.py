"""Rows from elsewhere, as seven-column rows of this project."""

import json
from collections.abc import Mapping

from toolworlds.errors import UserError
from toolworlds.outside.tools import ForeignTool, read_tools
from toolworlds.records.base import Json
from toolworlds.records.tasks import PlainRow

COLUMNS = frozenset({"id", "field", "summary", "tools", "gt_tool_calls", "initial_state", "final_state"})


def tidy_row(value: Mapping[str, Json], place: str) -> dict[str, Json]:
    """The row as PlainRow takes it; other columns are kept under `other`. Raises UserError without a tool.

    Tools get names that can be called; calls of the ground truth name them alike.
    """
    row: dict[str, Json] = {key: held for key, held in value.items() if key in COLUMNS}
    other = {str(key): held for key, held in value.items() if key not in PlainRow.model_fields}
    for key in ("id", "field", "summary"):
        if isinstance(row.get(key), int | float) and not isinstance(row[key], bool):
            row[key] = str(row[key])
    for key in ("initial_state", "final_state"):
        row[key] = _parse(row.get(key))
    if not isinstance(row.get("tools"), list | dict | str):
        return row
    found = read_tools(row["tools"])
    if found.skipped and not found.tools:
        raise UserError(
            f"{place}: none of its tools can be used: {'; '.join(found.skipped[:3]) or 'it has none'}"
        )
    calls = _parse(row.get("gt_tool_calls"))
    if isinstance(calls, list):
        row["gt_tool_calls"] = [_rename_call(call, found.renamed) for call in calls]
    row["tools"] = [_describe(tool) for tool in found.tools]
    return row | {"renamed": found.renamed, "skipped": found.skipped, "other": other}


def _describe(tool: ForeignTool) -> dict[str, Json]:
    known = {"tool_name": tool.name, "tool_description": tool.description, "parameters": tool.parameters}
    return {**known, "parameters": tool.parameters or {"type": "object"}, **tool.other}


def _rename_call(call: Json, renamed: Mapping[str, str]) -> str:
    """A call in words, under the name that the tool has here."""
    if not isinstance(call, str):
        return json.dumps(call, ensure_ascii=False)
    name, opened, rest = call.partition("(")
    names = {written: name for name, written in renamed.items()}
    return f"{names.get(name.strip(), name)}{opened}{rest}"


def _parse(held: Json) -> Json:
    """A column that holds JSON as text."""
    if isinstance(held, str) and held.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(held)
        except (ValueError, RecursionError):
            return held
    return held
