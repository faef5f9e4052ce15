"""A document in sections and chunks; every chunk ends where a sentence or a line ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from episodes.sentences import split_sentences

MAX_CHUNK = 900
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HeadedSection:
    """A heading and the span of what stands below it; the heading is empty before the first one."""

    heading: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a section, at most about MAX_CHUNK characters."""

    heading: str
    start: int
    end: int


def find_title(path: str, kind: str, text: str) -> str:
    """The first heading of a text, else the first short line of plain text, else the file's stem in words."""
    stem = re.sub(r"[_\-]+", " ", PurePosixPath(path).stem).strip()
    heading = HEADING.search(text)
    if kind in ("markdown", "html") and heading:
        return heading[2].replace("*", "").replace("`", "").strip()[:120]
    first = text.split("\n", 1)[0].strip()
    if kind in ("text", "pdf") and 0 < len(first) <= 80 and not first.endswith((".", ":", ",")):
        return first
    return stem[:120] or path


def split_sections(kind: str, text: str) -> list[HeadedSection]:
    """Sections by Markdown headings; one section for a kind that has none."""
    marks = list(HEADING.finditer(text)) if kind in ("markdown", "html") else []
    sections = [HeadedSection("", 0, marks[0].start() if marks else len(text))]
    for mark, following in zip(marks, [*marks[1:], None], strict=False):
        heading = mark[2].replace("*", "").replace("`", "").strip()
        sections.append(HeadedSection(heading, mark.end() + 1, following.start() if following else len(text)))
    return [s for s in sections if text[s.start : s.end].strip()]


def split_chunks(kind: str, text: str) -> Iterator[Chunk]:
    """All chunks in order."""
    for section in split_sections(kind, text):
        start = last = section.start
        for stop in _stops(text, section):
            if stop - start > MAX_CHUNK and last > start:
                yield from _emit(text, section.heading, start, last)
                start = last
            last = stop
        yield from _emit(text, section.heading, start, section.end)


def _stops(text: str, section: HeadedSection) -> list[int]:
    """Where a chunk of this section may end: after a whole sentence, or after a line that is none."""
    piece = text[section.start : section.end]
    sentences = split_sentences(piece)
    inside = {line for s in sentences for line in range(s.start, s.end)} if len(piece) > MAX_CHUNK else set()
    lines = (match.end() for match in re.finditer(r"\n", piece) if match.start() not in inside)
    return sorted(
        {section.start + s.end for s in sentences} | {section.start + e for e in lines} | {section.end}
    )


def _emit(text: str, heading: str, start: int, end: int) -> Iterator[Chunk]:
    piece = text[start:end]
    if piece.strip():
        yield Chunk(heading, start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
