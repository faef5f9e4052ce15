"""The metadata of a conversation: what its messages say, and whether that stands there."""

from collections.abc import Iterator, Sequence

from conversations.audit.problems import Problem
from conversations.audit.structure import list_calls
from conversations.audit.truth import CompiledRegistry
from conversations.speech import clarification_bounds
from conversations.steps import TracedArgument, grounding_bounds, trace_arguments
from toolworlds.records.base import Json
from toolworlds.records.conversations import (
    Conversation,
    ConversationCall,
    ConversationMessage,
    ConversationMetadata,
)

ROUNDING = 0.005
"""Rates may be kept with two digits."""


def count_metadata(messages: Sequence[ConversationMessage]) -> dict[str, Json]:
    """The fields that follow from the messages alone."""
    calls = list_calls(messages)
    tools = list(dict.fromkeys(call.name.partition("::")[0] for call in calls))
    return {
        "tool_ids_used": tools,
        "num_turns": len(messages),
        "endpoint_ids": [call.name for call in calls],
        "num_tool_calls": len(calls),
        "num_distinct_tools": len(tools),
    }


def settle_metadata(
    conversation: Conversation, messages: Sequence[ConversationMessage]
) -> ConversationMetadata:
    """The metadata of a conversation whose messages have changed.

    What the messages leave open keeps its value as far as they allow. Marks of made-up values stay with the
    calls that are as they were.
    """
    old, calls = conversation.metadata, list_calls(messages)
    rate = grounding_bounds(trace_arguments(messages), len(calls))
    kept = [mark for mark in old.mock_arguments or [] if _is_same_call(mark, conversation.tool_calls, calls)]
    settled = {
        "memory_grounding_rate": _clamp(old.memory_grounding_rate or 0.0, rate) if rate else None,
        "num_clarification_questions": round(
            _clamp(old.num_clarification_questions, clarification_bounds(messages))
        ),
        "mock_arguments": kept or None,
    }
    return old.model_copy(update=count_metadata(messages) | settled)


def _is_same_call(mark: str, before: Sequence[ConversationCall], after: Sequence[ConversationCall]) -> bool:
    index = int(mark.partition(".")[0])
    return index < min(len(before), len(after)) and before[index] == after[index]


def _clamp(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def check_metadata(
    conversation: Conversation, arguments: Sequence[TracedArgument], registry: CompiledRegistry
) -> Iterator[Problem]:
    """Figures and labels that the messages contradict."""
    written = conversation.metadata.to_json()
    for name, value in count_metadata(conversation.messages).items():
        if written[name] != value:
            yield Problem("metadata", f"{name} is {written[name]!r}, the messages say {value!r}")
    yield from _check_rate(conversation, arguments)
    least, most = clarification_bounds(conversation.messages)
    if not least <= (count := conversation.metadata.num_clarification_questions) <= most:
        said = " to ".join(str(bound) for bound in dict.fromkeys((least, most)))
        yield Problem("metadata", f"num_clarification_questions is {count}, the messages say {said}")
    yield from _check_labels(conversation, registry)


def _check_rate(conversation: Conversation, arguments: Sequence[TracedArgument]) -> Iterator[Problem]:
    rate, bounds = (
        conversation.metadata.memory_grounding_rate,
        grounding_bounds(arguments, len(list_calls(conversation.messages))),
    )
    if bounds is None or rate is None:
        if bounds is not None or rate is not None:
            yield Problem("metadata", f"memory_grounding_rate is {rate!r}; it is null with one call only")
    elif not bounds[0] - ROUNDING <= rate <= bounds[1] + ROUNDING:
        said = " to ".join(f"{bound:.2f}" for bound in dict.fromkeys(bounds))
        yield Problem("metadata", f"memory_grounding_rate is {rate!r}, the messages say {said}")


def _check_labels(conversation: Conversation, registry: CompiledRegistry) -> Iterator[Problem]:
    """Labels whose meaning shows in the messages."""
    metadata = conversation.metadata
    called = [registry.endpoints[n] for n in set(metadata.endpoint_ids) & registry.endpoints.keys()]
    if called and metadata.domain not in {endpoint.category for endpoint in called}:
        yield Problem("metadata", f"domain is {metadata.domain!r}, no endpoint called is of it")
    together = any(len(message.tool_calls or []) > 1 for message in conversation.messages)
    if metadata.pattern_type == "parallel" and not together:
        yield Problem("metadata", "pattern_type is 'parallel', no two calls share a message")
    if metadata.pattern_type == "multi_tool_chain" and metadata.num_distinct_tools < 2:
        yield Problem("metadata", "pattern_type is 'multi_tool_chain', one tool is called")


def check_scores(conversation: Conversation) -> Iterator[Problem]:
    """Scores, gates and verdict agree. Which threshold was used the record does not say."""
    scores, passed = conversation.judge_scores, conversation.passed
    if scores is None:
        if passed is not None:
            yield Problem("scores", f"passed is {passed!r} without any scores")
        return
    given = [scores.tool_correctness, scores.task_completion, scores.naturalness, scores.mean_score]
    numbers = [score for score in given if score is not None]
    failed = "judge_error" in scores.failed_gates
    if len(numbers) not in (0, len(given)) or (not numbers) != failed:
        yield Problem("scores", f"scores {given} with the gates {scores.failed_gates}")
    elif numbers and abs(sum(numbers[:3]) / 3 - numbers[3]) > 2 * ROUNDING:
        yield Problem("scores", f"mean_score {numbers[3]} is not the mean of {numbers[:3]}")
    if scores.passed == bool(scores.failed_gates) or passed != scores.passed:
        verdicts = f"passed is {passed!r} and {scores.passed!r}"
        yield Problem("scores", f"{verdicts}, the failed gates are {scores.failed_gates}")
