"""Plots: calls that follow one another, each valid, speakable, and leaving room for the rest of a chain."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from toolworlds.models.embedded.archetypes.compile import CompiledTool
from toolworlds.models.embedded.drawing import SampledCall, attempt_on, draw
from toolworlds.models.embedded.kits import CompiledSubfield
from toolworlds.models.embedded.phrasing.facts import pick_facts
from toolworlds.models.embedded.phrasing.pointing import is_speakable
from toolworlds.models.embedded.phrasing.scene import Earlier, PlannedTurn, archetype_of
from toolworlds.models.embedded.phrasing.voices import WritingStyle
from toolworlds.records.base import Json
from toolworlds.records.tasks import Turn
from toolworlds.records.worlds import Delta, Insert, Update, WorldState
from toolworlds.world.delta import apply_delta
from toolworlds.world.environment import Environment
from toolworlds.world.interface import list_defaults

DRAWS = 3
"""Draws of one call among which one must be speakable."""
CUTS = ("page_size", "limit")
"""Arguments that cut a list short."""
FUTURES = 2
"""Scenes of one call that are tried, each with all that may follow."""

ENDINGS = ("cancel", "remove")
"""Archetypes after which it was no use to have changed the entity."""
SECOND_THOUGHTS = ("escalate", "extend", "reschedule", "update", "reassign", "release", "swap", *ENDINGS)
"""Archetypes that nobody uses on what was just made: it would have been made so at once."""


@dataclass(frozen=True, slots=True)
class TaskPlanner:
    """A story so far: the world as it stands, and the calls that led there."""

    kit: CompiledSubfield
    env: Environment
    state: WorldState
    voice: WritingStyle
    origin: WorldState
    """Before the first call."""
    earlier: tuple[Earlier, ...] = ()

    def compose(self, tools: Sequence[str], rng: random.Random) -> tuple[PlannedTurn, ...] | None:
        """Scenes that call these tools one after the other; None when no way was found in some tries."""
        if not tools:
            return ()
        for _ in range(FUTURES):
            scene = self.set_scene(tools[0], rng)
            rest = self.go_on(scene).compose(tools[1:], rng) if scene else None
            if scene and rest is not None:
                return (_forget_what_changes(scene, rest), *rest)
        return None

    def go_on(self, scene: PlannedTurn) -> "TaskPlanner":
        """The plot after the scene's call."""
        reply = scene.draw.reply
        told = Earlier(scene.tool, scene.draw.arguments, reply.reply, reply.delta)
        return replace(self, state=self._apply(scene.draw), earlier=(*self.earlier, told))

    def _apply(self, drawn: SampledCall) -> WorldState:
        delta = drawn.reply.delta
        return apply_delta(self.env.collections, self.state, delta) if delta else self.state

    def _wastes_a_call(self, tool: CompiledTool, drawn: SampledCall) -> bool:
        """Whether nobody would ask for this call after the others: it would make one of them pointless."""
        if is_in_vain(self.origin, self.state, self._apply(drawn)):
            return True
        written = {place for earlier in self.earlier for place in _list_set(earlier.delta)}
        if any(place in written and place[2] != "status" for place in _list_set(drawn.reply.delta)):
            return True
        ids, archetype = drawn.arguments.values(), archetype_of(tool)
        if archetype in ENDINGS and any(_touches(earlier.delta, ids) for earlier in self.earlier):
            return True
        return archetype in SECOND_THOUGHTS and any(_makes(earlier.delta, ids) for earlier in self.earlier)

    def set_scene(self, name: str, rng: random.Random) -> PlannedTurn | None:
        """A draw of the tool that people can put into words; None when none was found in some tries."""
        tool = self.kit.find_tool(name)
        known = [
            (call, list(path), leaf)
            for call, earlier in enumerate(self.earlier)
            for path, leaf in earlier.leaves
        ]
        nameable = {leaf for _, _, leaf in known if isinstance(leaf, str)} | self.kit.list_numbered(
            self.state
        )
        for _ in range(DRAWS):
            attempt = attempt_on(self.env, self.state, name)
            drawn = draw(tool, self.kit.domain, self.state, rng, known, attempt, nameable)
            if drawn is None:
                return None
            drawn = _leave_out_names(_leave_out_defaults(tool, drawn))
            if self._wastes_a_call(tool, drawn) or _list_idle_cuts(drawn):
                continue
            facts = pick_facts(drawn, tool.spec.effect, rng)
            scene = PlannedTurn(
                self.kit.domain, self.state, tool, drawn, facts, self.earlier, self.voice, rng
            )
            if is_speakable(scene):
                return scene
        return None


