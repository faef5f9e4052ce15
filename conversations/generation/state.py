"""The one state that both sides of a conversation speak through: what was said, called and answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from conversations.execution.offline import Session
from toolworlds.records.base import Json
from toolworlds.records.conversations import (
    Conversation,
    ConversationCall,
    ConversationMessage,
    ConversationMetadata,
    ConversationOutput,
)


@dataclass(slots=True)
class ConversationState:
    """One conversation in the making."""

    session: Session
    messages: list[ConversationMessage] = field(default_factory=list)
    calls: list[ConversationCall] = field(default_factory=list)
    outputs: list[ConversationOutput] = field(default_factory=list)
    grounded: list[bool] = field(default_factory=list)
    """For each call whether it takes a value from an earlier output."""
    mocks: list[str] = field(default_factory=list)
    """`<call index>.<parameter>` of values that nobody said and nothing returned."""
    clarifications: int = 0

    def say_user(self, text: str) -> None:
        """The user speaks."""
        self.messages.append(ConversationMessage(role="user", content=text))

    def say_assistant(self, text: str, *, clarifies: bool = False) -> None:
        """The assistant speaks; `clarifies` if it asks for a value without which it cannot call."""
        self.clarifications += clarifies
        self.messages.append(ConversationMessage(role="assistant", content=text))

    def call(self, calls: Sequence[ConversationCall], grounded: Sequence[bool], text: str = "") -> list[Json]:
        """The assistant calls, all at once; what came back, in order."""
        self.messages.append(ConversationMessage(role="assistant", content=text, tool_calls=list(calls)))
        outputs = [self.session.execute(call.name, call.parameters) for call in calls]
        for call, output in zip(calls, outputs, strict=True):
            self.calls.append(call)
            self.outputs.append(ConversationOutput(name=call.name, output=output))
            content = orjson.dumps(output).decode()
            self.messages.append(ConversationMessage(role="tool", name=call.name, content=content))
        self.grounded.extend(grounded)
        return outputs

    def record(self, metadata: "Facts") -> Conversation:
        """The finished conversation; every count is taken from what stands here."""
        names = [call.name for call in self.calls]
        tools = list(dict.fromkeys(name.partition("::")[0] for name in names))
        later = self.grounded[1:]
        return Conversation(
            conversation_id=metadata.conversation_id,
            messages=self.messages,
            tool_calls=self.calls,
            tool_outputs=self.outputs,
            metadata=ConversationMetadata(
                conversation_id=metadata.conversation_id,
                seed=metadata.seed,
                tool_ids_used=tools,
                num_turns=len(self.messages),
                num_clarification_questions=self.clarifications,
                memory_grounding_rate=round(sum(later) / len(later), 4) if later else None,
                corpus_memory_enabled=metadata.corpus_memory_enabled,
                pattern_type=metadata.pattern_type,
                sampling_mode=metadata.sampling_mode,
                domain=metadata.domain,
                endpoint_ids=names,
                num_tool_calls=len(names),
                num_distinct_tools=len(tools),
                mock_arguments=self.mocks or None,
            ),
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What the metadata hold that no message says."""

    conversation_id: str
    seed: int
    corpus_memory_enabled: bool
    pattern_type: str
    sampling_mode: str
    domain: str
