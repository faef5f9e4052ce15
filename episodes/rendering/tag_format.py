"""An episode as text between tags, e.g. the contract's 19: `<user>…</user>`, results standing alone."""

from collections.abc import Iterator

from episodes.tags import TagSet
from toolworlds.records.base import Json


def render_tags(conversation: dict[str, Json], tags: TagSet) -> str:
    """The whole episode; one line break after each block and after the end tag."""
    return "".join(f"{block}\n" for block in _write_blocks(conversation, tags)) + f"{tags.end}\n"


def _write_blocks(conversation: dict[str, Json], tags: TagSet) -> Iterator[str]:
    if conversation.get("system"):
        yield _enclose(tags.system, conversation["system"])
    for message in conversation["messages"]:
        if message["role"] == "user":
            context = _enclose_optional(tags.user_context, message.get("context"))
            yield _enclose(tags.user, context + message["content"])
        elif message["role"] == "toolresult":
            yield _enclose(tags.toolresult, message["content"])
        elif message["role"] == "assistant_context":
            yield _enclose(tags.assistant_context, message["content"])
        else:
            think = _enclose_optional(tags.think, message.get("think"))
            cite = _enclose_optional(tags.cite, message.get("cite"))
            yield _enclose(tags.assistant, think + message["content"] + cite)


def _enclose(pair: tuple[str, str], text: str) -> str:
    return f"{pair[0]}{text}{pair[1]}"


def _enclose_optional(pair: tuple[str, str], text: str | None) -> str:
    return _enclose(pair, text) if text else ""
