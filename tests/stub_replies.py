"""What the stub server writes: HTTP heads, errors and chat completions in OpenAI's form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says, or an error when `status` is not 200."""

    text: str = ""
    tool_calls: tuple[dict[str, Any], ...] = ()
    reasoning: str | None = None
    finish_reason: str = "stop"
    status: int = 200


def count_tokens(value: Any) -> int:
    """Four bytes of JSON a token, as a rule of thumb."""
    return len(orjson.dumps(value)) // 4 + 1


def write_completion(body: Mapping[str, Any], answer: Answer, prompt: int, length: int) -> dict[str, Any]:
    """The body of a chat completion."""
    calls = [
        {
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
        }
        for index, call in enumerate(answer.tool_calls)
    ]
    message = {"role": "assistant", "content": answer.text or None, "reasoning": answer.reasoning}
    choice: dict[str, Any] = {
        "index": 0,
        "message": message | ({"tool_calls": calls} if calls else {}),
        "finish_reason": "tool_calls" if calls else answer.finish_reason,
    }
    reply: dict[str, Any] = {"object": "chat.completion", "model": body["model"], "choices": [choice]}
    if body.get("return_token_ids"):
        choice |= {"token_ids": [1, 2], "logprobs": {"content": [{"logprob": -0.5}, {"logprob": -0.25}]}}
        reply["prompt_token_ids"] = [7, 8, 9]
    details = {"cached_tokens": prompt // 2}
    reply["usage"] = {"prompt_tokens": prompt, "completion_tokens": length, "prompt_tokens_details": details}
    return reply


def read_head(head: str) -> tuple[str, dict[str, str]]:
    """Path and lower-case headers of a request."""
    first, *lines = head.split("\r\n")
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return first.split(" ")[1], {name.strip().lower(): value.strip() for name, value in pairs}


def write_head(status: int, length: int, kind: str = "application/json", extra: str = "") -> bytes:
    """A reply's first lines."""
    reason = REASONS.get(status, "Error")
    lines = f"HTTP/1.1 {status} {reason}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n"
    return f"{lines}{extra}\r\n".encode()


def write_reply(status: int, value: Any, extra: str = "") -> bytes:
    """A JSON reply."""
    body = orjson.dumps(value)
    return write_head(status, len(body), extra=extra) + body


def write_error(status: int, message: str, retry_after: str | None = None) -> bytes:
    """An error in OpenAI's form."""
    extra = f"retry-after: {retry_after}\r\n" if retry_after is not None else ""
    return write_reply(status, {"error": {"message": message, "type": "error", "code": status}}, extra)
