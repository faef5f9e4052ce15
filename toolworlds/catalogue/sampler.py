"""Draws chains of endpoints in which every required value comes from an earlier reply or from the user."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from toolworlds.catalogue.constraints import MIXTURE, AnyMode, ChainPlan, Constraints, draw_plan, order_modes
from toolworlds.catalogue.growth import Growth
from toolworlds.catalogue.parallel import ParallelTurns
from toolworlds.catalogue.patterns import name_pattern
from toolworlds.catalogue.walk import Links, Walk
from toolworlds.errors import ItemError
from toolworlds.records.catalogues import Chain, Clarification, Mode, ProjectedGraph, Registry

__all__ = ["MODES", "AnyMode", "ChainSampler", "Constraints", "NoChain"]

ANY_CHAIN = Constraints()
MODES: tuple[AnyMode, ...] = (*MIXTURE, "mixed")
MAX_TRIES = 200
"""Chains of a mode begun before there is said to be none."""


class NoChain(ItemError):  # noqa: N818 - says that the catalogue has none
    """The catalogue holds no chain of this mode within these constraints."""

    kind = "no chain"


class ChainSampler:
    """Draws chains from a registry and its projected graph."""

    def __init__(self, registry: Registry, graph: ProjectedGraph) -> None:
        self.links = Links(registry, graph)
        self.endpoints = self.links.endpoints
        self._parallel = ParallelTurns(self.links)
        self._entries = self._group_entries()

    def sample(self, mode: AnyMode, rng: random.Random, constraints: Constraints = ANY_CHAIN) -> Chain:
        """A chain. Raises NoChain."""
        may_cross = rng.random() < constraints.cross_share
        for drawn in order_modes(mode, rng):
            for chain in self.draw(drawn, rng, constraints, may_cross, MAX_TRIES):
                return chain
        raise NoChain(f"the catalogue holds no chain of mode {mode!r} under {constraints}")

    def draw(
        self, mode: Mode, rng: random.Random, limits: Constraints, may_cross: bool, tries: int
    ) -> Iterator[Chain]:
        """The chains that so many tries come to."""
        for _ in range(tries):
            plan = draw_plan(mode, limits, may_cross, rng)
            if (chain := self._try(plan, rng)) is not None:
                yield chain

    def crosses_unrelated(self, chain: Chain) -> bool:
        """Whether it holds two categories of which neither takes ids that the other gives."""
        return self._crosses({self.endpoints[name].category for name in chain.endpoint_ids})

    def _crosses(self, categories: set[str]) -> bool:
        return not all(self.links.are_related(*pair) for pair in combinations(sorted(categories), 2))

    def _group_entries(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for name in self.links.entries:
            groups[self.endpoints[name].category].append(name)
        return dict(sorted(groups.items()))

    def _try(self, plan: ChainPlan, rng: random.Random) -> Chain | None:
        """A chain; None where it leads nowhere."""
        start = self._draw_start(plan, rng)
        if start is None:
            return None
        if plan.mode == "parallel":
            growth = self._parallel.begin(start, plan, rng)
        else:
            growth = Growth(self.links, plan, rng, Walk(self.links))
            growth.walk.add(start)
        if growth is None:
            return None
        while len(growth.walk.steps) < plan.length and growth.extend():
            pass
        return self._finish(growth.walk, plan, rng)

    def _draw_start(self, plan: ChainPlan, rng: random.Random) -> str | None:
        """An entry of a domain drawn first, so that small domains come as often as large ones."""
        allowed = plan.limits.domains
        domains = [domain for domain in self._entries if allowed is None or domain in allowed]
        if not domains:
            return None
        names = self._entries[rng.choice(domains)]
        if plan.mode == "clarification_first":
            names = [name for name in names if self.endpoints[name].required]
        return rng.choice(names) if names else None

    def _finish(self, walk: Walk, plan: ChainPlan, rng: random.Random) -> Chain | None:
        """The walk as a chain, if it keeps the limits as a whole."""
        limits = plan.limits
        if not limits.min_length <= len(walk.steps) <= limits.max_length:
            return None
        if not limits.min_tools <= len(walk.tools) <= (limits.max_tools or len(walk.tools)):
            return None
        if not plan.may_cross and self._crosses(walk.categories):
            return None
        endpoints = [self.endpoints[name] for name in walk.steps]
        asks = plan.mode == "clarification_first"
        return Chain(
            endpoint_ids=walk.steps,
            sampling_mode=plan.mode,
            pattern_type=name_pattern(endpoints, bool(walk.groups)),
            domain=Counter(endpoint.category for endpoint in endpoints).most_common(1)[0][0],
            mappings=walk.mappings,
            parallel_groups=walk.groups,
            clarifications=[_leave_out([some.name for some in endpoints[0].required], rng)] if asks else [],
        )


def _leave_out(required: list[str], rng: random.Random) -> Clarification:
    """The user opens without some of what the first call requires."""
    missing = set(rng.sample(required, rng.randint(1, len(required))))
    return Clarification(
        step_index=0,
        reason="missing_required_param",
        missing_params=[name for name in required if name in missing],
    )
