"""Questions that the assistant asks back."""

from collections.abc import Sequence

from toolworlds.records.conversations import ConversationMessage


def clarification_bounds(messages: Sequence[ConversationMessage]) -> tuple[int, int]:
    """Least and most number of clarifying questions.

    Surely one is a question that answers a user's message without any call, and is followed by a call. A
    question after calls, answered and followed by a further call, may clarify or offer more.
    """
    least = most = 0
    for place, message in enumerate(messages):
        if not _is_question(message) or not _leads_on(messages[place + 1 :]):
            continue
        most += 1
        least += place > 0 and messages[place - 1].role == "user"
    return least, most


def _is_question(message: ConversationMessage) -> bool:
    return message.role == "assistant" and not message.tool_calls and "?" in message.content


def _leads_on(rest: Sequence[ConversationMessage]) -> bool:
    """Whether the user answers and a call follows."""
    return bool(rest) and rest[0].role == "user" and any(message.tool_calls for message in rest)
