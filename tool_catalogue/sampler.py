"""Draws chains of endpoints in which every required value comes from an earlier reply or from the user."""

import random
from collections import Counter, defaultdict
from itertools import combinations

from records.catalogues import Chain, Clarification, Mode, ProjectedGraph, Registry
from tool_catalogue.constraints import (
    MIXTURE,
    AnyMode,
    Constraints,
    Plan,
    Steering,
    draw_plan,
    order_modes,
    weigh,
)
from tool_catalogue.growth import Growth
from tool_catalogue.parallel import ParallelTurns
from tool_catalogue.patterns import name_pattern
from tool_catalogue.walk import Links, Walk
from utils import ItemError

__all__ = ["MODES", "AnyMode", "ChainSampler", "Constraints", "NoChain", "Steering"]

ANY_CHAIN = Constraints()
NO_WISHES = Steering()
MODES: tuple[AnyMode, ...] = (*MIXTURE, "mixed")
MAX_TRIES = 200
"""Chains of a mode begun before there is said to be none."""
PATIENCE = 6
"""Chains of the drawn mode that are not new or not wished for before other modes are tried."""
PATIENCE_WITH_OTHERS = 3
"""Such chains of each other mode before one of them is taken all the same."""


class NoChain(ItemError):  # noqa: N818 - says that the catalogue has none
    """The catalogue holds no chain of this mode within these constraints."""

    kind = "no chain"


class ChainSampler:
    """Draws chains from a registry and its projected graph."""

    def __init__(self, registry: Registry, graph: ProjectedGraph) -> None:
        self.links = Links(registry, graph)
        self.endpoints = self.links.endpoints
        self.domains = sorted({endpoint.category for endpoint in registry.endpoints})
        self._parallel = ParallelTurns(self.links)
        self._entries = self._group_entries()

    def sample(
        self,
        mode: AnyMode,
        rng: random.Random,
        constraints: Constraints = ANY_CHAIN,
        steering: Steering = NO_WISHES,
    ) -> Chain:
        """A chain; one that is seen or unwished only when no other turns up. Raises NoChain."""
        may_cross = rng.random() < constraints.cross_share
        spare: Chain | None = None
        for drawn in order_modes(mode, rng):
            patience = PATIENCE_WITH_OTHERS if spare else PATIENCE
            chain, fits = self._search(drawn, rng, constraints, steering, may_cross, patience)
            if chain and fits:
                return chain
            spare = spare or chain
        if spare is None:
            raise NoChain(f"the catalogue holds no chain of mode {mode!r} under {constraints}")
        return spare

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

    def _search(
        self,
        mode: Mode,
        rng: random.Random,
        limits: Constraints,
        steering: Steering,
        may_cross: bool,
        patience: int,
    ) -> tuple[Chain | None, bool]:
        """A chain and whether it is new and wished for; (None, False) where none is found."""
        refused: list[Chain] = []
        fresh: list[Chain] = []
        for _ in range(MAX_TRIES):
            plan = draw_plan(mode, limits, steering, may_cross, rng)
            chain = self._draw(plan.explore() if len(refused) > len(fresh) else plan, rng)
            if chain is None:
                continue
            if chain.key not in steering.seen:
                if steering.accepts(chain, rng):
                    return chain, True
                fresh.append(chain)
            refused.append(chain)
            if len(refused) == patience:
                break
        return next(iter(fresh or refused), None), False

    def _draw(self, plan: Plan, rng: random.Random) -> Chain | None:
        """One try; None where it leads nowhere."""
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

    def _draw_start(self, plan: Plan, rng: random.Random) -> str | None:
        """An entry of a domain drawn first, so that small domains come as often as large ones."""
        steering, allowed = plan.steering, plan.limits.domains
        groups = {
            domain: names for domain, names in self._entries.items() if allowed is None or domain in allowed
        }
        sizes = [len(names) if plan.exploring else 1 for names in groups.values()]
        weights = [weigh(steering.domains, domain) * size for domain, size in zip(groups, sizes, strict=True)]
        if not any(weights):
            return None
        names = groups[rng.choices(list(groups), weights)[0]]
        if plan.mode == "clarification_first":
            names = [name for name in names if self.endpoints[name].required]
        weights = [weigh(steering.endpoints, name) for name in names]
        return rng.choices(names, weights)[0] if any(weights) else None

    def _finish(self, walk: Walk, plan: Plan, rng: random.Random) -> Chain | None:
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
