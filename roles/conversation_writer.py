"""Words the messages of a conversation anew; its calls and outputs stay."""

from collections.abc import Sequence
from typing import ClassVar

from roles.base import Check, Role
from toolworlds.records.base import Json, Record
from toolworlds.records.completions import Sampling


class WordedMessage(Record):
    """A message in other words."""

    message: int
    """Its number."""
    text: str


class Wording(Record):
    """All messages of user and assistant that say something."""

    texts: list[WordedMessage]


class ConversationWriter(Role):
    """Says what a draft says, as people would."""

    name: ClassVar[str] = "conversation_writer"
    parts: ClassVar[tuple[str, ...]] = ("word",)
    sampling: ClassVar[Sampling] = Sampling(temperature=0.8, max_tokens=4096)

    async def word(
        self,
        item: str,
        messages: Sequence[dict[str, Json]],
        persona: str,
        *,
        check: Check[Wording] | None = None,
    ) -> Wording:
        """`messages` as `conversations/cards.py` shows them; `persona` is how the user speaks."""
        inputs = {"messages": list(messages), "persona": persona}
        return await self.ask("word", item, inputs, Wording, check)
