"""Whether two end states are the same, up to prose and up to the names of minted ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from toolworlds.language.values import mentions
from toolworlds.records.base import Entity, Json
from toolworlds.records.tasks import Fact
from toolworlds.records.worlds import CollectionSpec, WorldSchema, WorldState
from toolworlds.world.json_paths import rename
from toolworlds.world.minted_ids import match_minted

_LONGEST_VALUE = 60

_Entities = Mapping[str, Entity]
"""Entities by id."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an end state relates to the expected one."""

    differences: list[str]
    """In words, naming entity and field; empty when the states are the same."""
    renaming: dict[str, str]
    """Minted id of the expected state -> its counterpart in the other; ids left out are the same in both."""


def compare_states(
    schema: WorldSchema,
    initial: WorldState,
    expected: WorldState,
    actual: WorldState,
    facts: Sequence[Fact] = (),
) -> Comparison:
    """Compares an end state with the expected one; mint counters do not count.

    A free-text field may differ where the ground truth wrote it too, as long as something was written and it
    holds each of `facts` that the ground truth's own text holds.
    """
    differences = (
        [] if expected.now == actual.now else [f"the clock is {actual.now}, should be {expected.now}"]
    )
    if expected.collections == actual.collections:
        return Comparison(differences, {})
    matched = match_minted(schema, initial, expected, actual)
    renaming = {key: other for key, other in matched.items() if key != other}
    for name, spec in schema.collections.items():
        old, want, got = (state.collections.get(name, []) for state in (initial, expected, actual))
        renamed = rename(want, renaming) if renaming else want
        if renamed != got:
            rules = _Rules(name, spec, expected.now, renaming, facts)
            differences.extend(rules.compare(*(_by_id(spec, found) for found in (old, renamed, got))))
    return Comparison(differences, renaming)


def _by_id(spec: CollectionSpec, entities: Sequence[Entity]) -> _Entities:
    return {entity[spec.id_field]: entity for entity in entities}


@dataclass(frozen=True, slots=True)
class _Rules:
    """How the entities of one collection are compared; expected ones bear the other side's minted ids."""

    name: str
    spec: CollectionSpec
    now: str
    renaming: Mapping[str, str]
    facts: Sequence[Fact]

    def compare(self, old: _Entities, want: _Entities, got: _Entities) -> Iterator[str]:
        """Differences in words, entity by entity."""
        for key in sorted(want.keys() & got.keys()):
            yield from self._compare_fields(f"{self.name} {key!r}", old.get(key), want[key], got[key])
        for key in sorted(old.keys() & want.keys() - got.keys()):
            yield f"{self.name} {key!r} is gone, should still be there"
        for key in sorted(old.keys() & got.keys() - want.keys()):
            yield f"{self.name} {key!r} is still there, should be gone"
        missing = [want[key] for key in sorted(want.keys() - got.keys() - old.keys())]
        extra = [got[key] for key in sorted(got.keys() - want.keys() - old.keys())]
        yield from self._compare_new(missing, extra)

    def _compare_new(self, missing: list[Entity], extra: list[Entity]) -> Iterator[str]:
        """New entities without an exact counterpart, each beside the one most like it."""
        for entity in missing:
            if not extra:
                yield f"{self.name}: a new entity is missing: {_show(entity)}"
                continue
            likeness = [sum(entity[field] == other.get(field) for field in entity) for other in extra]
            other = extra.pop(likeness.index(max(likeness)))
            key = self.spec.id_field
            yield from self._compare_fields(f"{self.name} (new)", None, entity, {**other, key: entity[key]})
        for entity in extra:
            yield f"{self.name}: a new entity should not be there: {_show(entity)}"

    def _compare_fields(self, label: str, old: Entity | None, want: Entity, got: Entity) -> Iterator[str]:
        if want == got:
            return
        for field in sorted(want.keys() | got.keys()):
            if field in self.spec.free_text:
                problem = self._judge_prose(old, field, want.get(field), got.get(field))
            else:
                wrong = want.get(field) != got.get(field)
                problem = f"is {_show(got.get(field))}, should be {_show(want.get(field))}" if wrong else None
            if problem is not None:
                yield f"{label}: {field} {problem}"

    def _judge_prose(self, old: Entity | None, field: str, want: Json, got: Json) -> str | None:
        """Prose may be in other words where the ground truth wrote some, and be added to what is new."""
        before = None if old is None else old.get(field)
        if want == got or (old is None and not want):
            return None
        if want == before:
            return "should not have been changed"
        if not got or not want or got == before:
            return f"is {_show(got)}, should be {_show(want)}"
        for fact in self.facts:
            value = rename(fact.value, self.renaming)
            if not _holds(want, value, fact, self.now) or _holds(got, value, fact, self.now):
                continue
            return f"does not hold {fact.name} ({_show(value)})"
        return None


def _holds(text: Json, value: Json, fact: Fact, now: str) -> bool:
    return fact.type != "boolean" and mentions(str(text), value, fact.type, now)


def _show(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
