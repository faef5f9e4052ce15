"""One byte form for equal JSON values, and hashes over it."""

import hashlib
import math
import re

from jsonschema_rs import canonical as jsonschema_canonical

from records.base import Json
from records.worlds import WorldState

_SUSPICIOUS = re.compile(r"null|\d{19}")


def canonical(value: Json) -> bytes:
    """The value as UTF-8 JSON: sorted keys, no white space, 1.0 written as 1 and -0.0 as 0.

    Raises ValueError for what files could not hold: NaN, infinity, integers beyond 64 bits, keys that are
    not text, lone surrogates, nesting beyond some 250 levels.
    """
    text = canonical_text(value)
    if _SUSPICIOUS.search(text):  # the serializer writes NaN and infinity as null
        _check_numbers(value)
    return text.encode()


def canonical_text(value: Json) -> str:
    """The canonical form as text, for data already known to hold no NaN (which would read as null)."""
    return jsonschema_canonical.json.to_string(value)


def digest(value: Json) -> str:
    """SHA-256, in hex, of the canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def state_hash(state: WorldState) -> str:
    """SHA-256 of a whole state: the clock, the mint counters that are not zero, every collection's digest."""
    return digest(
        {
            "now": state.now,
            "minted": {name: count for name, count in state.minted.items() if count},
            "collections": {name: digest(entities) for name, entities in state.collections.items()},
        }
    )


def _check_numbers(value: Json) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a JSON number")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"the integer {value} does not fit 64 bits")
    if isinstance(value, dict):
        for item in value.values():
            _check_numbers(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_numbers(item)
