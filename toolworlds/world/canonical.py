"""One byte form for equal JSON values, and hashes over it."""

import hashlib
import math

import orjson
from jsonschema_rs import canonical as jsonschema_canonical

from toolworlds.records.base import Json
from toolworlds.records.worlds import WorldState


def canonical(value: Json) -> bytes:
    """The value as UTF-8 JSON: sorted keys, no white space, 1.0 written as 1 and -0.0 as 0.

    Raises ValueError for what files could not hold: NaN, infinity, integers beyond 64 bits, keys that are
    not text, lone surrogates, nesting beyond some 250 levels.
    """
    try:
        orjson.dumps(value)  # refuses what the canonical form would let pass: huge integers, odd keys
    except TypeError as error:
        raise ValueError(f"not plain JSON: {error}") from error
    text = canonical_text(value)
    if "null" in text:  # both serializers write NaN and infinity as null
        _refuse_non_finite(value)
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


def _refuse_non_finite(value: Json) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a JSON number")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_non_finite(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_non_finite(item)
