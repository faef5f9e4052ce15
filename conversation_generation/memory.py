"""Corpus memory: what the corpus already has, so that the next chains go elsewhere.

Counts by name are kept in process and steer the sampler; of several chains it offers, the one is taken whose
wording is farthest from what a store of texts remembers. Nothing here grows with the corpus.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from records.catalogues import Chain
from tool_catalogue.sampler import Steering

UNVARYING = 0.4
"""How much less endpoints without arguments are wished for."""
WIDTH, DEPTH = 1 << 15, 4
"""Cells of the sketch that counts sets of tools."""


class TextStore(Protocol):
    """Remembers texts, and tells how close a new one is to them."""

    def add(self, text: str) -> None:
        """Remembers a text."""
        ...

    def closeness(self, text: str) -> float:
        """From 0, unlike everything, to 1, the same as something."""
        ...


class SketchStore:
    """In process: how often a text's lines occurred, in a count-min sketch of fixed size."""

    def __init__(self) -> None:
        self._cells = [array("L", bytes(array("L").itemsize * WIDTH)) for _ in range(DEPTH)]

    def add(self, text: str) -> None:
        """Counts the text."""
        for row, place in enumerate(_places(text)):
            self._cells[row][place] += 1

    def closeness(self, text: str) -> float:
        """Grows with the number of times that it was added."""
        seen = min(self._cells[row][place] for row, place in enumerate(_places(text)))
        return seen / (1 + seen)


def _places(text: str) -> Iterable[int]:
    digest = hashlib.blake2b(text.encode(), digest_size=4 * DEPTH).digest()
    return (int.from_bytes(digest[4 * row : 4 * row + 4], "big") % WIDTH for row in range(DEPTH))


@dataclass(slots=True)
class CorpusMemory:
    """What was planned so far."""

    store: TextStore = field(default_factory=SketchStore)
    unvarying: frozenset[str] = frozenset()
    """Endpoints that take nothing from the user: a second call is the first one again."""
    domains: Counter[str] = field(default_factory=Counter)
    patterns: Counter[str] = field(default_factory=Counter)
    endpoints: Counter[str] = field(default_factory=Counter)
    _chains: SketchStore = field(default_factory=SketchStore)
    _weights: dict[str, float] = field(default_factory=dict)
    """Of endpoints, kept up to date; those of domains and patterns are few and made anew."""

    def steer(self) -> Steering:
        """Wishes for the next chain: less of what there is much of."""
        return Steering(_weigh(self.domains, 0.05), _weigh(self.patterns, 0.3), self._weights)

    def choose(self, chains: Sequence[Chain]) -> Chain:
        """The chain that is least like what there is; the first among equals."""
        return min(
            chains, key=lambda chain: (self.store.closeness(describe_chain(chain)), self._usage(chain))
        )

    def _usage(self, chain: Chain) -> float:
        return sum(self.endpoints[name] for name in chain.endpoint_ids) / len(chain.endpoint_ids)

    def add(self, chain: Chain) -> None:
        """Remembers a chain."""
        self.store.add(describe_chain(chain))
        self._chains.add(chain.key)
        self.domains[chain.domain] += 1
        self.patterns[chain.pattern_type] += 1
        for name in chain.endpoint_ids:
            self.endpoints[name] += 1
            self._weights[name] = (UNVARYING if name in self.unvarying else 1) / self.endpoints[name]


def _weigh(counts: Counter[str], least: float) -> dict[str, float]:
    """1 for the rarest name, less for what there is more of; never so little that it dies out."""
    rarest = min(counts.values(), default=0)
    return {name: max(least, (1 + rarest) / (1 + count)) for name, count in counts.items()}


def describe_chain(chain: Chain) -> str:
    """What a store compares: the tools and the pattern, which make a conversation's kind."""
    return f"{', '.join(sorted(set(chain.tool_ids)))} | {chain.pattern_type}"
