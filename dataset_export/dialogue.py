"""What every input is read into and every format is written from: a dialogue, or a prompt with its truth."""

import json
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from records.base import Json
from utils import ItemError

Speaker = Literal["system", "user", "assistant", "tool"]


class Unfit(ItemError):  # noqa: N818 - what became of a record, counted under its reason
    """A record that a format cannot hold; its text is the reason, the same for all such records."""

    kind = "unfit"


@dataclass(frozen=True, slots=True)
class Call:
    """A native tool call."""

    id: str
    name: str
    arguments: str
    """JSON text as the model wrote it."""

    def read_arguments(self) -> dict[str, Json]:
        """The arguments as an object; raises Unfit where the text is none."""
        try:
            value = json.loads(self.arguments, parse_constant=_refuse_constant)
        except ValueError as error:
            raise Unfit("a call's arguments are not JSON") from error
        if not isinstance(value, dict):
            raise Unfit("a call's arguments are no JSON object")
        return value


def write_arguments(arguments: dict[str, Json]) -> str:
    """An object of arguments as text."""
    return json.dumps(arguments, ensure_ascii=False)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    role: Speaker
    content: str
    reasoning: str = ""
    """assistant: its thoughts, where they are known and wanted."""
    calls: tuple[Call, ...] = ()
    """assistant: calls that it makes at once."""
    call_id: str = ""
    """tool: the call that it answers."""
    name: str = ""
    """tool: the called tool."""
    trained: bool = True
    """assistant: whether a model should learn to say it."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a model is fine-tuned on: it ends with an assistant's message."""

    id: str
    messages: tuple[Message, ...]
    """At most one system message, at the start."""
    tools: tuple[dict[str, Json], ...] = ()
    """OpenAI functions."""
    labels: dict[str, str | float | bool] = field(default_factory=dict)
    """What else is known of it, the same keys for all dialogues of one kind; formats may keep these."""

    @property
    def system(self) -> str:
        """The system text; empty if there is none."""
        return self.messages[0].content if self.messages and self.messages[0].role == "system" else ""

    @property
    def turns(self) -> tuple[Message, ...]:
        """The messages after the system text."""
        return self.messages[1:] if self.system or self._opens_empty() else self.messages

    def _opens_empty(self) -> bool:
        return bool(self.messages) and self.messages[0].role == "system"
