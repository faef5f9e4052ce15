"""Plans tasks: calls that follow one another, each valid and such that a person could ask for it."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from toolworlds.models.embedded.archetypes.compile import CompiledTool
from toolworlds.models.embedded.call_sampling import SampledCall, attempt_on, sample_call
from toolworlds.models.embedded.phrasing.facts import pick_facts
from toolworlds.models.embedded.phrasing.planned_turn import Earlier, PlannedTurn
from toolworlds.models.embedded.phrasing.pointing import is_speakable
from toolworlds.models.embedded.phrasing.styles import WritingStyle
from toolworlds.models.embedded.subfields import CompiledSubfield
from toolworlds.records.base import Json
from toolworlds.records.tasks import Turn
from toolworlds.records.worlds import Delta, Insert, Update, WorldState
from toolworlds.world.delta import apply_delta
from toolworlds.world.environment import Environment
from toolworlds.world.interface import list_defaults

SAMPLES = 3
"""Samples of one call among which one must be such that a person could ask for it."""
CUTS = ("page_size", "limit")
"""Arguments that cut a list short."""
BRANCHES = 2
"""Turns of one call that are tried, each with all that may follow."""

ENDINGS = ("cancel", "remove")
"""Archetypes after which it was no use to have changed the entity."""
SECOND_THOUGHTS = ("escalate", "extend", "reschedule", "update", "reassign", "release", "swap", *ENDINGS)
"""Archetypes that do not follow the creation of an entity: it would have been created so at once."""


@dataclass(frozen=True, slots=True)
class TaskPlanner:
    """Plans what follows a task so far: the world as it stands, and the calls that led there."""

    subfield: CompiledSubfield
    env: Environment
    state: WorldState
    style: WritingStyle
    origin: WorldState
    """Before the first call."""
    earlier: tuple[Earlier, ...] = ()

    def plan_turns(self, tools: Sequence[str], rng: random.Random) -> tuple[PlannedTurn, ...] | None:
        """Turns that call these tools one after the other; None when no way was found in some tries."""
        if not tools:
            return ()
        for _ in range(BRANCHES):
            turn = self.plan_turn(tools[0], rng)
            rest = self.after(turn).plan_turns(tools[1:], rng) if turn else None
            if turn and rest is not None:
                return (_drop_changed_facts(turn, rest), *rest)
        return None

    def after(self, turn: PlannedTurn) -> "TaskPlanner":
        """The planner after the turn's call."""
        reply = turn.call.reply
        made = Earlier(turn.tool, turn.call.arguments, reply.reply, reply.delta)
        return replace(self, state=self._apply(turn.call), earlier=(*self.earlier, made))

    def _apply(self, sampled: SampledCall) -> WorldState:
        delta = sampled.reply.delta
        return apply_delta(self.env.collections, self.state, delta) if delta else self.state

    def _is_pointless(self, tool: CompiledTool, sampled: SampledCall) -> bool:
        """Whether the call would make an earlier one pointless, so that no person would ask for both."""
        if undoes(self.origin, self.state, self._apply(sampled)):
            return True
        written = {place for earlier in self.earlier for place in _list_set(earlier.delta)}
        if any(place in written and place[2] != "status" for place in _list_set(sampled.reply.delta)):
            return True
        ids, archetype = sampled.arguments.values(), tool.operation.archetype
        if archetype in ENDINGS and any(_touches(earlier.delta, ids) for earlier in self.earlier):
            return True
        return archetype in SECOND_THOUGHTS and any(_makes(earlier.delta, ids) for earlier in self.earlier)

    def plan_turn(self, name: str, rng: random.Random) -> PlannedTurn | None:
        """A call of the tool that a person could ask for; None when none was found in some tries."""
        tool = self.subfield.find_tool(name)
        known = [
            (call, list(path), leaf)
            for call, earlier in enumerate(self.earlier)
            for path, leaf in earlier.leaves
        ]
        nameable = {leaf for _, _, leaf in known if isinstance(leaf, str)} | self.subfield.list_numbered(
            self.state
        )
        for _ in range(SAMPLES):
            attempt = attempt_on(self.env, self.state, name)
            sampled = sample_call(tool, self.subfield.domain, self.state, rng, known, attempt, nameable)
            if sampled is None:
                return None
            sampled = _leave_out_names(_leave_out_defaults(tool, sampled))
            if self._is_pointless(tool, sampled) or _list_idle_cuts(sampled):
                continue
            facts = pick_facts(sampled, tool.spec.effect, rng)
            turn = PlannedTurn(
                self.subfield.domain, self.state, tool, sampled, facts, self.earlier, self.style, rng
            )
            if is_speakable(turn):
                return turn
        return None


def recall_earlier(subfield: CompiledSubfield, turns: Sequence[Turn]) -> tuple[Earlier, ...]:
    """The calls of the turns so far."""
    return tuple(
        Earlier(
            subfield.find_tool(turn.call.name), turn.call.arguments, turn.recorded.reply, turn.recorded.delta
        )
        for turn in turns
    )


def undoes(origin: WorldState, before: WorldState, after: WorldState) -> bool:
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


def _leave_out_defaults(tool: CompiledTool, sampled: SampledCall) -> SampledCall:
    """The call without arguments that change nothing: defaults, and a cut beyond all there is."""
    defaults, idle = list_defaults(tool.spec.parameters), _list_idle_cuts(sampled)
    told = {
        name: value
        for name, value in sampled.arguments.items()
        if name not in defaults
        or not (defaults[name] == value or (name in idle and idle[name] <= defaults[name]))
    }
    return replace(sampled, arguments=told)


def _leave_out_names(sampled: SampledCall) -> SampledCall:
    """The call without facts that are the name of what the call is about: who asks says it."""
    names = {pointer.label for pointer in sampled.pointers.values()}
    return replace(sampled, facts=tuple(fact for fact in sampled.facts if fact.value not in names))


def _list_idle_cuts(sampled: SampledCall) -> dict[str, int]:
    """Arguments that ask for the first few of what has no more -> how many there are."""
    reply = sampled.reply.reply
    shown = next((len(held) for held in reply.values() if isinstance(held, list)), 0)
    given = {name: sampled.arguments[name] for name in CUTS if name in sampled.arguments}
    counted = {name: int(reply.get("total", shown)) for name in given}
    return {
        name: counted[name]
        for name, cut in given.items()
        if counted[name] < cut or ("total" in reply and counted[name] == cut)
    }


def _drop_changed_facts(turn: PlannedTurn, later: Sequence[PlannedTurn]) -> PlannedTurn:
    """The turn without questions for fields that a later call sets: which of their values would be meant?"""
    if turn.tool.spec.effect == "write":
        return turn
    changed = {field for other in later for _, _, field in _list_set(other.call.reply.delta)}
    lasting = [fact for fact in turn.call.facts if fact.path[-1] not in changed]
    facts = [fact for fact in turn.facts if fact in lasting] or lasting[:1]
    return replace(turn, facts=facts)
