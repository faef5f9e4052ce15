"""JSON Schemas, compiled in this one place: nothing is fetched, and every check ends in bounded time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import jsonschema_rs

from toolworlds.records.base import Json
from toolworlds.world.json_paths import Steps, show_path
from toolworlds.world.schema_cost import SchemaFault, measure_schema

PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000, size_limit=1_000_000)
"""Patterns run in linear time; those that look around give up, as not matching, after so many steps back."""
CHEAP = 50
"""Evaluations at one place of a value below which no value is too large."""
MOST_EVALUATIONS = 20_000_000
"""Evaluations that checking one value may take."""
MOST_LEVELS = 250
"""Levels of a value that are looked at."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing in which a value does not fit a schema."""

    path: Steps
    """Where in the value."""
    message: str
    keywords: Steps
    """Where in the schema; the last one is the keyword that refuses, e.g. `required`."""
    names: tuple[str, ...] = ()
    """The properties that are missing, or that are not allowed."""

    def __str__(self) -> str:
        """E.g. `hours: 0 is less than the minimum of 1`."""
        return (f"{show_path(self.path)}: " if self.path else "") + self.message[:300]


class Schema:
    """A compiled schema."""

    def __init__(self, text: str) -> None:
        schema = json.loads(text)
        self._cost = measure_schema(schema)
        if isinstance(schema, dict):
            # The dialect is always 2020-12; references lead to places in this document, whatever its name.
            schema = {key: held for key, held in schema.items() if key not in ("$schema", "$id")}
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                schema, offline=True, pattern_options=PATTERNS
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise SchemaFault(str(error).splitlines()[0][:300]) from error

    def fits(self, value: Json) -> bool:
        """Whether the schema has nothing against the value."""
        return self.find_misfit(value) is None

    def find_misfit(self, value: Json) -> Misfit | None:
        """What is wrong first, e.g. `hours: 0 is less than the minimum of 1`; None if the value fits."""
        return next(self.list_misfits(value), None)

    def list_misfits(self, value: Json) -> Iterator[Misfit]:
        """All that is wrong. What no file could hold, or is too large to be checked, does not fit."""
        if problem := self._find_excess(value):
            yield Misfit((), problem, ())
            return
        try:
            if not self._validator.is_valid(value):
                yield from map(_read_error, self._validator.iter_errors(value))
        except (ValueError, TypeError, RecursionError) as error:
            yield Misfit((), f"not plain JSON: {str(error).splitlines()[0]:.200}", ())

    def _find_excess(self, value: Json) -> str | None:
        """Whether checking the value could take too long, found before it is begun."""
        if self._cost.evaluations <= CHEAP and self._cost.levels is None:
            return None
        size, levels, layer = 0, 0, [value]
        while layer:
            size, levels = size + len(layer), levels + 1
            inner = (v.values() if isinstance(v, dict) else v for v in layer if isinstance(v, dict | list))
            layer = [member for members in inner for member in members]
            if levels > (self._cost.levels or MOST_LEVELS):
                return f"nested more than {levels - 1} levels deep, deeper than this schema can be checked on"
            if size * self._cost.evaluations > MOST_EVALUATIONS:
                return "too large to be checked against this schema"
        return None


def compile_schema(schema: Json) -> Schema:
    """The schema, ready to check values. Raises SchemaFault.

    `true` and `false` are schemas. Rows of one environment repeat theirs; each is compiled once.
    """
    try:
        return _compile_text(json.dumps(schema, allow_nan=False))
    except (ValueError, TypeError, RecursionError) as error:
        raise error if isinstance(error, SchemaFault) else SchemaFault(f"no plain JSON: {error}") from error


_compile_text = lru_cache(maxsize=4096)(Schema)


def _read_error(error: jsonschema_rs.ValidationError) -> Misfit:
    names: list[str] = []
    if error.kind.name in ("required", "additionalProperties", "unevaluatedProperties"):
        said = error.kind.as_dict()
        names = said.get("unexpected") or [said["property"]]
    return Misfit(tuple(error.instance_path), error.message, tuple(error.schema_path), tuple(names))
