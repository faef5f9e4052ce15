"""Plausible mistakes: a value that looks like the right one and is not."""

import random
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from toolworlds.records.base import Json

ID = re.compile(r"[a-z][a-z0-9]{0,9}_[0-9a-f]{8}")
"""An entity's id as code mints it."""


def alter(value: Json, rng: random.Random, others: Sequence[Json] = ()) -> Json:
    """Another value of the same kind; one of `others` if there is one that differs."""
    choices = [other for other in others if other != value]
    if choices:
        return rng.choice(choices)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + rng.choice((1, 2, 5))
    if isinstance(value, list):
        return value[:-1] if value else [None]
    return _alter_text(value, rng) if isinstance(value, str) else "unknown"


def _alter_text(text: str, rng: random.Random) -> str:
    if ID.fullmatch(text):
        digit = rng.choice([d for d in "0123456789abcdef" if d != text[-1]])
        return text[:-1] + digit
    for kind in (date, datetime):
        try:
            return (kind.fromisoformat(text) + timedelta(days=rng.choice((1, 2, 7)))).isoformat()
        except ValueError:
            continue
    return f"{text} (changed)" if text else "changed"
