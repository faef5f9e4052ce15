"""What a request is worded from: a sampled call, the world it acts on, and the calls before it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from toolworlds.models.embedded.archetypes.compile import CompiledTool
from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning
from toolworlds.models.embedded.call_sampling import AskedFact, SampledCall
from toolworlds.models.embedded.entities import Domain, EntityType
from toolworlds.models.embedded.generators import Person
from toolworlds.models.embedded.phrasing.styles import WritingStyle
from toolworlds.models.embedded.pointing import target_of
from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import Delta, Insert, WorldState
from toolworlds.world.interface import list_defaults
from toolworlds.world.json_paths import Steps, walk_leaves


class Unspeakable(Exception):  # noqa: N818 — says what happened; caught by whoever samples
    """No person could say which entity is meant without naming an id that only the system knows."""


def is_person(kind: EntityType) -> bool:
    """Whether entities of this kind are people."""
    return kind.label is not None and isinstance(kind.generators[kind.label], Person)


@dataclass(frozen=True)
class Earlier:
    """A call of an earlier turn and what it returned."""

    tool: CompiledTool
    arguments: dict[str, Json]
    reply: Json
    delta: Delta

    @cached_property
    def leaves(self) -> list[tuple[Steps, Json]]:
        """All that the reply brought to light, with its places."""
        return list(walk_leaves(self.reply))

    @property
    def creates(self) -> bool:
        """Whether it made a new entity of the tool's collection."""
        made = (operation.insert for operation in self.delta if isinstance(operation, Insert))
        return self.tool.collection in made

    @property
    def hits(self) -> list[Entity] | None:
        """The entities that the call listed; None if it lists none."""
        lists = (held for held in self.reply.values() if isinstance(held, list))
        return next(lists, None)

    @property
    def is_complete(self) -> bool:
        """Whether the list holds all that it could, or as many as were asked for in words."""
        if self.arguments.keys() & {"page_size", "limit"}:
            return True
        shown, cut = len(self.hits or []), list_defaults(self.tool.spec.parameters).get("limit")
        return bool(self.reply["total"] == shown if "total" in self.reply else cut is None or shown < cut)


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """One turn to be put into words."""

    domain: Domain
    state: WorldState
    """Before the call."""
    tool: CompiledTool
    call: SampledCall
    facts: Sequence[AskedFact]
    """Those that are asked for."""
    earlier: Sequence[Earlier]
    style: WritingStyle
    rng: random.Random

    @property
    def archetype(self) -> str:
        """The name of the tool's archetype."""
        return self.tool.operation.archetype

    def speak(self, value: Json, unit: str | None) -> str:
        """A value in the style's manner."""
        return self.style.manner.write(value, unit, int(self.state.now[:4]))

    def given(self) -> Iterator[ArgumentMeaning]:
        """The arguments that the call gives, in the tool's order."""
        return (meaning for name, meaning in self.tool.arguments.items() if name in self.call.arguments)

    def target(self, meaning: ArgumentMeaning) -> str | None:
        """The collection whose ids the argument takes; None when it takes none."""
        return target_of(meaning, self.domain)

    def entity(self, collection: str, entity_id: Json) -> Entity | None:
        """An entity of the world before the call."""
        held = self.state.collections[collection]
        return next((entity for entity in held if entity["id"] == entity_id), None)
