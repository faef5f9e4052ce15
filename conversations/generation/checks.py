"""What a conversation must satisfy before it is written; a text that a model wrote must satisfy it too."""

from conversations.speech import find_internal_names, find_unheard_codes
from toolworlds.records.conversations import Conversation


def find_problems(conversation: Conversation) -> list[str]:
    """Why a conversation is not written; [] if it may be."""
    remarks = [*find_internal_names(conversation.messages), *find_unheard_codes(conversation.messages)]
    return [f"message {remark.message}: {remark.what}" for remark in remarks]
