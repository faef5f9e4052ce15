"""What the corpus memory remembers and prefers."""

import hashlib
from collections.abc import Sequence

import pytest

from conversation_generation.memory import CorpusMemory, SketchStore, TextStore
from conversation_generation.memory_stores import CAPACITY, Mem0Store, QdrantStore, open_store, settle_backend
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


class Shelf:
    """A service in mem0's form: remembers texts, and scores them by shared words."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    def add(self, text: str, *, user_id: str, infer: bool) -> None:
        assert not infer
        self.texts.append((user_id, text))

    def search(self, text: str, *, filters: dict[str, str], top_k: int) -> dict[str, list[dict[str, object]]]:
        own = [t for user, t in self.texts if user == filters["user_id"]]
        scored = sorted(
            ((len({*t.split()} & {*text.split()}) / len({*text.split()}), t) for t in own), reverse=True
        )
        return {"results": [{"memory": t, "score": score} for score, t in scored[:top_k]]}


@pytest.fixture(params=["qdrant", "mem0"])
def store(request: pytest.FixtureRequest) -> TextStore:
    if request.param == "mem0":
        return Mem0Store(Shelf(), "corpus")
    pytest.importorskip("qdrant_client")
    return QdrantStore(embed)


def test_stores_find_what_is_alike(store: TextStore) -> None:
    """The same text is closest, a text of other words is far, an empty store knows nothing."""
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
