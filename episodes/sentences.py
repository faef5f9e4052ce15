"""Whole sentences of a text, as spans: what summaries, snippets and answers are made of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ABBREVIATIONS_TEXT = """
z. b. d. h. bzw. ca. vgl. nr. abs. ggf. inkl. usw. etc. e.g. i.e. dr. prof. mr. mrs. ms. no. vs.
str. tel. max. min. approx. mio. st. evtl. sog. u. a. o. ä. mind. fig. art. jan. feb. aug. sept.
okt. oct. nov. dez. dec.
"""
ABBREVIATIONS = frozenset(ABBREVIATIONS_TEXT.split())
BREAK = re.compile(r"(?<=[.!?…])[\"”“»)]*\s+(?=[\"„“«(]?[A-ZÄÖÜ0-9])")
BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)]|#)\s+(?:\[[ xX]\]\s+)?")
NOT_PROSE = re.compile(r"\s*(?:\||```|~~~|#{1,6}\s|<|[-=*_]{3,}\s*$|\$|>)")


POINTERS_TEXT = """
it they he she this these those both its their his her then
er sie es dies diese dieser dieses beide beides deren dessen dann danach dort dabei
"""
POINTERS = frozenset(POINTERS_TEXT.split())


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence, or a whole list item, and where it stands."""

    text: str
    start: int
    end: int


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of prose, list items included; headings, tables and fenced code are none."""
    found: list[Sentence] = []
    for start, end in _blocks(text):
        bullet = BULLET.match(text, start, end)
        inner = bullet.end() if bullet else start
        pieces = list(_cut(text, inner, end))
        found += [s for s in pieces if _is_whole(s.text, alone=len(pieces) == 1 and bullet is not None)]
    return found


def join_sentences(sentences: Sequence[str]) -> str:
    """Sentences in a row; a list item without an end mark is set off from the next one."""
    joined = "".join(f"{text} " if ends_whole(text) else f"{text}; " for text in sentences)
    return joined.rstrip("; ") if sentences and not ends_whole(sentences[-1]) else joined.rstrip()


def ends_whole(text: str) -> bool:
    """Whether a text ends with the mark of a sentence's end, closing quotes and brackets aside."""
    return text.rstrip('"”“»)*_').endswith((".", "!", "?", "…"))


def points_back(sentence: str) -> bool:
    """Whether a sentence begins by pointing at the one before it."""
    return sentence.split(" ", 1)[0].rstrip(",").lower() in POINTERS


def _is_whole(text: str, alone: bool) -> bool:
    return len(text.split()) >= 3 and (ends_whole(text) or alone) and not text.endswith(":")


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans of paragraphs and of single list items; wrapped lines of one paragraph stay together."""
    start = end = -1
    position, fenced = 0, False
    for line in text.splitlines(keepends=True):
        stop = position + len(line.rstrip())
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        plain = not fenced and stop > position and not NOT_PROSE.match(line)
        begins = plain and (start < 0 or BULLET.match(line) is not None)
        if start >= 0 and (not plain or begins):
            yield start, end
            start = -1
        if plain:
            start, end = (position if begins else start), stop
        position += len(line)
    if start >= 0:
        yield start, end


def _cut(text: str, start: int, end: int) -> Iterator[Sentence]:
    begin = start
    for match in BREAK.finditer(text, start, end):
        last = text[begin : match.start()].rsplit(None, 1)[-1:]
        if last and (last[0].lower().lstrip("(") in ABBREVIATIONS or re.fullmatch(r"\(?\d{1,2}\.", last[0])):
            continue
        yield Sentence(text[begin : match.start()] + match.group().rstrip(), begin, match.end())
        begin = match.end()
    if text[begin:end].strip():
        yield Sentence(text[begin:end], begin, end)
