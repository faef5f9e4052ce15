"""Rows of `task_content.jsonl`; as a dialogue, a row is its reference solution with the recorded replies."""

import json

import msgspec
import orjson

from dataset_export.dialogue import (
    DialogueCall,
    Message,
    TrainingDialogue,
    TrainingPrompt,
    Unfit,
    write_arguments,
)
from dataset_export.sources.kind import Head, InputKind, decode, is_procedural
from roles.cards import function_schema
from roles.task_solver import offer_fact
from roles.templates import load_template
from toolworlds.batch.record_files import parse_record
from toolworlds.language.words import raise_first
from toolworlds.records.base import Json
from toolworlds.records.tasks import PlainRow, Row
from toolworlds.sessions.open_rows import is_rl_ready


class _RowHead(msgspec.Struct):
    id: str
    field: str
    env_id: str = ""
    certificate: msgspec.Raw = msgspec.Raw(b"")
    provenance: msgspec.Raw = msgspec.Raw(b"")


TEMPLATE = "task_solver.trajectory"
_DECODER = msgspec.json.Decoder(_RowHead)


def read_head(data: bytes, place: str) -> Head:
    """A plain row names no environment: all of one field count as one."""
    head = decode(data, _DECODER, place)
    provenance = bytes(head.provenance)
    return Head(head.id, head.env_id or f"field:{head.field}", is_procedural(provenance), provenance)


def read_row(data: bytes, place: str) -> Row:
    """The row; raises Unfit for a plain one, which holds neither a world nor replies."""
    value = orjson.loads(data)
    if "certificate" not in value:
        raise Unfit("a plain row without world and certificate")
    return parse_record(value, Row, place)


def read_dialogue(data: bytes, place: str) -> TrainingDialogue:
    """The ground-truth calls, one a message, then the facts that the row expects."""
    row = read_row(data, place)
    messages = [*open_episode(row)]
    for number, call in enumerate(row.recorded_calls):
        call_id = f"call_{number}"
        messages.append(
            Message(
                "assistant", "", calls=(DialogueCall(call_id, call.name, write_arguments(call.arguments)),)
            )
        )
        reply = json.dumps(call.reply, ensure_ascii=False)
        messages.append(Message("tool", reply, call_id=call_id, name=call.name))
    messages.append(Message("assistant", write_final(row)))
    tools = tuple(function_schema(tool) for tool in row.tools)
    return TrainingDialogue(row.id, tuple(messages), tools, {"environment": row.env_id, "field": row.field})


def open_episode(row: Row) -> tuple[Message, Message]:
    """What an agent is told at the start of a rollout."""
    template = load_template(TEMPLATE)
    facts = [offer_fact(fact) for fact in row.expected_answer]
    inputs: dict[str, Json] = {"policy": row.policy, "now": row.now, "facts": facts, "request": row.summary}
    system, user = template.render(inputs, reasoning=False, nonce="")
    return Message("system", system["content"]), Message("user", user["content"])


def write_final(row: Row) -> str:
    """The last message of a right answer: the facts in words, then as the object that is checked."""
    facts = {fact.name: fact.value for fact in row.expected_answer}
    final = {"outcome": row.expected_outcome, "reason": row.expected_reason, "answer": facts}
    words = [f"{name.replace('_', ' ')}: {_spell(value)}" for name, value in facts.items()]
    said = "; ".join(words) or row.expected_reason or "done"
    return f"{raise_first(said)}.\n{json.dumps(final, ensure_ascii=False)}"


def _spell(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_prompt(data: bytes, place: str) -> TrainingPrompt:
    """The request, with the whole row as the truth: `toolworlds.sessions.score` takes it as it is."""
    row = read_row(data, place)
    system, user = open_episode(row)
    metadata = {"field": row.field, "difficulty": row.difficulty}
    return TrainingPrompt(
        id=row.id,
        environment=row.env_id,
        system=system.content,
        user=user.content,
        truth=data.decode().strip(),
        tools=tuple(function_schema(tool) for tool in row.tools),
        max_turns=2 * len(row.gt_calls) + 4,
        rl_ready=is_rl_ready(row),
        metadata=orjson.dumps(metadata).decode(),
    )


ROWS = InputKind(
    noun="rows",
    records=(Row, PlainRow),
    read_head=read_head,
    read_dialogue=read_dialogue,
    labels={"environment": "string", "field": "string"},
    read_prompt=read_prompt,
    template=TEMPLATE,
)
