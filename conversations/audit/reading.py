"""Reading a file of conversations, one at a time."""

from collections.abc import Iterator
from pathlib import Path

from toolworlds.batch.record_files import parse_record
from toolworlds.records.conversations import Conversation
from utils import UserError, read_lines


def read_conversations(path: Path) -> Iterator[Conversation]:
    """The conversations in order; raises UserError for a line that is none, and for an empty file."""
    number = 0
    for number, value in enumerate(read_lines(path), start=1):
        yield parse_record(value, Conversation, f"{path}, conversation {number},")
    if not number:
        raise UserError(f"{path} holds no conversations; run conversations generate first")
