"""One call being answered: what it says of its reply's fields, and within what bounds it wants values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conversations.execution.fields import Field
from conversations.execution.shapes import Leaf
from conversations.execution.values import Scene
from conversations.execution.world import Thing
from toolworlds.language.words import gather
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint

ORDERED = gather("money rating date moment minutes people distance temperature calories year rooms")
"""Kinds whose values a parameter can bound."""


@dataclass(slots=True)
class Call:
    """One call being answered."""

    endpoint: Endpoint
    arguments: Mapping[str, Json]
    cause: str
    """Endpoint and arguments as text: what everything new follows from."""
    scene: Scene
    fields: dict[str, Field]
    """The endpoint's parameters."""
    subjects: dict[str, Thing] = field(default_factory=dict)
    """Entity -> the thing whose id the call names."""
    most: int | None = None
    """Items that the caller wants at most."""
    is_empty: bool = False
    listed: set[Json] = field(default_factory=set)
    """Ids of the items of its lists: what is listed inherits nothing."""

    def echo(self, leaf: Leaf) -> Json:
        """What the call itself says of a field; None if nothing."""
        sought = leaf.kind == "name" and self.endpoint.intent == "search"
        if leaf.name in self.arguments and not sought:
            return self.arguments[leaf.name]
        if (
            leaf.kind in ("id", "name", "text", "message", "status", "money", "boolean")
            or not leaf.field.aspect
        ):
            return None
        alike = [
            name
            for name in self.arguments
            if name in self.fields
            and not (leaf.kind in ORDERED and self.fields[name].side in ("min", "max"))
            and (self.fields[name].entity, self.fields[name].aspect) == (leaf.field.entity, leaf.field.aspect)
            and self.fields[name].kind == leaf.kind
        ]
        return self.arguments[alike[0]] if len(alike) == 1 else None

    def find_default(self, name: str) -> Json:
        """What the endpoint assumes of a parameter that the call leaves out; None if nothing."""
        left_out = (p for p in self.endpoint.parameters if p.name == name and name not in self.arguments)
        return next((parameter.default for parameter in left_out), None)

    def bounds(self, kind: str) -> tuple[Json, Json]:
        """The least and the most that the call allows values of a kind."""
        low = high = None
        for name, value in self.arguments.items():
            if name in self.fields and self.fields[name].kind == kind:
                side = self.fields[name].side
                low, high = (value if side == "min" else low), (value if side == "max" else high)
        return low, high
