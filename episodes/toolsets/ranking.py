"""BM25 over the chunks of the index, with a floor, and the sentences of a chunk that match."""

import math
import sqlite3
from functools import lru_cache

from episodes.language import content_words, split_words, stem
from episodes.sentences import Sentence, split_sentences
from toolworlds.records.base import Json

FLOOR = 0.35
"""The share of the query's weight, its words' summed idf, that a hit's score must reach."""
SNIPPET = 320
WEIGHTS = "2.0, 3.0, 1.0"
"""Of title, heading and text."""
HITS = f"""
    SELECT p.chunk_id, d.doc_id, d.title, d.filename, p.heading, c.text, p.start, p.line, d.type,
           -bm25(chunks, {WEIGHTS}) AS score
    FROM chunks c JOIN places p ON p.chunk_id = c.rowid JOIN documents d ON d.doc_id = p.doc_id
    WHERE chunks MATCH ? ORDER BY round(bm25(chunks, {WEIGHTS}), 4), p.chunk_id LIMIT ?
"""


class Ranking:
    """Search in one index; the same query gives the same hits in every process."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.size: int = database.execute("SELECT count(*) FROM places").fetchone()[0]
        self.weigh_word = lru_cache(maxsize=50_000)(self._weigh_word)
        self.count_word = lru_cache(maxsize=50_000)(self._count_word)

    def search(self, query: str, top_k: int) -> list[dict[str, Json]]:
        """Up to `top_k` hits above the floor, best first."""
        words = (content_words(query) or split_words(query))[:32]
        if not words:
            return []
        floor = FLOOR * sum(self.weigh_word(word) for word in words)
        wanted = " OR ".join(f'"{word}"' for word in words)
        rows = self.database.execute(HITS, (wanted, top_k)).fetchall()
        return [self._show(row, words) for row in rows if row[-1] >= floor]

    def _count_word(self, word: str, column: str = "{title heading text}") -> int:
        """How many chunks hold a word, in some form of it."""
        query = "SELECT count(*) FROM chunks WHERE chunks MATCH ?"
        return int(self.database.execute(query, (f'{column} : "{word}"',)).fetchone()[0])

    def _weigh_word(self, word: str) -> float:
        """BM25's idf of a word, as FTS5 computes it."""
        holding = self._count_word(word)
        return max(math.log((self.size - holding + 0.5) / (holding + 0.5)), 1e-6)

    def _show(self, row: tuple[Json, ...], words: list[str]) -> dict[str, Json]:
        chunk_id, doc_id, title, filename, heading, text, start, line, _, score = row
        begin, end = find_snippet(text, tuple(stem(word) for word in words))
        return {
            "chunk_id": str(chunk_id),
            "doc_id": doc_id,
            "title": title,
            "filename": filename,
            "section": heading,
            "text": text[begin:end],
            "score": round(score, 4),
            "position": line + text.count("\n", 0, begin),
            "start_char": start + begin,
            "end_char": start + end,
        }


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[Sentence, ...]:
    return tuple(split_sentences(text))


def find_snippet(text: str, stems: tuple[str, ...]) -> tuple[int, int]:
    """The span of whole sentences around the best match, about SNIPPET characters; lines where none are."""
    sentences = _split(text)
    if not sentences:
        if len(text) <= SNIPPET:
            return 0, len(text)
        cut = max(text.rfind("\n", 0, SNIPPET), text.rfind(" ", 0, SNIPPET))
        return 0, cut if cut > 0 else SNIPPET
    counts = [sum(s in sentence.text.lower() for s in stems) for sentence in sentences]
    first = last = max(range(len(sentences)), key=lambda n: (counts[n], -n))
    while True:
        after = sentences[last + 1].end - sentences[first].start if last + 1 < len(sentences) else SNIPPET + 1
        before = sentences[last].end - sentences[first - 1].start if first else SNIPPET + 1
        if after <= SNIPPET:
            last += 1
        elif before <= SNIPPET:
            first -= 1
        else:
            return sentences[first].start, sentences[last].end
