"""A tool's declared interface, compiled once: argument checks, defaults, preconditions, closed footprint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from toolworlds.records.base import Json
from toolworlds.records.tools import Footprint, ToolSpec
from toolworlds.records.worlds import WorldSchema
from toolworlds.world.json_schema import Schema, compile_schema
from toolworlds.world.starlark import Predicates, compile_predicates


def close_footprint(schema: WorldSchema, declared: Footprint) -> Footprint:
    """The collections that a call's outcome may depend on.

    Reads are the declared reads, the writes, and every collection that a written one refers to: whether a
    write holds is decided by these alone. (A deletion also asks who refers to the deleted entity; commit
    allows it only where those collections are declared as reads.) Writes stay as declared. Both are sorted.
    """
    targets = {
        target for written in declared.writes for target in schema.collections[written].references.values()
    }
    return Footprint(
        reads=sorted({*declared.reads, *declared.writes, *targets}), writes=sorted(set(declared.writes))
    )


def list_defaults(parameters: dict[str, Json]) -> dict[str, Json]:
    """argument -> default, for those arguments of a parameters schema that have one."""
    properties: dict[str, Json] = parameters.get("properties", {})
    return {
        name: rule["default"]
        for name, rule in properties.items()
        if isinstance(rule, dict) and "default" in rule
    }


@dataclass(frozen=True, slots=True)
class Interface:
    """What the gate and the commit need to know of a tool."""

    tool: ToolSpec
    footprint: Footprint
    """Closed."""
    parameters: tuple[str, ...]
    defaults: Mapping[str, Json]
    arguments: Schema
    """Checks the arguments of a call."""
    rules: tuple[str, ...]
    """The words of those usage rules that have a precondition."""
    preconditions: Predicates | None

    @classmethod
    def compile(cls, schema: WorldSchema, tool: ToolSpec) -> Self:
        """Raises SchemaFault when the parameters are no JSON Schema, KeyError for an unknown collection."""
        parameters = tuple(tool.parameters.get("properties", {}))
        conditions = [(rule.rule, rule.precondition) for rule in tool.usage if rule.precondition]
        expressions = [expression for _, expression in conditions]
        return cls(
            tool=tool,
            footprint=close_footprint(schema, tool.footprint),
            parameters=parameters,
            defaults=list_defaults(tool.parameters),
            arguments=compile_schema(tool.parameters),
            rules=tuple(words for words, _ in conditions),
            preconditions=compile_predicates(expressions, parameters) if expressions else None,
        )

    def spread(self, arguments: Mapping[str, Json]) -> dict[str, Json]:
        """Every parameter with its argument, omitted ones with None: what twins and preconditions see."""
        return {name: arguments.get(name) for name in self.parameters}
