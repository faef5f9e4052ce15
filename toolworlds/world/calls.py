"""Whether a call's arguments fit, and whether its reply is an error or an empty result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from toolworlds.records.base import Json
from toolworlds.world.json_schema import Schema

FaultKind = Literal["missing", "unknown", "value"]
ORDER: tuple[FaultKind, ...] = ("unknown", "missing", "value")


@dataclass(frozen=True, slots=True)
class ArgumentFault:
    """Why the arguments of a call do not fit."""

    kind: FaultKind
    argument: str | None
    """None where no single one is at fault."""
    keyword: str
    """The schema's word that refuses, e.g. `enum`."""
    message: str


def find_argument_faults(schema: Schema, arguments: Mapping[str, Json]) -> list[ArgumentFault]:
    """What a tool's schema has against arguments, once each: unknown ones, missing ones, wrong values."""
    found: dict[str | None, ArgumentFault] = {}
    for fault in _list_faults(schema, arguments):
        found.setdefault(fault.argument, fault)
    return sorted(found.values(), key=lambda f: (ORDER.index(f.kind), f.argument is not None))


def _list_faults(schema: Schema, arguments: Mapping[str, Json]) -> Iterator[ArgumentFault]:
    for misfit in schema.list_misfits(dict(arguments)):
        keyword = str(misfit.keywords[-1]) if misfit.keywords else ""
        if misfit.path or not misfit.names:
            argument = str(misfit.path[0]) if misfit.path else None
            yield ArgumentFault("value", argument, keyword, str(misfit))
        elif keyword == "required":
            yield from (
                ArgumentFault("missing", n, keyword, f"{n!r} is needed and not given") for n in misfit.names
            )
        else:
            yield from (
                ArgumentFault("unknown", n, keyword, f"there is no argument {n!r}") for n in misfit.names
            )


def is_error(reply: Json) -> bool:
    """Whether a reply says that the call failed: it holds an `error` that says something."""
    return isinstance(reply, dict) and bool(reply.get("error"))


def is_empty(reply: Json) -> bool:
    """Whether a search found nothing: there are lists, also within objects, and nothing in any of them."""
    lists = list(_list_lists(reply))
    return bool(lists) and not any(lists)


def _list_lists(reply: Json) -> Iterator[list[Json]]:
    if isinstance(reply, list):
        yield reply
    elif isinstance(reply, dict):
        for value in reply.values():
            yield from _list_lists(value)
