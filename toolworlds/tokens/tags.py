"""Episodes between the tags of a set, as `<user>…</user>`; the sets are data: `data/tags/*.json`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from toolworlds.errors import UserError
from toolworlds.files import explain_os_errors
from toolworlds.records.base import Json, Record
from toolworlds.tokens.tokenizer import Span

Tag = Annotated[str, Field(min_length=1)]


class TagSet(Record):
    """Opening and closing tag of each part, and the tag that ends an episode."""

    name: str
    system: tuple[Tag, Tag]
    user: tuple[Tag, Tag]
    assistant: tuple[Tag, Tag]
    user_context: tuple[Tag, Tag]
    assistant_context: tuple[Tag, Tag]
    toolcall: tuple[Tag, Tag]
    toolresult: tuple[Tag, Tag]
    think: tuple[Tag, Tag]
    cite: tuple[Tag, Tag]
    end: Tag

    def list_tags(self) -> list[str]:
        """All 19 tags in the order of their token ids."""
        return list(self._walk())

    def _walk(self) -> Iterator[str]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, tuple):
                yield from value
        yield self.end


def load_tags(path: Path) -> TagSet:
    """Reads a tag set; raises UserError for a missing part, or one tag used twice."""
    with explain_os_errors(path):
        written = path.read_bytes()
    try:
        tags = TagSet.model_validate_json(written)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"{part}: " for part in first["loc"])
        raise UserError(f"--tags {path}: {place}{first['msg']}; see data/tags/default.json") from error
    listed = tags.list_tags()
    if len(set(listed)) < len(listed):
        raise UserError(f"--tags {path} uses one tag twice; all {len(listed)} must differ")
    return tags


def write_tagged(conversation: dict[str, Json], tags: TagSet) -> tuple[str, list[Span]]:
    """The episode with one line break after each block and after the end tag, and what a model writes of it.

    The spans are those of the assistant's messages, each from behind its opening tag to its closing one, and
    last that of the end tag.
    """
    text, spans = "", []
    for pair, block, written in _list_blocks(conversation, tags):
        start = len(text) + len(pair[0])
        text += f"{pair[0]}{block}{pair[1]}\n"
        if written:
            spans.append((start, len(text) - 1))
    return f"{text}{tags.end}\n", [*spans, (len(text), len(text) + len(tags.end))]


def _list_blocks(conversation: dict[str, Json], tags: TagSet) -> Iterator[tuple[tuple[str, str], str, bool]]:
    """(tags, what they enclose, whether the assistant writes it)"""
    if conversation.get("system"):
        yield tags.system, conversation["system"], False
    for message in conversation["messages"]:
        content = message["content"]
        if message["role"] == "user":
            yield tags.user, _enclose(tags.user_context, message.get("context")) + content, False
        elif message["role"] == "toolresult":
            yield tags.toolresult, content, False
        elif message["role"] == "assistant_context":
            yield tags.assistant_context, content, False
        else:
            think, cite = (_enclose(getattr(tags, part), message.get(part)) for part in ("think", "cite"))
            yield tags.assistant, think + content + cite, True


def _enclose(pair: tuple[str, str], text: str | None) -> str:
    return f"{pair[0]}{text}{pair[1]}" if text else ""
