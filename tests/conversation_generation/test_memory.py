"""What the corpus memory remembers and prefers."""

import hashlib
from collections.abc import Sequence

import pytest

from conversation_generation.memory import CorpusMemory, SketchStore
from conversation_generation.memory_stores import CAPACITY, QdrantStore, open_store, settle_backend
from records.catalogues import Chain, Pattern
from utils import UserError


def chain_of(*endpoints: str, pattern: Pattern = "sequential_multi_step", domain: str = "Travel") -> Chain:
    return Chain(
        endpoint_ids=list(endpoints),
        sampling_mode="sequential",
        pattern_type=pattern,
        domain=domain,
        mappings=[],
    )


HOTELS, FLIGHTS = chain_of("hotels::search"), chain_of("flights::search")


def embed(text: str) -> Sequence[float]:
    """A bag of hashed words: no model, yet likeness of words is likeness of vectors."""
    vector = [0.0] * 64
    for word in text.replace(",", " ").split():
        vector[hashlib.sha256(word.encode()).digest()[0] % 64] += 1.0
    return vector


def test_the_rarer_chain_is_chosen() -> None:
    """What the memory has not seen comes before what it has; the first among equals."""
    memory = CorpusMemory()
    assert memory.choose([HOTELS, FLIGHTS]) is HOTELS
    memory.add(HOTELS)
    assert memory.choose([HOTELS, FLIGHTS]) is FLIGHTS
    memory.add(FLIGHTS)
    memory.add(FLIGHTS)
    assert memory.choose([HOTELS, FLIGHTS]) is HOTELS


def test_steering_leans_to_what_is_rare() -> None:
    """Weights fall with counts, and never to nothing."""
    memory = CorpusMemory()
    for _ in range(50):
        memory.add(HOTELS)
    memory.add(chain_of("bank::pay", domain="Finance", pattern="parallel"))
    steering = memory.steer()
    assert 0 < steering.domains["Travel"] < steering.domains["Finance"]
    assert 0 < steering.patterns["sequential_multi_step"] < steering.patterns["parallel"]
    assert steering.endpoints["hotels::search"] < steering.endpoints["bank::pay"]


def test_a_sketch_counts() -> None:
    """Closeness grows with the times that a text was added, and does not depend on other texts."""
    store = SketchStore()
    assert store.closeness("a") == 0
    seen = []
    for _ in range(3):
        store.add("a")
        seen.append(store.closeness("a"))
    assert seen == sorted(seen) and seen[0] > 0
    assert store.closeness("b") == 0


def test_auto_settles_on_what_is_here() -> None:
    """In process, unless Qdrant and an embedding model lie on this machine; a named one stays."""
    assert settle_backend("auto") in ("in_process", "qdrant")
    assert settle_backend("mem0") == "mem0"
    assert isinstance(open_store("in_process", "c"), SketchStore)


def test_mem0_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package or its key there is one line that says so."""
    monkeypatch.delenv("MEM0_API_KEY", raising=False)
    with pytest.raises(UserError, match="mem0"):
        open_store("mem0", "c")


def test_qdrant_finds_what_is_alike() -> None:
    """The same text is closest, a text of other words is far, an empty store knows nothing."""
    pytest.importorskip("qdrant_client")
    store = QdrantStore(embed)
    assert store.closeness("hotels flights") == 0
    store.add("hotels flights | parallel")
    assert store.closeness("hotels flights | parallel") > 0.99
    assert store.closeness("recipes nutrition") < 0.5


def test_qdrant_keeps_no_more_than_its_capacity() -> None:
    """The oldest text makes room for the newest."""
    pytest.importorskip("qdrant_client")
    store = QdrantStore(embed)
    store.add("the very first")
    for number in range(CAPACITY):
        store.add(f"other {number}")
    assert store.closeness("the very first") < 0.9
