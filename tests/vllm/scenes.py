"""Requests, schemas and a scripted thinker for the tests that speak with a real engine."""

import importlib
import json
import pkgutil
from typing import Any

import roles
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Completion, Request, Sampling
from toolworlds.records.tools import Proposal

SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {
        "verdict": {"enum": ["accept", "reject"]},
        "problems": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 3},
        "count": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["verdict", "problems", "count"],
    "additionalProperties": False,
}
TOOL: dict[str, Json] = {
    "type": "function",
    "function": {
        "name": "book_slot",
        "description": "Books a slot.",
        "parameters": {
            "type": "object",
            "properties": {"slot_id": {"type": "string"}, "seats": {"type": "integer"}},
            "required": ["slot_id", "seats"],
        },
    },
}
TOO_LONG = "hello world " * 60_000
HARD_TEXT = 'Größe “x” \\ \n\t é 漢字 🎉 {{ }} <|im_end|> </tool_call> "quoted"'


def make_request(
    name: str = "item", content: str = "hello", max_tokens: int = 400, **changes: Any
) -> Request:
    """A request of a judge, unless said otherwise."""
    messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": content})
    sampling = Sampling(temperature=0.7, max_tokens=max_tokens, seed=5)
    return Request(f"{name}/step/0", "task_judge.gen", messages, sampling=sampling, **changes)


def make_call(**arguments: Json) -> dict[str, Json]:
    """A call of the tool, as OpenAI spells it."""
    function = {"name": "book_slot", "arguments": json.dumps(arguments)}
    return {"id": "call_0", "type": "function", "function": function}


def list_reply_types() -> list[type[Record]]:
    """Every record that a role asks for, and the parts they consist of."""
    found: set[type[Record]] = {Proposal}
    for module in pkgutil.iter_modules(roles.__path__, "roles."):
        members = vars(importlib.import_module(module.name)).values()
        records = [member for member in members if isinstance(member, type) and issubclass(member, Record)]
        found.update(record for record in records if record.__module__ == module.name)
    return sorted(found, key=lambda record: record.__name__)


class Scripted:
    """A model that always gives the same completion."""

    name = "scripted"

    def __init__(self, completion: Completion) -> None:
        self._completion = completion

    async def complete(self, request: Request) -> Completion:
        return self._completion

    async def aclose(self) -> None: ...

    def describe(self) -> dict[str, Json]:
        return {}
