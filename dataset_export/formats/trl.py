"""TRL's conversational form: arguments are objects, tools stand in OpenAI's form."""

from dataset_export.dialogue import Call, Dialogue, Message, Unfit
from records.base import Json


def to_trl(dialogue: Dialogue) -> dict[str, Json]:
    """One row for `SFTTrainer`.

    Raises Unfit where a message must not be trained, or arguments are no object.
    """
    if not all(message.trained for message in dialogue.messages):
        raise Unfit("a message that must not be trained, which the format cannot mark")
    return {
        "id": dialogue.id,
        **dialogue.labels,
        "messages": [_write_message(message) for message in dialogue.messages],
        "tools": list(dialogue.tools),
    }


def _write_message(message: Message) -> dict[str, Json]:
    written: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.reasoning:
        written["reasoning_content"] = message.reasoning
    if message.calls:
        written["tool_calls"] = [_write_call(call) for call in message.calls]
    if message.role == "tool":
        written |= {"tool_call_id": message.call_id, "name": message.name}
    return written


def _write_call(call: Call) -> dict[str, Json]:
    function = {"name": call.name, "arguments": call.read_arguments()}
    return {"id": call.id, "type": "function", "function": function}
