"""The tag set: which tags enclose what. It is data: `data/tags/*.json`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from toolworlds.records.base import Record
from utils import UserError, explain_os_errors

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
