"""What the corpus memory remembers and prefers."""

import hashlib
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from conversations.generation.memory import CorpusMemory, SketchStore
from conversations.generation.memory_stores import CAPACITY, QdrantStore, open_store, settle_backend
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue
from toolworlds.catalogue.constraints import MIXTURE, AnyMode, Constraints
from toolworlds.catalogue.projected import project
from toolworlds.catalogue.sampler import ChainSampler, NoChain
from toolworlds.records.catalogues import Chain, Pattern
from utils import UserError


def chain_of(*endpoints: str, pattern: Pattern = "sequential_multi_step", domain: str = "Travel") -> Chain:
    return Chain(
        endpoint_ids=list(endpoints),
        sampling_mode="sequential",
        pattern_type=pattern,
        domain=domain,
        mappings=[],
    )


CATALOGUE = build_catalogue(SEED_TOOLS).catalogue
SEED = CATALOGUE.registry
SAMPLER = ChainSampler(CATALOGUE.registry, CATALOGUE.graph)
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


def test_calls_that_are_known_weigh_more_than_a_fuller_domain() -> None:
    """A new chain of a domain that has twice as much comes before the repetition of another."""
    memory = CorpusMemory()
    other = chain_of("cars::search", pattern="parallel", domain="Finance")
    for name in ("a::one", "b::one"):
        memory.add(chain_of(name, pattern="parallel"))
    memory.add(other)
    fresh = chain_of("bikes::search", pattern="parallel")
    assert memory.choose([other, fresh]) is fresh
    assert memory.choose([fresh, chain_of("bank::pay", domain="Finance")]).domain == "Finance"


def plan(mode: AnyMode, count: int, memory: CorpusMemory | None = None) -> list[Chain]:
    memory = memory or CorpusMemory()
    rngs = (random.Random(f"1:{item}") for item in range(count))
    return [memory.plan(SAMPLER, mode, rng, Constraints()) for rng in rngs]


def test_chains_do_not_run_dry() -> None:
    """Nearly all of 200 differ in their calls, and three quarters of 1,000."""
    calls = [tuple(chain.endpoint_ids) for chain in plan("mixed", 1000)]
    assert len(set(calls[:200])) >= 190
    assert len(set(calls)) >= 750


def test_domains_patterns_and_modes_keep_level() -> None:
    """No domain has less than half the mean; patterns come nearly alike; modes keep their shares."""
    chains = plan("mixed", 1000)
    domains = Counter(chain.domain for chain in chains)
    assert set(domains) == {endpoint.category for endpoint in SEED.endpoints}
    assert min(domains.values()) > 0.5 * 1000 / len(domains)
    assert min(Counter(chain.pattern_type for chain in chains).values()) > 100
    modes = Counter(chain.sampling_mode for chain in chains)
    assert all(abs(modes[mode] / 1000 - share) < 0.05 for mode, share in MIXTURE.items())
    assert sum(SAMPLER.crosses_unrelated(chain) for chain in chains) <= 90


@pytest.mark.parametrize("mode", MIXTURE)
def test_plans_are_of_the_mode_asked_for(mode: AnyMode) -> None:
    """Chains left over from other modes are not taken."""
    memory = CorpusMemory()
    plan("mixed", 50, memory)
    assert {chain.sampling_mode for chain in plan(mode, 50, memory)} == {mode}


def test_a_catalogue_without_a_chain_says_so() -> None:
    """As the sampler does."""
    with pytest.raises(NoChain):
        CorpusMemory().plan(SAMPLER, "mixed", random.Random(1), Constraints(domains=["Astrology"]))


def test_a_mixture_goes_on_where_a_mode_has_no_chain() -> None:
    """Two tools that nothing links: no chain of several tools, and enough of the other modes."""
    tools = [tool for tool in SEED.tools if tool.tool_id in ("wire_news", "harbour_bank")]
    endpoints = [one for one in SEED.endpoints if one.tool_id in {tool.tool_id for tool in tools}]
    registry = SEED.model_copy(update={"tools": tools, "endpoints": endpoints})
    sampler, memory = ChainSampler(registry, project(registry)), CorpusMemory()
    with pytest.raises(NoChain):
        sampler.sample("multi_tool", random.Random(1))
    modes = Counter(
        memory.plan(sampler, "mixed", random.Random(number), Constraints()).sampling_mode
        for number in range(200)
    )
    assert modes["multi_tool"] == 0 and min(modes["sequential"], modes["short"]) > 20


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
