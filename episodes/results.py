"""Results as a message holds them: as JSON, and cut where too long, with the full one kept aside."""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from episodes.sentences import split_sentences
from episodes.toolsets.base import Arguments, Result
from toolworlds.records.base import Json

RESULT_CHARS = 2000
"""Longer results are cut, unless a run is told otherwise; gold results always."""
LEAST = 200
"""A text is not cut below so many characters."""


@dataclass(slots=True)
class Results:
    """Shows results within `max_chars`; `kept` holds the full ones that were cut, by id."""

    max_chars: int
    kept: dict[str, dict[str, Json]] = field(default_factory=dict)

    def write(self, result: Result) -> str:
        """The message's content."""
        return orjson.dumps(result).decode()

    def give(self, name: str, arguments: Arguments, full: Result) -> str:
        """The message's content for this result."""
        return self.write(self.show(name, arguments, full))

    def show(self, name: str, arguments: Arguments, full: Result) -> Result:
        """The result itself, or a shorter one that says so, how long the full one is, and where it stands."""
        length = len(self.write(full))
        if length <= self.max_chars:
            return full
        key = hashlib.sha256(orjson.dumps([name, arguments], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
        self.kept[key] = {"result_id": key, "name": name, "arguments": arguments, "result": full}
        mark = {"truncated": True, "full_length": length, "full_result": key}
        return _shorten(full, self.max_chars - len(self.write(mark)), mark)


def _shorten(full: Result, room: int, mark: dict[str, Json]) -> Result:
    """Ends texts at a sentence, longest first, then drops items from the end of lists."""
    result = copy.deepcopy(full)
    while (excess := len(orjson.dumps(result).decode()) - room) > 0:
        owner, key = max(_texts(result), key=lambda place: len(place[0][place[1]]), default=({"": ""}, ""))
        if (length := len(owner[key])) > LEAST:
            owner[key] = _end_early(owner[key], max(LEAST, length - excess))
            continue
        lists = [value for value in result.values() if isinstance(value, list) and len(value) > 1]
        if not lists:
            break
        max(lists, key=len).pop()
    return {**result, **mark}


def _texts(value: Json) -> Iterator[tuple[Json, Json]]:
    """(owner, key) of every text within."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        if isinstance(inner, str):
            yield value, key
        else:
            yield from _texts(inner)


def _end_early(text: str, limit: int) -> str:
    ends = [s.end for s in split_sentences(text) if s.end <= limit and s.end < len(text)]
    if ends:
        return text[: ends[-1]]
    cut = max(text.rfind("\n", 0, limit), text.rfind(" ", 0, limit))
    return text[: cut if cut > 0 else limit]
