"""The form of a conversation: who speaks after whom, outputs behind their calls, nothing orphaned."""

import json
import re
from collections.abc import Iterator, Sequence

from conversations.audit.problems import Problem
from conversations.steps import read_output
from toolworlds.records.conversations import (
    Conversation,
    ConversationCall,
    ConversationMessage,
    ConversationOutput,
)

_ID = re.compile(r"conv_(-?\d+)_(\d{4,})")


def check_structure(conversation: Conversation) -> Iterator[Problem]:
    """Everything that is wrong with the form."""
    messages = conversation.messages
    yield from _check_id(conversation)
    yield from _check_roles(messages)
    yield from _check_contents(messages)
    yield from _check_outputs(messages)
    if conversation.tool_calls != list_calls(messages):
        yield Problem("tool_calls", "`tool_calls` are not the calls of the messages")
    if conversation.tool_outputs != list_outputs(messages):
        yield Problem("tool_outputs", "`tool_outputs` are not the outputs of the messages")


def list_calls(messages: Sequence[ConversationMessage]) -> list[ConversationCall]:
    """The calls that the messages hold."""
    return [call for message in messages for call in message.tool_calls or []]


def list_outputs(messages: Sequence[ConversationMessage]) -> list[ConversationOutput]:
    """The outputs that the messages hold."""
    return [
        ConversationOutput(name=message.name or "", output=read_output(message))
        for message in messages
        if message.role == "tool"
    ]


def _check_id(conversation: Conversation) -> Iterator[Problem]:
    name, metadata = conversation.conversation_id, conversation.metadata
    found = _ID.fullmatch(name)
    if not found:
        yield Problem("conversation_id", f"{name!r} is not conv_<seed>_<number>")
    elif int(found[1]) != metadata.seed:
        yield Problem("conversation_id", f"{name!r} has not the seed {metadata.seed}")
    if metadata.conversation_id != name:
        yield Problem("conversation_id", f"the metadata call it {metadata.conversation_id!r}")


def _check_roles(messages: Sequence[ConversationMessage]) -> Iterator[Problem]:
    expected = {"user"}
    for place, message in enumerate(messages):
        if message.role not in expected:
            wanted = " or ".join(sorted(expected))
            yield Problem("roles", f"message {place} is of the {message.role}, not of the {wanted}")
        if message.role == "assistant":
            expected = {"tool"} if message.tool_calls else {"user"}
        else:
            expected = {"tool", "assistant"} if message.role == "tool" else {"assistant"}
    if not messages or messages[-1].role != "assistant" or messages[-1].tool_calls:
        yield Problem("ending", "the last message is no answer of the assistant")


def _check_contents(messages: Sequence[ConversationMessage]) -> Iterator[Problem]:
    for place, message in enumerate(messages):
        which = f"message {place} of the {message.role}"
        if not message.content.strip() and not message.tool_calls:
            yield Problem("empty_message", f"{which} says nothing")
        if message.tool_calls is not None and (message.role != "assistant" or not message.tool_calls):
            yield Problem("message_keys", f"{which} has wrong `tool_calls`")
        if (message.name is None) == (message.role == "tool"):
            yield Problem("message_keys", f"{which} has {'no' if message.name is None else 'a'} `name`")
        if message.role == "tool" and not _is_json(message.content):
            yield Problem("output_json", f"the output in message {place} is no JSON")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _check_outputs(messages: Sequence[ConversationMessage]) -> Iterator[Problem]:
    """The outputs after a message answer its calls, one by one and in order."""
    if not any(message.tool_calls for message in messages):
        yield Problem("no_calls", "no tool is called")
    asked: list[str] = []
    for place, message in enumerate([*messages, None]):
        if message is None or message.role != "tool":
            for name in asked:
                yield Problem("output_missing", f"the call of {name} before message {place} has no output")
            asked = [call.name for call in message.tool_calls or []] if message else []
        elif message.name not in asked:
            what = f"message {place} is an output of {message.name}, which was not called"
            yield Problem("output_orphaned", what)
        else:
            if asked[0] != message.name:
                what = f"message {place} is an output of {message.name}; {asked[0]} was first"
                yield Problem("output_order", what)
            asked.remove(message.name)
