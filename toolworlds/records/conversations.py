"""Conversations over a catalogue of tools: dialogue, calls, outputs, scores. One JSON line each."""

from typing import Annotated, Literal

from pydantic import Field

from toolworlds.records.base import Json, Record

Gate = Literal["tool_correctness", "task_completion", "naturalness", "mean_score", "judge_error"]
Rating = Annotated[float, Field(ge=1, le=5)]


class ConversationCall(Record):
    """One call as the assistant wrote it."""

    name: str
    """`tool::endpoint`"""
    parameters: dict[str, Json]


class ConversationOutput(Record):
    """What came back, in the order of the calls."""

    name: str
    output: Json


class ConversationMessage(Record):
    """One message. Calls that do not depend on each other share one assistant message."""

    role: Literal["user", "assistant", "tool"]
    content: str
    """tool: JSON."""
    tool_calls: list[ConversationCall] | None = None
    """assistant only"""
    name: str | None = None
    """tool: whose output it is; outputs follow their message in the order of its calls."""

    def to_json(self) -> dict[str, Json]:
        """Without the keys that say nothing."""
        return self.model_dump(mode="json", exclude_none=True)


class JudgeScores(Record):
    """A judge's opinion and what the gates make of it. A failed judge gives no scores."""

    tool_correctness: Rating | None
    task_completion: Rating | None
    naturalness: Rating | None
    mean_score: Rating | None
    reasoning: str
    judge_model: str
    passed: bool
    failed_gates: list[Gate]


class ConversationMetadata(Record):
    """Where a conversation comes from and what it holds; every count equals what the messages say."""

    conversation_id: str
    seed: int
    tool_ids_used: list[str]
    """in order of first use"""
    num_turns: int
    """messages"""
    num_clarification_questions: int
    memory_grounding_rate: float | None
    """Share of the calls after the first that take a value from an earlier output; None with one call."""
    corpus_memory_enabled: bool
    pattern_type: str
    sampling_mode: str
    domain: str
    endpoint_ids: list[str]
    """the chain: one a call"""
    num_tool_calls: int
    num_distinct_tools: int
    mock_arguments: list[str] | None = None
    """`<call index>.<parameter>` of the values that nobody said and no output held; absent without any."""


class Conversation(Record):
    """A conversation, `conv_<seed>_<0001>`."""

    conversation_id: str
    messages: list[ConversationMessage]
    tool_calls: list[ConversationCall]
    tool_outputs: list[ConversationOutput]
    judge_scores: JudgeScores | None = None
    passed: bool | None = None
    metadata: ConversationMetadata

    def to_json(self) -> dict[str, Json]:
        """The record as one line holds it: keys that say nothing are left out, except the scores."""
        record = super().to_json()
        record["messages"] = [message.to_json() for message in self.messages]
        if not self.metadata.mock_arguments:
            del record["metadata"]["mock_arguments"]
        return record
