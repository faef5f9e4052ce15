"""Mistakes planted on purpose, at given rates: a truth against which judges and checks can be measured."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from toolworlds.errors import UserError
from toolworlds.models.embedded.mistakes import alter
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Request

FaultKind = Literal["malformed_json", "wrong_argument", "wrong_delta", "wrong_verdict"]
"""
malformed_json  the reply is cut off in its middle
wrong_argument  one argument of the call is changed
wrong_delta     one operation of a proposed delta is forgotten, or its increment doubled
wrong_verdict   a judge says the opposite
"""

FaultRates = Mapping[FaultKind, float]

OPPOSITES = {
    "correct": "incorrect",
    "incorrect": "correct",
    "accept": "reject",
    "reject": "accept",
    "solved": "unsolved",
    "unsolved": "solved",
}


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted mistake: which call, what kind, and what the reply would have been without it."""

    request_id: str
    role: str
    kind: FaultKind
    truth: Completion


def check_rates(rates: Mapping[str, float]) -> dict[FaultKind, float]:
    """The rates by kind. Raises UserError for an unknown kind or a rate outside 0 to 1."""
    kinds = {str(kind): kind for kind in get_args(FaultKind)}
    for name, rate in rates.items():
        if name not in kinds:
            raise UserError(f"--procedural-faults: unknown kind {name!r}; the kinds are {', '.join(kinds)}")
        if not 0 <= rate <= 1:
            raise UserError(f"--procedural-faults: {name}={rate:g} is no rate from 0 to 1, e.g. {name}=0.1")
    return {kinds[name]: rate for name, rate in rates.items()}


def plant_fault(
    request: Request, completion: Completion, rates: FaultRates, seed: int
) -> tuple[Completion, Planted | None]:
    """The completion with at most one mistake, the first kind that is drawn and fits the reply."""
    for kind in sorted(rates):
        rng = random.Random(f"{seed}:{request.request_id}:{kind}")
        if rng.random() >= rates[kind]:
            continue
        spoiled = _SPOILERS[kind](completion, rng)
        if spoiled is not None:
            return spoiled, Planted(request.request_id, request.role, kind, completion)
    return completion, None


def _cut_off(completion: Completion, rng: random.Random) -> Completion | None:
    if not completion.text.startswith("{"):
        return None
    return replace(completion, text=completion.text[: rng.randrange(1, len(completion.text))])


def _change_argument(completion: Completion, rng: random.Random) -> Completion | None:
    if completion.tool_calls:
        call = completion.tool_calls[0]
        arguments = json.loads(call["function"]["arguments"])
        if not arguments:
            return None
        function = call["function"] | {"arguments": json.dumps(_change_one(arguments, rng))}
        calls = (call | {"function": function}, *completion.tool_calls[1:])
        return replace(completion, tool_calls=calls)
    reply = _read(completion)
    call = reply.get("call") or {}
    if not call.get("arguments"):
        return None
    return _write(completion, reply | {"call": call | {"arguments": _change_one(call["arguments"], rng)}})


def _change_one(arguments: dict[str, Json], rng: random.Random) -> dict[str, Json]:
    name = rng.choice(sorted(arguments))
    return arguments | {name: alter(arguments[name], rng)}


def _spoil_delta(completion: Completion, rng: random.Random) -> Completion | None:
    reply = _read(completion)
    delta = list(reply.get("delta") or [])
    if not delta:
        return None
    position = rng.randrange(len(delta))
    operation = delta.pop(position)
    if "increment" in operation:
        doubled = {"$calc": "by + by", "vars": {"by": operation["by"]}}
        delta.insert(position, operation | {"by": doubled})
    return _write(completion, reply | {"delta": delta})


def _flip_verdict(completion: Completion, rng: random.Random) -> Completion | None:
    reply = _read(completion)
    opposite = OPPOSITES.get(reply.get("verdict", ""))
    if opposite is None:
        return None
    praised = opposite in ("correct", "accept", "solved")
    problem = "" if praised else rng.choice(("It does not do what was asked.", "A value is not right."))
    return _write(completion, reply | {"problem": problem, "verdict": opposite})


def _read(completion: Completion) -> dict[str, Json]:
    """The reply object; a final message that is plain text holds none."""
    if not completion.text.startswith("{"):
        return {}
    reply: dict[str, Json] = json.loads(completion.text)
    return reply


def _write(completion: Completion, reply: dict[str, Json]) -> Completion:
    return replace(completion, text=json.dumps(reply, ensure_ascii=False))


_SPOILERS: dict[FaultKind, Callable[[Completion, random.Random], Completion | None]] = {
    "malformed_json": _cut_off,
    "wrong_argument": _change_argument,
    "wrong_delta": _spoil_delta,
    "wrong_verdict": _flip_verdict,
}
