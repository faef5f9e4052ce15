"""The metadata of a conversation: what its messages say, and whether that stands there."""

from collections.abc import Iterator, Sequence

from conversations.audit.problems import Problem
from conversations.audit.structure import list_calls
from conversations.audit.truth import Catalogue
from conversations.grounding.questions import clarification_bounds
from conversations.grounding.sources import grounding_bounds
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
    rate, questions = grounding_bounds(messages), clarification_bounds(messages)
    kept = [mark for mark in old.mock_arguments or [] if _is_same_call(mark, conversation.tool_calls, calls)]
    settled = {
        "memory_grounding_rate": _clamp(old.memory_grounding_rate or 0.0, rate) if rate else None,
        "num_clarification_questions": round(_clamp(old.num_clarification_questions, questions)),
        "mock_arguments": kept or None,
    }
    return old.model_copy(update=count_metadata(messages) | settled)


def _is_same_call(mark: str, before: Sequence[ConversationCall], after: Sequence[ConversationCall]) -> bool:
    index = int(mark.partition(".")[0])
    return index < min(len(before), len(after)) and before[index] == after[index]


def _clamp(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def check_metadata(conversation: Conversation, catalogue: Catalogue) -> list[Problem]:
    """Figures and labels that the messages contradict."""
    written = conversation.metadata.to_json()
    problems = [
        Problem("metadata", f"{name} is {written[name]!r}, the messages say {value!r}")
        for name, value in count_metadata(conversation.messages).items()
        if written[name] != value
    ]
    return [
        *problems,
        *_check_rate(conversation),
        *_check_questions(conversation),
        *_check_labels(conversation, catalogue),
    ]


def _check_rate(conversation: Conversation) -> Iterator[Problem]:
    rate, bounds = conversation.metadata.memory_grounding_rate, grounding_bounds(conversation.messages)
    if bounds is None or rate is None:
        if bounds is not None or rate is not None:
            yield Problem("metadata", f"memory_grounding_rate is {rate!r}; it is null with one call only")
    elif not bounds[0] - ROUNDING <= rate <= bounds[1] + ROUNDING:
        said = " to ".join(f"{bound:.2f}" for bound in dict.fromkeys(bounds))
        yield Problem("metadata", f"memory_grounding_rate is {rate!r}, the messages say {said}")


def _check_questions(conversation: Conversation) -> Iterator[Problem]:
    count, (least, most) = (
        conversation.metadata.num_clarification_questions,
        clarification_bounds(conversation.messages),
    )
    if not least <= count <= most:
        said = " to ".join(str(bound) for bound in dict.fromkeys((least, most)))
        yield Problem("metadata", f"num_clarification_questions is {count}, the messages say {said}")


def _check_labels(conversation: Conversation, catalogue: Catalogue) -> Iterator[Problem]:
    """Labels whose meaning shows in the messages."""
    metadata = conversation.metadata
    called = [catalogue.endpoints[n] for n in set(metadata.endpoint_ids) & catalogue.endpoints.keys()]
    if called and metadata.domain not in {endpoint.category for endpoint in called}:
        yield Problem("metadata", f"domain is {metadata.domain!r}, no endpoint called is of it")
    together = any(len(message.tool_calls or []) > 1 for message in conversation.messages)
    if (metadata.pattern_type == "parallel") and not together:
        yield Problem("metadata", "pattern_type is 'parallel', no two calls share a message")
    if metadata.pattern_type == "multi_tool_chain" and metadata.num_distinct_tools < 2:
        yield Problem("metadata", "pattern_type is 'multi_tool_chain', one tool is called")


def check_scores(conversation: Conversation) -> list[Problem]:
    """Scores, gates and verdict agree. Which threshold was used the record does not say."""
    scores, passed = conversation.judge_scores, conversation.passed
    if scores is None:
        return [] if passed is None else [Problem("scores", f"passed is {passed!r} without any scores")]
    given = [scores.tool_correctness, scores.task_completion, scores.naturalness, scores.mean_score]
    numbers = [score for score in given if score is not None]
    failed = "judge_error" in scores.failed_gates
    faults = []
    if len(numbers) not in (0, len(given)) or (not numbers) != failed:
        faults.append(f"scores {given} with the gates {scores.failed_gates}")
    elif numbers and abs(sum(numbers[:3]) / 3 - numbers[3]) > 2 * ROUNDING:
        faults.append(f"mean_score {numbers[3]} is not the mean of {numbers[:3]}")
    if scores.passed == bool(scores.failed_gates) or passed != scores.passed:
        faults.append(
            f"passed is {passed!r} and {scores.passed!r}, the failed gates are {scores.failed_gates}"
        )
    return [Problem("scores", fault) for fault in faults]
