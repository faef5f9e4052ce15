"""How tools and messages of a conversation look in prompts, and reading messages back from there."""

import re
from collections.abc import Iterable, Mapping, Sequence

import orjson

from conversations.interfaces import describe_parameters
from conversations.steps import read_output
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint
from toolworlds.records.conversations import ConversationCall, ConversationMessage

Card = dict[str, Json]


LIKELY = 6
"""Endpoints that are shown for a name that the catalogue does not have."""
_WORD = re.compile(r"[a-z0-9]+")


def show_tools(names: Iterable[str], endpoints: Mapping[str, Endpoint]) -> list[Card]:
    """The documentation of the named endpoints and of their tools' other ones.

    For a name that the catalogue does not have, the endpoints whose names share most words with it.
    """
    asked = dict.fromkeys(names)
    tools = {name.partition("::")[0] for name in asked if name in endpoints}
    shown = {name for name in endpoints if name.partition("::")[0] in tools}
    for unknown in asked.keys() - endpoints.keys():
        shown.update(sorted(endpoints, key=lambda name: (-_share_words(name, unknown), name))[:LIKELY])
    return [show_endpoint(endpoints[name]) for name in sorted(shown)]


def _share_words(one: str, other: str) -> float:
    a, b = set(_WORD.findall(one.lower())), set(_WORD.findall(other.lower()))
    return len(a & b) / len(a | b)


def show_endpoint(endpoint: Endpoint) -> Card:
    """One endpoint as a reader needs it."""
    return {
        "name": endpoint.endpoint_id,
        "description": endpoint.description,
        "parameters": describe_parameters(endpoint),
        "returns": [field.path for field in endpoint.returns_fields],
    }


def show_messages(messages: Sequence[ConversationMessage]) -> list[Card]:
    """The messages, numbered; outputs as values."""
    return [_show_message(place, message) for place, message in enumerate(messages)]


def _show_message(place: int, message: ConversationMessage) -> Card:
    card: Card = {"message": place, "role": message.role}
    if message.role == "tool":
        return card | {"name": message.name, "output": read_output(message)}
    calls = [call.to_json() for call in message.tool_calls or []]
    return card | {"content": message.content} | ({"tool_calls": calls} if calls else {})


def read_messages(cards: Sequence[Card]) -> list[ConversationMessage]:
    """The messages that `show_messages` showed."""
    return [_read_message(card) for card in cards]


def _read_message(card: Card) -> ConversationMessage:
    if card["role"] == "tool":
        return write_output(card["name"], card["output"])
    calls = [ConversationCall.model_validate(call) for call in card.get("tool_calls", ())]
    return ConversationMessage(role=card["role"], content=card["content"], tool_calls=calls or None)


def write_output(name: str, output: Json) -> ConversationMessage:
    """A tool message."""
    return ConversationMessage(role="tool", name=name, content=orjson.dumps(output).decode())
