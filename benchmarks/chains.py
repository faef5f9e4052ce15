"""Chains of the seed catalogue: how many of 200, 2,000, 20,000 differ, how many cross domains, and how fast.

    python benchmarks/chains.py

`steered`: planned with corpus memory; `free`: each drawn as if it were the only one.
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from conversations.generation.memory import CorpusMemory
from toolworlds.catalogue.artifacts import SEED_TOOLS, build_catalogue
from toolworlds.catalogue.constraints import Constraints
from toolworlds.catalogue.sampler import ChainSampler


def measure(sampler: ChainSampler, count: int, seed: int, steered: bool) -> str:
    """One line of figures over `count` chains of mode mixed."""
    memory = CorpusMemory() if steered else None
    limits = Constraints()
    keys: set[str] = set()
    calls: set[tuple[str, ...]] = set()
    domains: Counter[str] = Counter()
    crossing = asking = 0
    started = time.perf_counter()
    for item in range(count):
        rng = random.Random(f"{seed}:{item}")
        chain = memory.plan(sampler, "mixed", rng, limits) if memory else sampler.sample("mixed", rng)
        keys.add(chain.key)
        calls.add(tuple(chain.endpoint_ids))
        crossing += sampler.crosses_unrelated(chain)
        asking += bool(chain.clarifications)
        domains[chain.domain] += 1
    seconds = time.perf_counter() - started
    return (
        f"{count:6} {'steered' if steered else 'free'}: {len(keys) / count:.1%} differ, "
        f"{len(calls) / count:.1%} in their calls, "
        f"{crossing / count:.1%} cross unrelated domains, {asking / count:.1%} begin with a question, "
        f"{min(domains.values())} to {max(domains.values())} of a domain, {count / seconds:.0f} a second"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SEED_TOOLS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    catalogue = build_catalogue(arguments.data).catalogue
    sampler = ChainSampler(catalogue.registry, catalogue.graph)
    for count in (200, 2_000, 20_000):
        for steered in (False, True):
            print(measure(sampler, count, arguments.seed, steered))


if __name__ == "__main__":
    main()
