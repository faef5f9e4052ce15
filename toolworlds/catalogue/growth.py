"""How a chain grows: each step takes something from the ones before, and what else it needs is fetched."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolworlds.catalogue.constraints import ChainPlan
from toolworlds.catalogue.walk import Links, Walk

LATEST = 2.0
"""How much likelier a step is that takes something from the latest one."""
AFTERTHOUGHT = 0.3
"""How much less likely it is that what was just made is deleted."""


@dataclass(slots=True)
class Growth:
    """One chain under one plan."""

    links: Links
    plan: ChainPlan
    rng: random.Random
    walk: Walk

    def extend(self) -> bool:
        """Adds a step, after the ones that its other ids come from; False where none fits."""
        room = self.plan.length - len(self.walk.steps)
        ready = {
            name: lacks for name, lacks in self.walk.list_ready() if len(lacks) < room and self.allows(name)
        }
        for name in self.draw(self._prefer_new_tools(list(ready))):
            if (support := self.find_support(name, ready[name])) is not None:
                for step in (*support, name):
                    self.walk.add(step)
                return True
        return False

    def find_support(self, name: str, lacks: frozenset[str]) -> list[str] | None:
        """For each id that is still lacking an endpoint that gives it and can be called at once."""
        support: list[str] = []
        for parameter in sorted(lacks):
            givers = [
                giver
                for giver in self.links.givers[name].get(parameter, [])
                if not self.links.needs[giver]
                and giver not in self.walk.steps
                and giver not in support
                and self.allows(giver)
            ]
            if not givers:
                return None
            support.append(self.rng.choice(givers))
        return support

    def allows(self, name: str) -> bool:
        """Whether domains, tools and the relations between categories permit this step."""
        endpoint = self.links.endpoints[name]
        limits = self.plan.limits
        if limits.domains is not None and endpoint.category not in limits.domains:
            return False
        tools = self.walk.tools
        if limits.max_tools is not None and endpoint.tool_id not in tools and len(tools) >= limits.max_tools:
            return False
        return self.plan.may_cross or all(
            self.links.are_related(endpoint.category, category) for category in self.walk.categories
        )

    def draw(self, names: Sequence[str]) -> Iterator[str]:
        """All of them, one after the other: the likelier ones are apt to come first."""
        weights = [self._weigh(name) for name in names]
        while any(weights):
            place = self.rng.choices(range(len(names)), weights)[0]
            weights[place] = 0.0
            yield names[place]

    def _weigh(self, name: str) -> float:
        """Strong links and what the latest step gives come first."""
        weight = self.walk.strengths[name] ** 2
        if self.links.endpoints[name].intent == "delete":
            weight *= AFTERTHOUGHT
        latest = len(self.walk.steps) - 1
        if any(step == latest for step, _ in self.walk.offers[name].values()):
            weight *= LATEST
        return weight

    def _prefer_new_tools(self, names: list[str]) -> list[str]:
        """While tools are missing, only steps of new ones, if there are any."""
        tools = self.walk.tools
        if len(tools) >= self.plan.limits.min_tools:
            return names
        return [name for name in names if self.links.endpoints[name].tool_id not in tools] or names
