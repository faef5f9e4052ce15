"""The OpenAI chat format: a request as a body, a body as a completion.

Servers differ in what they leave empty or write otherwise. Only what a completion needs is looked at: a usage
or a log-probability that cannot be read is taken as not given, and never costs the reply.
"""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, FinishReason, Request, Usage, split_thoughts

MOST_TOKENS = 2**53
"""No usage is larger; what is was misread."""


class UnreadableReplyError(Exception):
    """A body that is no chat completion: the server's fault, not the model's."""


class _Function(BaseModel):
    name: str
    arguments: Any = None


class _ToolCall(BaseModel):
    id: Any = None
    function: _Function


class _Message(BaseModel):
    content: Any = None
    """Words, or a list of parts, some of which may be thoughts."""
    reasoning: Any = None
    reasoning_content: Any = None
    """The older name of `reasoning`, still used by several servers."""
    tool_calls: list[_ToolCall] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: Any = None
    token_ids: Any = None
    logprobs: Any = None


class _Reply(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: Any = None
    prompt_token_ids: Any = None


def encode_json(value: Any) -> bytes:
    """`value` as JSON. Integers beyond 64 bits stay exact; halves of broken characters become `?`."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def decode_json(body: bytes) -> Any:
    """The value of a body, big integers exact, half characters as `?`; raises UnreadableReplyError."""
    try:
        return from_json(body)
    except ValueError:
        pass
    try:
        value = json.loads(body.decode("utf-8", "replace"))
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableReplyError(f"not JSON: {error}"[:200]) from error


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

    A reply cut off by length is passed on as it is. A generation that the server aborted is unreadable, and
    so is one that ended for tool calls of which none arrived.
    """
    try:
        reply = _Reply.model_validate(decode_json(body))
    except ValidationError as error:
        raise UnreadableReplyError(f"not a chat completion: {explain_shape(error)}") from error
    choice = reply.choices[0]
    message = choice.message
    calls = tuple(_read_tool_call(call, index) for index, call in enumerate(message.tool_calls or ()))
    if choice.finish_reason in ("abort", "error") or (choice.finish_reason == "tool_calls" and not calls):
        lack = " and no tool call came" if choice.finish_reason == "tool_calls" else ""
        raise UnreadableReplyError(
            f"the server ended the generation with finish_reason {choice.finish_reason!r}{lack}"
        )
    words, thoughts = _read_content(message)
    return Completion(
        text=words,
        finish_reason=_read_finish_reason(choice, bool(calls)),
        model=model,
        tool_calls=calls,
        reasoning=thoughts or None,
        usage=read_usage(reply.usage, ("prompt_tokens", "completion_tokens")),
        prompt_token_ids=_read_ids(reply.prompt_token_ids),
        token_ids=_read_ids(choice.token_ids),
        logprobs=_read_logprobs(choice.logprobs),
    )


def _read_content(message: _Message) -> tuple[str, str]:
    """Words and thoughts, wherever the server put the latter."""
    parts = message.content if isinstance(message.content, list) else [message.content]
    thoughts, words = split_thoughts("".join(_read_text(part) for part in parts if not _is_thought(part)))
    channel = _read_text(message.reasoning) or _read_text(message.reasoning_content)
    told = [channel, *(_read_text(part) for part in parts if _is_thought(part)), thoughts]
    return words, "\n".join(text for text in told if text)


def _is_thought(part: Json) -> bool:
    return isinstance(part, dict) and part.get("type") in ("thinking", "reasoning")


def _read_text(part: Json) -> str:
    """The text of a content part, however deeply it is wrapped; "" where there is none."""
    if isinstance(part, list):
        return "".join(map(_read_text, part))
    if isinstance(part, dict):
        return next((_read_text(part[key]) for key in ("text", "thinking", "reasoning") if key in part), "")
    return part if isinstance(part, str) else ""


def _read_tool_call(call: _ToolCall, index: int) -> dict[str, Json]:
    given = call.function.arguments
    arguments = given if isinstance(given, str) else encode_json(given or {}).decode()
    call_id = str(call.id) if isinstance(call.id, str | int) else ""
    return make_tool_call(call_id, index, call.function.name, arguments)


def make_tool_call(call_id: str | None, index: int, name: str, arguments: str) -> dict[str, Json]:
    """A call as completions hold it; the `index`-th of its message may lack an id, and its arguments."""
    function = {"name": name, "arguments": arguments if arguments.strip() else "{}"}
    return {"id": call_id or f"call_{index}", "type": "function", "function": function}


def explain_shape(error: ValidationError) -> str:
    """The first thing wrong with a body, and where."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(step) for step in first['loc']) or 'body'}: {first['msg']}"


def _read_finish_reason(choice: _Choice, has_calls: bool) -> FinishReason:
    if choice.finish_reason == "length":
        return "length"
    if choice.finish_reason == "content_filter":
        return "filtered"
    return "tool_calls" if has_calls else "stop"


def read_usage(given: Json, names: tuple[str, str]) -> Usage:
    """The tokens of a reply; `names` are the server's words for those of prompt and completion."""
    usage = given if isinstance(given, Mapping) else {}
    prompt, completion = names
    details = usage.get(f"{prompt}_details"), usage.get(f"{completion}_details")
    cached, thought = (detail if isinstance(detail, Mapping) else {} for detail in details)
    return Usage(
        _read_count(usage.get(prompt)) or 0,
        _read_count(usage.get(completion)) or 0,
        _read_count(cached.get("cached_tokens")) or 0,
        _read_count(thought.get("reasoning_tokens")),
    )


def _read_count(value: Json) -> int | None:
    return value if type(value) is int and 0 <= value < MOST_TOKENS else None


def _read_ids(given: Json) -> list[int] | None:
    whole = isinstance(given, list) and all(_read_count(one) is not None for one in given)
    return list(given) if whole else None


def _read_logprobs(given: Json) -> list[float] | None:
    """One number a token; None where a server leaves any out."""
    match given:
        case {"content": [*tokens]}:
            numbers = [token.get("logprob") if isinstance(token, Mapping) else None for token in tokens]
            whole = all(isinstance(number, int | float) for number in numbers)
            return [float(number) for number in numbers if number is not None] if whole else None
    return None