def recall_earlier(kit: CompiledSubfield, turns: Sequence[Turn]) -> tuple[Earlier, ...]:
    """The calls of the turns so far."""
    return tuple(
        Earlier(kit.find_tool(turn.call.name), turn.call.arguments, turn.recorded.reply, turn.recorded.delta)
        for turn in turns
    )


def is_in_vain(origin: WorldState, before: WorldState, after: WorldState) -> bool:
    """Whether a step from `before` to `after` brings an entity back to what it was at the origin."""
    for collection, entities in after.collections.items():
        if entities is before.collections[collection]:
            continue
        first, last, held = (
            {entity["id"]: entity for entity in some}
            for some in (origin.collections[collection], before.collections[collection], entities)
        )
        changed = [
            entity_id for entity_id in held.keys() | last.keys() if held.get(entity_id) != last.get(entity_id)
        ]
        if any(held.get(entity_id) == first.get(entity_id) for entity_id in changed):
            return True
    return False


def _touches(delta: Delta, ids: Collection[Json]) -> bool:
    """Whether one of the operations makes or changes one of these entities."""
    return any(getattr(operation, "id", None) in ids for operation in delta)


def _makes(delta: Delta, ids: Collection[Json]) -> bool:
    """Whether one of these entities is made."""
    return any(isinstance(operation, Insert) and operation.id in ids for operation in delta)


def _list_set(delta: Delta) -> Iterator[tuple[str, Json, str]]:
    """(collection, id, field) that updates set."""
    for operation in delta:
        if isinstance(operation, Update):
            yield from ((operation.update, operation.id, field) for field in operation.set)


def _leave_out_defaults(tool: CompiledTool, drawn: SampledCall) -> SampledCall:
    """The draw without arguments that say what would hold anyway, as does a cut beyond all there is."""
    defaults, idle = list_defaults(tool.spec.parameters), _list_idle_cuts(drawn)
    told = {
        name: value
        for name, value in drawn.arguments.items()
        if name not in defaults
        or not (defaults[name] == value or (name in idle and idle[name] <= defaults[name]))
    }
    return replace(drawn, arguments=told)


def _leave_out_names(drawn: SampledCall) -> SampledCall:
    """The draw without facts that are the name of what the call is about: who asks says it."""
    names = {pointer.label for pointer in drawn.pointers.values()}
    return replace(drawn, facts=tuple(fact for fact in drawn.facts if fact.value not in names))


def _list_idle_cuts(drawn: SampledCall) -> dict[str, int]:
    """Arguments that ask for the first few of what has no more -> how many there are."""
    reply = drawn.reply.reply
    shown = next((len(held) for held in reply.values() if isinstance(held, list)), 0)
    given = {name: drawn.arguments[name] for name in CUTS if name in drawn.arguments}
    counted = {name: int(reply.get("total", shown)) for name in given}
    return {
        name: counted[name]
        for name, cut in given.items()
        if counted[name] < cut or ("total" in reply and counted[name] == cut)
    }


def _forget_what_changes(scene: PlannedTurn, later: Sequence[PlannedTurn]) -> PlannedTurn:
    """The scene without questions for fields that a later call sets: which of their values would be meant?"""
    if scene.tool.spec.effect == "write":
        return scene
    changed = {field for other in later for _, _, field in _list_set(other.draw.reply.delta)}
    lasting = [fact for fact in scene.draw.facts if fact.path[-1] not in changed]
    facts = [fact for fact in scene.facts if fact in lasting] or lasting[:1]
    return replace(scene, facts=facts)
