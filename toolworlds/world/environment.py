"""An environment ready for use: one world's schema, the tools that act on it, their twins, a worker."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from toolworlds.records.base import Entity, Json
from toolworlds.records.tools import Footprint, Proposal, ToolSpec, Twin
from toolworlds.records.worlds import WorldSchema, WorldState
from toolworlds.world.canonical import canonical
from toolworlds.world.interface import Interface
from toolworlds.world.schema import Collection
from toolworlds.world.soundness import check_tools, check_twins, check_world_schema
from toolworlds.world.starlark import Check, StarlarkWorker


class Environment:
    """Compiled once per spec or row, from parts that `check_environment` finds sound."""

    def __init__(
        self,
        world_schema: WorldSchema,
        tools: Iterable[ToolSpec],
        twins: Mapping[str, Twin],
        worker: StarlarkWorker,
    ) -> None:
        self.schema = world_schema
        self.tools = {tool.tool_name: tool for tool in tools}
        self.twins = dict(twins)
        self.worker = worker
        self.collections = {
            name: Collection.compile(name, spec) for name, spec in world_schema.collections.items()
        }
        self.interfaces = {name: Interface.compile(world_schema, tool) for name, tool in self.tools.items()}

    def footprint(self, tool_name: str) -> Footprint:
        """The tool's footprint, closed over references."""
        return self.interfaces[tool_name].footprint

    def view(self, state: WorldState, tool_name: str) -> dict[str, list[Entity]]:
        """What a call of the tool may look at: the collections of its closed footprint."""
        return {name: state.collections[name] for name in self.footprint(tool_name).reads}

    def run_twin(self, state: WorldState, tool_name: str, arguments: Mapping[str, Json]) -> Proposal:
        """What the tool's twin says of admitted arguments. Raises TwinFault; KeyError without a twin."""
        spread = self.interfaces[tool_name].spread(arguments)
        return self.worker.run_twin(self.twins[tool_name], self.view(state, tool_name), spread, state.now)

    def check_state(self, state: WorldState) -> list[str]:
        """Reasons against a state: clock, collections, ids, types, references, statuses, invariants."""
        reasons = _check_clock(state.now) + _check_names(self.collections, state)
        if reasons:
            return reasons
        for name, collection in self.collections.items():
            reasons += _check_ids(collection, state.collections[name])
        if reasons:
            return reasons
        for name, collection in self.collections.items():
            for entity in state.collections[name]:
                reasons += collection.find_type_problems(entity)
                reasons += self.find_reference_problems(state.collections, collection, entity)
        return reasons + self.find_broken_invariants(state.collections)

    def find_reference_problems(
        self, collections: Mapping[str, Sequence[Entity]], collection: Collection, entity: Entity
    ) -> list[str]:
        """References of an entity that lead nowhere; null is no reference."""
        return [
            f"{collection.describe(entity)}: {field} is {entity[field]!r}, but {target} has no such entity"
            for field, target in collection.spec.references.items()
            if entity.get(field) is not None
            and self.collections[target].place(collections[target], entity[field]) is None
        ]

    def find_broken_invariants(self, touched: Mapping[str, Sequence[Entity]]) -> list[str]:
        """Invariants that the given entities (by collection) break; asked of the worker in one round trip."""
        checks = {
            name: Check(predicates, entities)
            for name, entities in touched.items()
            if entities and (predicates := self.collections[name].invariants)
        }
        if not checks:
            return []
        names, reasons = list(checks), []
        for place, value, predicate in self.worker.failing_predicates(list(checks.values())):
            collection = self.collections[names[place]]
            entity = checks[names[place]].values[value]
            invariant = collection.spec.invariants[predicate]
            reasons.append(f"{collection.describe(entity)}: {invariant.message} ({invariant.predicate})")
        return reasons


def check_environment(
    world_schema: WorldSchema,
    state: WorldState,
    tools: Sequence[ToolSpec],
    twins: Mapping[str, Twin],
    worker: StarlarkWorker,
) -> list[str]:
    """Everything that a world, its state, its tools and their twins must satisfy; [] if all is sound."""
    reasons = check_world_schema(world_schema, worker)
    if reasons:
        return reasons
    reasons = check_tools(world_schema, tools, worker)
    reasons += check_twins([tool.tool_name for tool in tools], twins, worker)
    return reasons + Environment(world_schema, [], {}, worker).check_state(state)


def _check_clock(now: str) -> list[str]:
    try:
        clock = datetime.fromisoformat(now)
    except ValueError:
        clock = None
    if clock is None or clock.tzinfo or len(now) != len("2026-03-10T09:00:00"):
        return [f"now: {now!r} is no time like 2026-03-10T09:00:00"]
    return []


def _check_names(collections: Mapping[str, Collection], state: WorldState) -> list[str]:
    missing = [
        f"{name}: the state lacks this collection" for name in collections if name not in state.collections
    ]
    unknown = [
        f"{name}: the world schema has no such collection"
        for name in {**state.collections, **state.minted}
        if name not in collections
    ]
    return missing + unknown


def _check_ids(collection: Collection, entities: Sequence[Entity]) -> list[str]:
    field = collection.spec.id_field
    wrong = [entity.get(field) for entity in entities if not isinstance(entity.get(field), str)]
    if wrong:
        return [f"{collection.name}: {field} is {value!r}, not a text" for value in wrong]
    ids: list[str] = [entity[field] for entity in entities]
    doubled = [value for value, count in sorted(Counter(ids).items()) if count > 1]
    if doubled:
        return [f"{collection.name}: {field} {value!r} is used more than once" for value in doubled]
    if ids != sorted(ids):
        return [f"{collection.name}: entities are not sorted by {field}"]
    return _check_plainness(collection, entities)


def _check_plainness(collection: Collection, entities: Sequence[Entity]) -> list[str]:
    reasons = []
    for entity in entities:
        try:
            canonical(entity)
        except ValueError as error:
            reasons.append(f"{collection.describe(entity)}: {error}")
    return reasons
