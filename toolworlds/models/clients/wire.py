"""The OpenAI chat format: a request as a body, a body as a completion."""

import json
from typing import Any

import orjson
from pydantic import BaseModel, Field, ValidationError

from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, FinishReason, Request, Usage


class UnreadableReplyError(Exception):
    """A body that is no chat completion: the server's fault, not the model's."""


class _Function(BaseModel):
    name: str
    arguments: str | dict[str, Json] | None = None


class _ToolCall(BaseModel):
    id: str | None = None
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    """The older name of `reasoning`, still used by several servers."""
    tool_calls: list[_ToolCall] | None = None


class _Logprob(BaseModel):
    logprob: float


class _Logprobs(BaseModel):
    content: list[_Logprob] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    token_ids: list[int] | None = None
    logprobs: _Logprobs | None = None


class _PromptDetails(BaseModel):
    cached_tokens: int | None = None


class _CompletionDetails(BaseModel):
    reasoning_tokens: int | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Reply(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None
    prompt_token_ids: list[int] | None = None


def encode_json(value: Any) -> bytes:
    """`value` as JSON. Integers beyond 64 bits stay exact; halves of broken characters become `?`."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def chat_body(request: Request, model: str, *, token_ids: bool = False) -> dict[str, Json]:
    """The body of POST /v1/chat/completions. `token_ids` asks for exact ids and logprobs (vLLM only)."""
    sampling = request.sampling
    body: dict[str, Json] = {
        "model": model,
        "messages": request.messages,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sampling.seed,
    }
    if request.tools:
        body |= {"tools": request.tools, "tool_choice": "auto"}
    if request.reply_schema is not None:
        named = {"name": request.role.replace(".", "_"), "schema": request.reply_schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    if token_ids:
        body |= {"return_token_ids": True, "logprobs": True}
    return body


def read_reply(body: bytes, model: str) -> Completion:
    """The completion in a server's answer; raises UnreadableReplyError when there is none.

    A reply cut off by length is passed on as it is. A generation that the server aborted is unreadable.
    """
    try:
        reply = _Reply.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableReplyError(f"not a chat completion: {explain_shape(error)}") from error
    choice = reply.choices[0]
    if choice.finish_reason in ("abort", "error"):
        raise UnreadableReplyError(
            f"the server ended the generation with finish_reason {choice.finish_reason!r}"
        )
    message = choice.message
    calls = tuple(_read_tool_call(call, index) for index, call in enumerate(message.tool_calls or ()))
    return Completion(
        text=message.content or "",
        finish_reason=_read_finish_reason(choice, bool(calls)),
        model=model,
        tool_calls=calls,
        reasoning=message.reasoning or message.reasoning_content,
        usage=_read_usage(reply.usage or _Usage()),
        prompt_token_ids=reply.prompt_token_ids,
        token_ids=choice.token_ids,
        logprobs=_read_logprobs(choice.logprobs),
    )


def _read_tool_call(call: _ToolCall, index: int) -> dict[str, Json]:
    given = call.function.arguments
    arguments = given if isinstance(given, str) else orjson.dumps(given or {}).decode()
    return make_tool_call(call.id, index, call.function.name, arguments)


def make_tool_call(call_id: str | None, index: int, name: str, arguments: str) -> dict[str, Json]:
    """A call as completions hold it; the `index`-th of its message may lack an id."""
    function = {"name": name, "arguments": arguments}
    return {"id": call_id or f"call_{index}", "type": "function", "function": function}


def explain_shape(error: ValidationError) -> str:
    """The first thing wrong with a body, and where."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(step) for step in first['loc']) or 'body'}: {first['msg']}"


def _read_finish_reason(choice: _Choice, has_calls: bool) -> FinishReason:
    if choice.finish_reason == "length":
        return "length"
    return "tool_calls" if has_calls else "stop"


def _read_usage(usage: _Usage) -> Usage:
    cached = (usage.prompt_tokens_details or _PromptDetails()).cached_tokens or 0
    thought = (usage.completion_tokens_details or _CompletionDetails()).reasoning_tokens
    return Usage(usage.prompt_tokens, usage.completion_tokens or 0, cached, thought)


def _read_logprobs(logprobs: _Logprobs | None) -> list[float] | None:
    if logprobs is None or logprobs.content is None:
        return None
    return [token.logprob for token in logprobs.content]
