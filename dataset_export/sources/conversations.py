"""Conversations over a catalogue of tools; call ids are counted, since the records have none."""

from collections.abc import Iterator, Sequence

import msgspec
import orjson

from dataset_export.dialogue import DialogueCall, Message, TrainingDialogue, Unfit, write_arguments
from dataset_export.sources.kind import Head, InputKind, RankedRollout, decode
from toolworlds.batch.record_files import parse_record
from toolworlds.records.conversations import Conversation, ConversationMessage


class _ConversationMeta(msgspec.Struct):
    domain: str


class _ConversationHead(msgspec.Struct):
    conversation_id: str
    metadata: _ConversationMeta
    passed: bool | None = None


_DECODER = msgspec.json.Decoder(_ConversationHead)


def read_head(data: bytes, place: str) -> Head:
    """A conversation's environment is its domain."""
    head = decode(data, _DECODER, place)
    outcome = RankedRollout(head.conversation_id, head.passed is not False, True, (0, 0))
    return Head(head.conversation_id, head.metadata.domain, outcome=outcome)


def read_dialogue(data: bytes, place: str) -> TrainingDialogue:
    """The conversation with native calls; raises Unfit where outputs and calls do not match."""
    conversation = parse_record(orjson.loads(data), Conversation, place)
    metadata = conversation.metadata
    messages = tuple(_read_messages(conversation.messages))
    if messages[-1].role != "assistant":
        raise Unfit("a conversation that does not end with the assistant")
    labels = {
        "environment": metadata.domain,
        "pattern": metadata.pattern_type,
        "passed": conversation.passed,
    }
    return TrainingDialogue(conversation.conversation_id, messages, labels=labels)


def _read_messages(messages: Sequence[ConversationMessage]) -> Iterator[Message]:
    waiting: list[DialogueCall] = []
    made = 0
    for message in messages:
        if message.role == "tool":
            if not waiting or waiting[0].name != message.name:
                raise Unfit("an output that answers no call")
            call = waiting.pop(0)
            yield Message("tool", message.content, call_id=call.id, name=call.name)
            continue
        calls = tuple(
            DialogueCall(f"call_{made + place}", call.name, write_arguments(call.parameters))
            for place, call in enumerate(message.tool_calls or ())
        )
        if waiting:
            raise Unfit("a call without an output")
        made += len(calls)
        waiting = list(calls)
        yield Message(message.role, message.content, calls=calls)


CONVERSATIONS = InputKind(
    noun="conversations",
    records=(Conversation,),
    read_head=read_head,
    read_dialogue=read_dialogue,
    labels={"environment": "string", "pattern": "string", "passed": "bool"},
    tools="none",
)
