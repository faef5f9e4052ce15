"""Corpus memory: what the corpus already has, so that the next chains go elsewhere.

Of the chains at hand the least common one is planned: the one with the smallest product of how often its
domain, its pattern and its tools came up so far, squared; calls in an order that was planned before weigh
five times as much as new ones, and more each time. So domains, patterns and tools keep level as long as that
brings something new, and a small domain that has run out may fall behind rather than repeat itself. Among the
three least common ones a store of texts has a say: the closer a chain is to what it remembers, the more it
weighs.

At hand are the chains that a few tries have just come to, and new ones left over from earlier tries, on a
short shelf for each mode and domain. Nothing here grows with the corpus; orders of calls are counted in a
sketch of fixed size.
"""

import hashlib
import math
import random
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Protocol

from toolworlds.catalogue.constraints import AnyMode, Constraints, order_modes
from toolworlds.catalogue.sampler import ChainSampler
from toolworlds.records.catalogues import Chain, Mode

TRIES = 8
"""Chains begun for one that is planned."""
SHELF = 12
"""New chains kept for later, of each mode and domain."""
FINALISTS = 3
"""Least common chains that the store of texts is asked about."""
WIDTH, DEPTH = 1 << 17, 4
"""Cells of the sketches that count texts."""


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
        self._cells = [array("I", bytes(array("I").itemsize * WIDTH)) for _ in range(DEPTH)]

    def add(self, text: str) -> None:
        """Counts the text."""
        for row, place in enumerate(_places(text)):
            self._cells[row][place] += 1

    def count(self, text: str) -> int:
        """How often it was added; now and then too many."""
        return min(self._cells[row][place] for row, place in enumerate(_places(text)))

    def closeness(self, text: str) -> float:
        """Grows with the number of times that it was added."""
        return 1 - 1 / (1 + self.count(text))


def _places(text: str) -> Iterable[int]:
    digest = hashlib.blake2b(text.encode(), digest_size=4 * DEPTH).digest()
    return (int.from_bytes(digest[4 * row : 4 * row + 4], "big") % WIDTH for row in range(DEPTH))


@dataclass(slots=True)
class CorpusMemory:
    """What was planned so far."""

    store: TextStore = field(default_factory=SketchStore)
    domains: Counter[str] = field(default_factory=Counter)
    patterns: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    _sequences: SketchStore = field(default_factory=SketchStore)
    _shelves: dict[tuple[Mode, bool, str], dict[str, Chain]] = field(default_factory=dict)
    """New chains by their calls; by mode, whether they cross unrelated domains, and domain."""

    def plan(self, sampler: ChainSampler, mode: AnyMode, rng: random.Random, limits: Constraints) -> Chain:
        """The next chain, remembered. Raises NoChain."""
        may_cross = rng.random() < limits.cross_share
        for drawn in order_modes(mode, rng):
            found = list(sampler.draw(drawn, rng, limits, may_cross, TRIES))
            self._shelve(found, sampler)
            if at_hand := [*self._list_shelved(drawn, may_cross), *found]:
                chain = self.choose(at_hand)
                break
        else:
            chain = sampler.sample(mode, rng, limits)
        self.add(chain)
        return chain

    def choose(self, chains: Sequence[Chain]) -> Chain:
        """The least common one; the first among equals."""
        weighed = ((self._weigh(chain), place) for place, chain in enumerate(chains))
        finalists = nsmallest(FINALISTS, weighed)
        _, place = min(
            (weight * (1 + self.store.closeness(describe_chain(chains[place]))), place)
            for weight, place in finalists
        )
        return chains[place]

    def add(self, chain: Chain) -> None:
        """Remembers a chain."""
        calls = _join_calls(chain)
        self.store.add(describe_chain(chain))
        self._sequences.add(calls)
        self.domains[chain.domain] += 1
        self.patterns[chain.pattern_type] += 1
        self.tools.update(chain.tool_ids)
        for shelf in self._shelves.values():
            shelf.pop(calls, None)

    def _weigh(self, chain: Chain) -> float:
        """How common a chain is."""
        tools = chain.tool_ids
        names = (
            (1 + self.domains[chain.domain])
            * (1 + self.patterns[chain.pattern_type])
            * (1 + sum(self.tools[name] for name in tools) / len(tools))
        )
        return names**2 * (1 + 4 * math.sqrt(self._sequences.count(_join_calls(chain))))

    def _shelve(self, chains: Iterable[Chain], sampler: ChainSampler) -> None:
        """Keeps what is new."""
        for chain in chains:
            place = (chain.sampling_mode, sampler.crosses_unrelated(chain), chain.domain)
            shelf = self._shelves.setdefault(place, {})
            calls = _join_calls(chain)
            if len(shelf) < SHELF and not self._sequences.count(calls):
                shelf.setdefault(calls, chain)

    def _list_shelved(self, mode: Mode, may_cross: bool) -> Iterator[Chain]:
        for (kept, crosses, _), shelf in self._shelves.items():
            if kept == mode and (may_cross or not crosses):
                yield from shelf.values()


def _join_calls(chain: Chain) -> str:
    return " ".join(chain.endpoint_ids)


def describe_chain(chain: Chain) -> str:
    """What a store compares: the tools and the pattern, which make a conversation's kind."""
    return f"{', '.join(sorted(set(chain.tool_ids)))} | {chain.pattern_type}"
