"""Readers of this package's flag values. Each raises ArgumentTypeError, which argparse reports."""

import argparse
from typing import get_args

from toolworlds.records.episodes import Language, Pattern

SHORTEST_RESULT = 800


def read_shares(text: str, known: tuple[str, ...]) -> dict[str, float]:
    """`NAME=SHARE,…` with shares above 0; they are scaled to sum to 1."""
    shares: dict[str, float] = {}
    for pair in text.split(","):
        name, _, number = pair.partition("=")
        try:
            shares[name.strip()] = float(number)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{pair!r} is not NAME=SHARE, e.g. {known[0]}=0.5") from None
        if name.strip() not in known:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        if not 0 < shares[name.strip()] < float("inf"):
            raise argparse.ArgumentTypeError(f"{pair!r}: a share is above 0")
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def read_mix(text: str) -> dict[str, float]:
    """Shares of patterns."""
    return read_shares(text, get_args(Pattern))


def read_languages(text: str) -> dict[str, float]:
    """Shares of languages."""
    return read_shares(text, get_args(Language))


def read_count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def read_length(text: str) -> int:
    """A number of characters that leaves room for one search hit."""
    if not text.isdecimal() or int(text) < SHORTEST_RESULT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {SHORTEST_RESULT}")
    return int(text)


def read_ratio(text: str) -> float:
    """A number from 0 to 1."""
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return ratio


def read_shard(text: str) -> tuple[int, int]:
    """`i/N` with i from 1 to N, as (index from 0, count)."""
    number, slash, count = text.partition("/")
    if not slash or not (number.isdecimal() and count.isdecimal()) or not 1 <= int(number) <= int(count):
        raise argparse.ArgumentTypeError(f"{text!r} is not i/N with i from 1 to N, e.g. 3/16")
    return int(number) - 1, int(count)
