"""OpenAI's Responses API: a request as a body, a body as a completion."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError

from toolworlds.models.clients.wire import (
    UnreadableReplyError,
    decode_json,
    explain_shape,
    make_tool_call,
    read_usage,
)
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, FinishReason, Request, split_thoughts


class _Part(BaseModel):
    text: str = ""
    refusal: str = ""


class _MessageItem(BaseModel):
    type: Literal["message"]
    content: list[_Part] = []


class _Thoughts(BaseModel):
    type: Literal["reasoning"]
    summary: list[_Part] = []
    content: list[_Part] | None = None


class _CallItem(BaseModel):
    type: Literal["function_call"]
    call_id: str | None = None
    name: str
    arguments: str = "{}"


class _Other(BaseModel):
    """Items that nobody here asked for: searches, files, and what comes later."""

    type: str


def _tag(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else value.type
    return kind if kind in ("message", "reasoning", "function_call") else "other"


_Item = Annotated[
    Annotated[_MessageItem, Tag("message")]
    | Annotated[_Thoughts, Tag("reasoning")]
    | Annotated[_CallItem, Tag("function_call")]
    | Annotated[_Other, Tag("other")],
    Discriminator(_tag),
]


class _Incomplete(BaseModel):
    reason: str | None = None


class _ResponseBody(BaseModel):
    status: str = "completed"
    output: list[_Item] = Field(min_length=1)
    incomplete_details: _Incomplete | None = None
    usage: Any = None


def responses_body(request: Request, model: str, *, token_ids: bool = False) -> dict[str, Json]:
    """The body of POST /v1/responses. The API has no seed and gives no token ids."""
    sampling = request.sampling
    body: dict[str, Json] = {
        "model": model,
        "input": [item for message in request.messages for item in _write_items(message)],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_output_tokens": sampling.max_tokens,
        "store": False,
    }
    if request.tools:
        body |= {"tools": [{"type": "function", **tool["function"]} for tool in request.tools]}
    if request.reply_schema is not None:
        name = request.role.replace(".", "_")
        named = {"type": "json_schema", "name": name, "schema": request.reply_schema, "strict": True}
        body["text"] = {"format": named}
    return body


def read_response(body: bytes, model: str) -> Completion:
    """The completion in a server's answer; raises UnreadableReplyError when there is none."""
    try:
        reply = _ResponseBody.model_validate(decode_json(body))
    except ValidationError as error:
        raise UnreadableReplyError(f"not a response: {explain_shape(error)}") from error
    if reply.status not in ("completed", "incomplete"):
        raise UnreadableReplyError(f"the server ended the response with status {reply.status!r}")
    calls = [item for item in reply.output if isinstance(item, _CallItem)]
    thoughts, words = split_thoughts(
        "".join(part.text or part.refusal for part in _parts(reply, _MessageItem))
    )
    told = [*(part.text for part in _parts(reply, _Thoughts)), thoughts]
    return Completion(
        text=words,
        finish_reason=_read_finish_reason(reply, bool(calls)),
        model=model,
        tool_calls=tuple(
            make_tool_call(call.call_id, index, call.name, call.arguments) for index, call in enumerate(calls)
        ),
        reasoning="\n".join(text for text in told if text) or None,
        usage=read_usage(reply.usage, ("input_tokens", "output_tokens")),
    )


def _read_finish_reason(reply: _ResponseBody, has_calls: bool) -> FinishReason:
    match reply.incomplete_details and reply.incomplete_details.reason:
        case "max_output_tokens":
            return "length"
        case "content_filter":
            return "filtered"
    return "tool_calls" if has_calls else "stop"


def _parts(reply: _ResponseBody, kind: type[_MessageItem] | type[_Thoughts]) -> list[_Part]:
    found: list[_Part] = []
    for item in reply.output:
        if isinstance(item, kind):
            found += (getattr(item, "content", None) or []) + getattr(item, "summary", [])
    return found


def _write_items(message: dict[str, Json]) -> list[dict[str, Json]]:
    """One message of the chat format as items: its text, its calls, or what a call returned."""
    if message["role"] == "tool":
        output = message["content"]
        return [{"type": "function_call_output", "call_id": message["tool_call_id"], "output": output}]
    items: list[dict[str, Json]] = []
    if message.get("content"):
        items.append({"role": message["role"], "content": message["content"]})
    for call in message.get("tool_calls", ()):
        items.append({"type": "function_call", "call_id": call["id"], **call["function"]})
    return items
