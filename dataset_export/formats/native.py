"""Messages with native calls, as chat templates take them: what TRL, Axolotl and SkyRL share."""

from dataset_export.columns import Columns
from dataset_export.dialogue import DialogueCall, Message
from toolworlds.records.base import Json

COLUMNS: Columns = {"messages": ["json"], "tools": ["json"]}


def write_message(message: Message, *, as_text: bool) -> dict[str, Json]:
    """One message, arguments as JSON text or as objects; raises Unfit where they are no object."""
    written: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.reasoning:
        written["reasoning_content"] = message.reasoning
    if message.calls:
        written["tool_calls"] = [_write_call(call, as_text) for call in message.calls]
    if message.role == "tool":
        written |= {"tool_call_id": message.call_id, "name": message.name}
    return written


def _write_call(call: DialogueCall, as_text: bool) -> dict[str, Json]:
    arguments = call.arguments if as_text else call.read_arguments()
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
