"""Near-duplicates: conversations whose dialogue an earlier one says almost word for word."""

import re
from collections.abc import Iterator, Sequence

from rensa import (  # type: ignore[import-untyped,import-not-found,unused-ignore]  # it has no types
    RMinHash,
    RMinHashLSH,
)

THRESHOLD = 0.8
"""Jaccard similarity of the shingles from which two conversations are near-duplicates."""
SHINGLE = 3
"""Words in a shingle."""
PERMUTATIONS = 128
BANDS = 16
SEED = 42
_NUMBER = re.compile(r"\d+")


class DuplicateIndex:
    """The dialogues seen so far, as MinHash sketches of half a kilobyte each."""

    def __init__(self) -> None:
        self._index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS)
        self._seen: list[RMinHash] = []

    def add(self, texts: Sequence[Sequence[str]]) -> bool:
        """Whether a dialogue, given as the words of its texts, is near to an earlier one."""
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update(list(list_shingles(texts)))
        near = any(sketch.jaccard(self._seen[other]) >= THRESHOLD for other in self._index.query(sketch))
        self._index.insert(len(self._seen), sketch)
        self._seen.append(sketch)
        return near


def list_shingles(texts: Sequence[Sequence[str]]) -> Iterator[str]:
    """Runs of words within single texts, digits masked; a shorter text is one run."""
    for words in texts:
        masked = [_NUMBER.sub("0", word) for word in words]
        for start in range(max(1, len(masked) - SHINGLE + 1)):
            yield " ".join(masked[start : start + SHINGLE])
