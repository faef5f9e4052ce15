"""The stub server's Responses API: its bodies read as those of chats, its answers written in its own form."""

import json
from collections.abc import Mapping
from typing import Any

from tests.stub_replies import Answer


def read_as_chat(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as one of chat completions, for what answers either."""
    chat = {key: value for key, value in body.items() if key not in ("input", "text")}
    chat["messages"] = body["input"]
    schema = body.get("text", {}).get("format")
    if schema is not None:
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}
    chat["tools"] = [{"type": "function", "function": tool} for tool in body.get("tools", ())]
    return chat


def write_response(body: Mapping[str, Any], answer: Answer, prompt: int, length: int) -> dict[str, Any]:
    """The body of a response; a quarter of its tokens went into reasoning."""
    cut = answer.finish_reason == "length"
    output: list[dict[str, Any]] = []
    if answer.reasoning:
        summary = [{"type": "summary_text", "text": answer.reasoning}]
        output.append({"type": "reasoning", "id": "rs_1", "summary": summary})
    if answer.text or not answer.tool_calls:
        content = [{"type": "output_text", "text": answer.text, "annotations": []}]
        output.append({"type": "message", "role": "assistant", "content": content})
    for index, call in enumerate(answer.tool_calls):
        named = {"name": call["name"], "arguments": json.dumps(call["arguments"])}
        output.append({"type": "function_call", "call_id": f"call_{index}", **named})
    return {
        "object": "response",
        "model": body["model"],
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": output,
        "usage": {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": prompt // 2},
            "output_tokens": length,
            "output_tokens_details": {"reasoning_tokens": length // 4},
        },
    }
