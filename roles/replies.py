"""Replies: the JSON Schema a model is held to, and reading what it sent."""

import json
import re
from functools import cache
from itertools import accumulate
from typing import TypeVar

import orjson
from json_repair import repair_json
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import TaggedUnionSchema

from toolworlds.records.base import Json
from toolworlds.records.completions import Completion

Reply = TypeVar("Reply", bound=BaseModel)

REPAIR_LIMIT = 50_000
"""Characters up to which a broken reply is mended; that costs about a millisecond per 2,000."""
MAX_DEPTH = 60
"""Nesting up to which a broken reply is mended; the time that takes grows with its square."""

_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n?\s*```", re.DOTALL)


class UnusableReply(Exception):  # noqa: N818 - it is a reply, not an error of ours
    """What is wrong with one reply, in words the model can act on."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class _SchemaGenerator(GenerateJsonSchema):
    """Unions as `anyOf`: grammars for constrained decoding know no `oneOf`."""

    def tagged_union_schema(self, schema: TaggedUnionSchema) -> JsonSchemaValue:
        return {"anyOf": super().tagged_union_schema(schema)["oneOf"]}


@cache
def schema_of(reply_type: type[BaseModel], *, reasoning: bool) -> dict[str, Json]:
    """The reply's JSON Schema: closed, every top-level key required, `reasoning` first or not at all."""
    schema = reply_type.model_json_schema(schema_generator=_SchemaGenerator)
    properties = {name: value for name, value in schema["properties"].items() if name != "reasoning"}
    if reasoning:
        properties = {"reasoning": {"type": "string"}, **properties}
    return schema | {"properties": properties, "required": list(properties), "additionalProperties": False}


def read_reply(completion: Completion, reply_type: type[Reply]) -> Reply:
    """The reply as a record, without `reasoning` unless the type has it.

    Raises UnusableReply. A reply that was cut off is never repaired.
    """
    if completion.finish_reason == "length":
        raise UnusableReply(["the reply was cut off at the token limit; answer more briefly"])
    value = _read_object(completion.text)
    if "reasoning" not in reply_type.model_fields:
        value.pop("reasoning", None)
    try:
        return reply_type.model_validate(value)
    except ValidationError as error:
        raise UnusableReply(_explain(error)) from error


def _read_object(text: str) -> dict[str, Json]:
    fenced = _FENCED.search(text)
    for candidate in (text, fenced.group(1) if fenced else ""):
        try:
            return _load_object(candidate)
        except ValueError:
            continue
    return _repair_object(text)


def _repair_object(text: str) -> dict[str, Json]:
    start = text.find("{")
    if start < 0 or len(text) > REPAIR_LIMIT or _depth(text) > MAX_DEPTH:
        raise UnusableReply(["the reply is not a JSON object"])
    try:
        return _load_object(repair_json(text[start:]))
    except ValueError as error:
        raise UnusableReply([f"the reply is not a JSON object: {error}"]) from error


def _depth(text: str) -> int:
    """The deepest nesting of brackets, counted without regard to strings."""
    steps = (1 if char in "{[" else -1 for char in text if char in "{[]}")
    return max(accumulate(steps), default=0)


def _load_object(text: str) -> dict[str, Json]:
    """Strict JSON that later files can hold: no NaN or infinity, 64-bit integers, whole characters."""
    try:
        value = json.loads(text, parse_constant=_refuse_number, parse_float=_finite)
        orjson.dumps(value)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"it holds what cannot be stored: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"it is a {type(value).__name__}")
    return value


def _refuse_number(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    return number if abs(number) != float("inf") else _refuse_number(text)


def _explain(error: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, e['loc'])) or 'reply'}: {e['msg']}" for e in error.errors()[:10]]
