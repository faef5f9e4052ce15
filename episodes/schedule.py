"""Which episode shows what: plans, languages and splits in exact shares, shuffled by the seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from episodes.patterns import PLANS
from episodes.splits import VALIDATION_SHARE
from toolworlds.records.episodes import Language, Split
from utils import UserError

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class ScheduledEpisode:
    """What one episode is to be."""

    plan: str
    language: Language
    split: Split


Places = Mapping[str, list[tuple[Language, Split]]]
"""Plan -> the languages and splits in which it has something to speak of."""


def make_schedule(
    count: int, seed: int, mix: Mapping[str, float], languages: Mapping[Language, float], places: Places
) -> list[ScheduledEpisode]:
    """`count` slots; each share is met as exactly as whole numbers allow."""
    splits: dict[Split, float] = {"train": 1 - VALIDATION_SHARE, "validation": VALIDATION_SHARE}
    slots: list[ScheduledEpisode] = []
    for plan, number in share_out(count, weigh_plans(mix, places)).items():
        weights = {
            ScheduledEpisode(plan, language, split): languages.get(language, 0.0) * splits[split]
            for language, split in places[plan]
            if languages.get(language, 0.0) > 0
        }
        for slot, times in share_out(number, weights, random.Random(f"{seed}:{plan}")).items():
            slots += [slot] * times
    random.Random(f"{seed}:schedule").shuffle(slots)
    return slots


def weigh_plans(mix: Mapping[str, float], places: Places) -> dict[str, float]:
    """Plan -> weight. A plan that has nothing to speak of leaves its share to others with as many calls."""
    chosen = {name: plan for name, plan in PLANS.items() if not mix or plan.pattern in mix}
    weights = {name: plan.share for name, plan in chosen.items()}
    for pattern, weight in mix.items():
        own = [name for name, plan in chosen.items() if plan.pattern == pattern]
        total = sum(PLANS[name].share for name in own)
        weights.update({name: weight * PLANS[name].share / total for name in own})
    possible = {name for name in chosen if places.get(name)}
    for kind in (0, 1, 2):
        alike = [name for name in chosen if min(2, len(PLANS[name].calls)) == kind]
        wanted, there = sum(weights[n] for n in alike), sum(weights[n] for n in alike if n in possible)
        for name in alike:
            weights[name] = weights[name] * wanted / there if name in possible and there else 0.0
    if not any(weights.values()):
        raise UserError(
            "nothing can be generated: the workspace holds no sections, or --mix names none that can"
        )
    return {name: weight for name, weight in weights.items() if weight}


def share_out(count: int, weights: Mapping[K, float], rng: random.Random | None = None) -> dict[K, int]:
    """Whole numbers that sum to `count`; what is left after rounding down goes to the largest rests."""
    total = sum(weights.values())
    exact = {key: count * weight / total for key, weight in weights.items()}
    numbers = {key: int(value) for key, value in exact.items()}
    shift = {key: rng.random() if rng else 0.0 for key in weights}
    by_rest = sorted(weights, key=lambda key: numbers[key] - exact[key] + shift[key])
    for key in by_rest[: count - sum(numbers.values())]:
        numbers[key] += 1
    return numbers
