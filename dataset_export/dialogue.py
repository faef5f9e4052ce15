"""What every input is read into and every format is written from: a dialogue, or a prompt with its truth."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from toolworlds.records.base import Json
from toolworlds.tokens.tokenizer import Tokens
from utils import ItemError

Speaker = Literal["system", "user", "assistant", "tool"]


class Unfit(ItemError):  # noqa: N818 - what became of a record, counted under its reason
    """A record that a format cannot hold; its text is the reason, the same for all such records."""

    kind = "unfit"


@dataclass(frozen=True, slots=True)
class DialogueCall:
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


@dataclass(frozen=True, slots=True)
class TrainingPrompt:
    """What a model is trained on by reinforcement: a request, and what a right end looks like."""

    id: str
    environment: str
    system: str
    """Without the tools."""
    user: str
    truth: str
    """JSON: what the reward is computed from."""
    tools: tuple[dict[str, Json], ...] = ()
    """OpenAI functions; empty where `system` already tells which there are."""
    data_source: str = "toolworlds/tasks"
    env_class: str = "MCPToolEnv"
    method: str = "rule"
    max_turns: int = 16
    """Messages of the model."""
    rl_ready: bool = False
    """Whether code alone can answer every call of the tools."""
    metadata: str = "{}"
    """JSON: what else is known of it."""


def read_result(text: str) -> Json:
    """A tool's result where formats hold values: an object or a list as such, all else as the text it is."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text
    return value if isinstance(value, dict | list) else text


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
    calls: tuple[DialogueCall, ...] = ()
    """assistant: calls that it makes at once."""
    call_id: str = ""
    """tool: the call that it answers."""
    name: str = ""
    """tool: the called tool."""
    trained: bool = True
    """assistant: whether a model should learn to say it."""


@dataclass(frozen=True, slots=True)
class TrainingDialogue:
    """What a model is fine-tuned on: it ends with an assistant's message."""

    id: str
    messages: tuple[Message, ...]
    """At most one system message, at the start."""
    tools: tuple[dict[str, Json], ...] = ()
    """OpenAI functions."""
    labels: dict[str, Json] = field(default_factory=dict)
    """What else is known of it, the same keys for all of one kind; formats keep these where they can."""
    pieces: tuple[Tokens, ...] = ()
    """The same as token ids, where they are known: as sampled, or as some tokenizer gives them."""

    @property
    def system(self) -> str:
        """The system text; empty if there is none."""
        return self.messages[0].content if self.messages[0].role == "system" else ""

    @property
    def calls(self) -> Iterator[DialogueCall]:
        """All calls in order."""
        return (call for message in self.messages for call in message.calls)

    @property
    def tool_names(self) -> set[str]:
        """Names of the tools that it offers or calls."""
        return {tool["function"]["name"] for tool in self.tools} | {call.name for call in self.calls}

    @property
    def turns(self) -> tuple[Message, ...]:
        """The messages after the system text."""
        return self.messages[1:] if self.messages[0].role == "system" else self.messages


def require_trained(dialogue: TrainingDialogue) -> None:
    """Raises Unfit where a message must not be trained: most formats cannot mark a single one."""
    if not all(message.trained for message in dialogue.messages):
        raise Unfit("a message that must not be trained, which the format cannot mark")
