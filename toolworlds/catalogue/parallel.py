"""Chains with a turn of several calls: reading calls that do not depend on each other.

They all take from one call before them, or give together what one later call needs, or ask for the same
thing of the user (hotels and cars in one city) and something follows from them.
"""

import random
from collections import defaultdict
from itertools import islice

from toolworlds.catalogue.constraints import ChainPlan
from toolworlds.catalogue.growth import Growth
from toolworlds.catalogue.kinds import Kind
from toolworlds.catalogue.patterns import reads_only
from toolworlds.catalogue.walk import Links, Walk

WIDEST = 3
"""Calls that share a turn, at most."""


class ParallelTurns:
    """Begins chains with such a turn."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self._asking = self._group_entries()

    def begin(self, start: str, plan: ChainPlan, rng: random.Random) -> Growth | None:
        """The steps up to such a turn, and the call that it leads to if that was the reason; None: none."""
        shapes = [self._fork, self._join, self._ask_together]
        rng.shuffle(shapes)
        for shape in shapes:
            growth = Growth(self.links, plan, rng, Walk(self.links))
            if shape(growth, start):
                return growth
        return None

    def _group_entries(self) -> dict[Kind, list[str]]:
        """Reading entries by the kinds that they ask the user for."""
        asking: dict[Kind, list[str]] = defaultdict(list)
        for name in self.links.entries:
            endpoint = self.links.endpoints[name]
            for parameter in endpoint.required if reads_only(endpoint) else []:
                kind = Kind(parameter.entity, parameter.aspect)
                if kind.flows:
                    asking[kind].append(name)
        return dict(asking)

    def _fork(self, growth: Growth, start: str) -> bool:
        """After the start, calls that all take from it."""
        growth.walk.add(start)
        ready = [
            name
            for name, lacks in growth.walk.list_ready()
            if not lacks and reads_only(self.links.endpoints[name]) and growth.allows(name)
        ]
        room = growth.plan.limits.max_length - 1
        if room < 2:
            return False
        count = growth.rng.randint(2, min(WIDEST, room))
        group = list(islice(growth.draw(ready), count))
        if len(group) > 1:
            growth.walk.add_group(group)
        return len(group) > 1

    def _join(self, growth: Growth, start: str) -> bool:
        """The start beside others that give what one later call needs together with it, then that call."""
        if not reads_only(self.links.endpoints[start]):
            return False
        trial = Growth(self.links, growth.plan, growth.rng, Walk(self.links))
        trial.walk.add(start)
        room = min(WIDEST, growth.plan.limits.max_length - 1)
        targets = [(name, lacks) for name, lacks in trial.walk.list_ready() if 0 < len(lacks) < room]
        for target, lacks in growth.rng.sample(targets, len(targets)):
            support = trial.find_support(target, lacks) if trial.allows(target) else None
            if support and all(reads_only(self.links.endpoints[name]) for name in support):
                growth.walk.add_group([start, *support])
                growth.walk.add(target)
                return True
        return False

    def _ask_together(self, growth: Growth, start: str) -> bool:
        """The start beside others that ask for the same, then something that takes from them."""
        endpoint = self.links.endpoints[start]
        kinds = [Kind(some.entity, some.aspect) for some in endpoint.required]
        others = {name: None for kind in kinds for name in self._asking.get(kind, []) if name != start}
        room = min(WIDEST, growth.plan.limits.max_length - 1)
        if room < 2 or not reads_only(endpoint):
            return False
        trial = Growth(self.links, growth.plan, growth.rng, Walk(self.links))
        trial.walk.add(start)
        allowed = [name for name in others if trial.allows(name)]
        count = growth.rng.randint(2, room) - 1
        group = growth.rng.sample(allowed, min(count, len(allowed)))
        if group:
            growth.walk.add_group([start, *group])
        return bool(group) and growth.extend()
