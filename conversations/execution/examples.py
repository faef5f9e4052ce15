"""New values in the manner of an example: numbers of its size, years near it, numbers spelled in strings."""

import random
import re

from conversations.execution.fields import Field
from toolworlds.language.words import split_name
from toolworlds.records.base import Json

_SIGNED = frozenset(["change", "diff", "difference", "delta", "gain"])


def draw_near(example: Json, rng: random.Random) -> Json:
    """A number of the example's size; up to a hundred without one."""
    if isinstance(example, int) and not isinstance(example, bool) and 0 <= example < 10:
        return rng.randint(min(example, 1), 2 * example + 1)
    if isinstance(example, int) and not isinstance(example, bool) and abs(example) >= 1:
        return round(example * rng.uniform(0.6, 1.5)) or 1
    if isinstance(example, float):
        value = example * rng.uniform(0.6, 1.5)
        return round(min(value, 0.99) if 0 < example < 1 else value, 2)
    return rng.randint(1, 100)


def draw_number_text(example: str, rng: random.Random) -> str | None:
    """Another number with as many decimals as the one that an example spells; None if it spells none."""
    found = re.fullmatch(r"([$€£]?)(-?\d{1,12}(?:\.(\d+))?)", example)
    if found is None or re.match(r"-?0\d", example):
        return None
    return f"{found[1]}{float(found[2]) * rng.uniform(0.6, 1.5):.{len(found[3] or '')}f}"


def draw_year(field: Field, now: int, rng: random.Random) -> int:
    """A year near the example's; of a birth or a founding long ago, of a season of late."""
    words = set(split_name(field.name))
    if "season" in words:
        return now - rng.randint(0, 4)
    if isinstance(field.example, int) and 1400 < field.example < 2100:
        return rng.randint(field.example - 25, min(field.example + 15, max(now, field.example)))
    if words & {"birth", "born", "death", "founded"}:
        return rng.randint(1860, 1990)
    return now - rng.randint(0, 30)


def draw_share(field: Field, rng: random.Random) -> Json:
    """A percentage, or a share of one where the example is; a change may go either way."""
    if set(split_name(field.name)) & _SIGNED and isinstance(field.example, float) and abs(field.example) < 20:
        return round(rng.uniform(-6, 6), 2)
    if isinstance(field.example, float) and 0 < field.example < 1:
        return round(rng.uniform(0.3, 0.98), 2)
    return rng.randint(35, 92) if "humidity" in field.name.lower() else rng.randint(3, 95)
