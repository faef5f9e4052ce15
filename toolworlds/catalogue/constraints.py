"""What a chain must satisfy, and the plan that one chain is drawn by."""

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from toolworlds.records.catalogues import Mode

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
class ChainPlan:
    """What one chain is drawn by."""

    mode: Mode
    length: int
    limits: Constraints
    may_cross: bool


def order_modes(mode: AnyMode, rng: random.Random) -> list[Mode]:
    """The mode; of `mixed` one drawn by its share, and the others in case the catalogue has none of it."""
    if mode != "mixed":
        return [mode]
    modes = list(MIXTURE)
    ordered: list[Mode] = []
    while modes:
        drawn = rng.choices(modes, [MIXTURE[some] for some in modes])[0]
        modes.remove(drawn)
        ordered.append(drawn)
    return ordered


def draw_plan(mode: Mode, limits: Constraints, may_cross: bool, rng: random.Random) -> ChainPlan:
    """A plan with a length of its own, within the limits as the mode has them."""
    if mode == "short":
        limits = replace(limits, min_length=1, max_length=min(SHORT, limits.max_length), min_tools=1)
    elif mode == "multi_tool":
        limits = replace(limits, min_tools=max(2, limits.min_tools))
    length = rng.randint(limits.min_length, max(limits.min_length, limits.max_length))
    return ChainPlan(mode, length, limits, may_cross)
