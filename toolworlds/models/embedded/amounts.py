"""Amounts as people choose them: round for their size."""

import math
import random

from toolworlds.records.base import Json
from toolworlds.world.calc import round_to

_STEPS = (100, 50, 10, 5, 1, 0.5, 0.1, 0.05, 0.01)


def draw_amounts(rng: random.Random, low: float, high: float, whole: bool) -> list[Json]:
    """Some amounts from `low` to `high`, not zero, in the widest steps that leave a choice; may be none."""
    step = _widest_step((high - low) / 6, whole)
    first, last = math.ceil(low / step), math.floor(high / step)
    amounts = [round_to(rng.randint(min(first, last), last) * step, 0 if whole else 2) for _ in range(4)]
    return [amount for amount in amounts if amount and low <= amount <= high]


def round_nicely(value: float, whole: bool, *, up: bool) -> Json:
    """A round amount at most, or at least, this one."""
    step = _widest_step(abs(value) / 4, whole)
    count = math.ceil(round(value / step, 6)) if up else math.floor(round(value / step, 6))
    return round_to(count * step, 0 if whole else 2)


def _widest_step(most: float, whole: bool) -> float:
    step = next((step for step in _STEPS if step <= most), _STEPS[-1])
    return max(step, 1) if whole else step
