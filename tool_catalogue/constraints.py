"""What a chain must satisfy, what is wished of it, and the plan that one chain is drawn by."""

import random
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from records.catalogues import Chain, Mode

AnyMode = Mode | Literal["mixed"]
MIXTURE: dict[Mode, float] = {
    "sequential": 0.2,
    "multi_tool": 0.2,
    "clarification_first": 0.25,
    "parallel": 0.15,
    "short": 0.2,
}
"""Shares of the modes in `mixed`."""
SHORT = 2
"""Steps of a short chain, at most."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a chain must satisfy."""

    min_length: int = 2
    """Steps; a short chain may have one."""
    max_length: int = 5
    min_tools: int = 1
    """Distinct tools; two in mode multi_tool, one in mode short."""
    max_tools: int | None = None
    domains: Collection[str] | None = None
    """Categories that all steps belong to; None: any."""
    cross_share: float = 0.08
    """Chance of a chain to be allowed categories that no id links, only a value such as a city."""


@dataclass(frozen=True, slots=True)
class Steering:
    """Wishes: weights by name, 1 where none is given, and chains that are there already."""

    domains: Mapping[str, float] = field(default_factory=dict)
    patterns: Mapping[str, float] = field(default_factory=dict)
    endpoints: Mapping[str, float] = field(default_factory=dict)
    seen: Container[str] = ()
    """Keys of chains."""

    def accepts(self, chain: Chain, rng: random.Random) -> bool:
        """Keeps domains and patterns as often as their weights say, against the heaviest of each."""
        return all(
            rng.random() * max(1.0, *weights.values()) < weigh(weights, name)
            for weights, name in ((self.domains, chain.domain), (self.patterns, chain.pattern_type))
            if weights
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What one chain is drawn by."""

    mode: Mode
    length: int
    limits: Constraints
    steering: Steering
    may_cross: bool
    exploring: bool = False
    """Likely chains are known already: unlikely ones are drawn as readily, and long ones first."""

    def explore(self) -> "Plan":
        """The same plan after a chain that was known."""
        return replace(self, length=self.limits.max_length, exploring=True)


def weigh(weights: Mapping[str, float], name: str) -> float:
    """A weight by name; 1 where none is given."""
    return max(0.0, weights.get(name, 1.0))


def order_modes(mode: AnyMode, rng: random.Random) -> list[Mode]:
    """The mode; of `mixed` one drawn by its share, and the others in case it has nothing new."""
    if mode != "mixed":
        return [mode]
    modes = list(MIXTURE)
    ordered: list[Mode] = []
    while modes:
        drawn = rng.choices(modes, [MIXTURE[some] for some in modes])[0]
        modes.remove(drawn)
        ordered.append(drawn)
    return ordered


def draw_plan(
    mode: Mode, limits: Constraints, steering: Steering, may_cross: bool, rng: random.Random
) -> Plan:
    """A plan with a length of its own, within the limits as the mode has them."""
    if mode == "short":
        limits = replace(limits, min_length=1, max_length=min(SHORT, limits.max_length), min_tools=1)
    elif mode == "multi_tool":
        limits = replace(limits, min_tools=max(2, limits.min_tools))
    length = rng.randint(limits.min_length, max(limits.min_length, limits.max_length))
    return Plan(mode, length, limits, steering, may_cross)
