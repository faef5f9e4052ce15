"""Plausible arguments for a tool on a state: what someone in this world might ask for next."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from toolworlds.models.embedded.amounts import draw_amounts, round_nicely
from toolworlds.models.embedded.archetypes.compile import CompiledTool
from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.expressions import fits
from toolworlds.models.embedded.generators import EntityDraft, Exhausted
from toolworlds.models.embedded.pointing import Known, find_shown, target_of
from toolworlds.models.embedded.relations import TallyField
from toolworlds.models.embedded.schemas import kind_of
from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import WorldState
from toolworlds.world.calc import round_to

T = TypeVar("T")

_KNOWN_SHARE = 0.9
"""How often an entity that the conversation speaks of is preferred to others that would fit."""


class NoArguments(Exception):  # noqa: N818 — says what happened; caught by whoever asks
    """The state offers nothing for an argument that must be given."""


@dataclass(slots=True)
class ArgumentSampler:
    """Arguments in the making. `loose` ignores what entities must look like: the call shall be refused."""

    tool: CompiledTool
    domain: Domain
    state: WorldState
    rng: random.Random
    known: Sequence[Known]
    loose: bool = False
    tried: Collection[str] = ()
    """Ids of entities acted on in vain before; others go first."""
    nameable: Collection[str] | None = None
    """Ids of entities that the one who asks could point at; None: of all."""
    arguments: dict[str, Json] = field(default_factory=dict)
    chosen: dict[str, Entity] = field(default_factory=dict)
    """argument -> the entity it takes."""

    def sample(self) -> dict[str, Json]:
        """One set of arguments, in the tool's order. Raises NoArguments."""
        meanings = list(self.tool.arguments.values())
        for meaning in meanings:
            if meaning.kind == "entity" and (meaning.required or self.rng.random() < 0.4):
                self._choose_entity(meaning)
        self._choose_filters([meaning for meaning in meanings if meaning.kind == "filter"])
        for meaning in meanings:
            if meaning.kind not in ("entity", "filter"):
                self._choose_value(meaning)
        return {name: self.arguments[name] for name in self.tool.arguments if name in self.arguments}

    def _choose_entity(self, meaning: ArgumentMeaning) -> None:
        taken = [entity["id"] for entity in self.chosen.values()]
        entities = [
            entity for entity in self.state.collections[meaning.collection] if entity["id"] not in taken
        ]
        if not self.loose:
            entities = [
                entity for entity in entities if fits(entity, meaning.fits) and self._agrees(meaning, entity)
            ]
        entities = [entity for entity in entities if self._can_name(entity["id"])]
        if not self.chosen:
            entities = [entity for entity in entities if entity["id"] not in self.tried] or entities
        entity = self._prefer_known(entities)
        self.chosen[meaning.name] = entity
        self.arguments[meaning.name] = entity["id"]

    def _can_name(self, entity_id: str) -> bool:
        return self.nameable is None or entity_id in self.nameable

    def _agrees(self, meaning: ArgumentMeaning, entity: Entity) -> bool:
        return all(entity[own] == self.chosen[other][theirs] for own, other, theirs in meaning.agrees)

    def _prefer_known(self, entities: list[Entity]) -> Entity:
        heard = {value for _, _, value in self.known if isinstance(value, str)}
        spoken_of = [entity for entity in entities if entity["id"] in heard]
        if spoken_of and self.rng.random() < _KNOWN_SHARE:
            return self.rng.choice(spoken_of)
        return self._pick(entities)

    def _choose_filters(self, meanings: list[ArgumentMeaning]) -> None:
        """The required ones and one to three others, such that at least one entity meets them."""
        if not meanings:
            return
        witness = self._choose_witness(meanings)
        optional = [m for m in meanings if not m.required and not self._names_one(m)]
        count = min(len(optional), self.rng.choices((0, 1, 2, 3), (1, 6, 5, 1))[0])
        picked = [meaning for meaning in meanings if meaning.required] + self.rng.sample(optional, count)
        for meaning in picked:
            value = witness[meaning.field]
            if value is not None and (not target_of(meaning, self.domain) or self._can_name(value)):
                self.arguments[meaning.name] = self._near(meaning, value)
            elif meaning.required:
                raise NoArguments

    def _names_one(self, meaning: ArgumentMeaning) -> bool:
        """Whether the filter is the label itself: with it no other condition makes sense."""
        return meaning.comparison == "=" and meaning.field == self.domain[meaning.collection].label

    def _choose_witness(self, meanings: list[ArgumentMeaning]) -> Entity:
        """An entity that shall be found; by preference one that belongs to something spoken of."""
        entities = [
            entity for entity in self.state.collections[self.tool.collection] if self._belongs(entity)
        ]
        heard = {value for _, _, value in self.known if isinstance(value, str)}
        refs = [meaning.field for meaning in meanings if target_of(meaning, self.domain)]
        related = [entity for entity in entities if any(entity[ref] in heard for ref in refs)]
        return self._pick(related if related and self.rng.random() < _KNOWN_SHARE else entities)

    def _pick(self, options: Sequence[T]) -> T:
        if not options:
            raise NoArguments
        return self.rng.choice(options)

    def _belongs(self, entity: Entity) -> bool:
        """Whether an entity lies under the chosen ones (the parent of a history)."""
        return all(entity.get(name, chosen["id"]) == chosen["id"] for name, chosen in self.chosen.items())

    def _near(self, meaning: ArgumentMeaning, value: Json) -> Json:
        """A filter value that this value meets."""
        kind = kind_of(self.domain, meaning.collection, meaning.field)
        match meaning.comparison:
            case "=":
                return value
            case "contains":
                return self.rng.choice([word for word in str(value).split() if len(word) > 1] or [value])
            case _ if kind in ("day", "moment"):
                days = -self.rng.randint(0, 4) if meaning.comparison == ">=" else self.rng.randint(2, 6)
                return (date.fromisoformat(str(value)[:10]) + timedelta(days=days)).isoformat()
            case ">=":
                return round_nicely(value, kind == "integer", up=False)
            case _:
                return round_nicely(value, kind == "integer", up=True)

    def _choose_value(self, meaning: ArgumentMeaning) -> None:
        schema = self.tool.spec.parameters["properties"][meaning.name]
        if meaning.kind == "paging":
            if meaning.name != "page" and self.rng.random() < 0.4:
                self.arguments[meaning.name] = self.rng.randint(2, min(8, schema["maximum"]))
            return
        if not meaning.required and self.rng.random() < 0.5:
            return
        if meaning.kind == "amount":
            self.arguments[meaning.name] = self._draw_amount(meaning, schema)
        elif "enum" in schema:
            self.arguments[meaning.name] = self._pick(self._better_words(meaning, schema["enum"]))
        else:
            value = self._draw_new(meaning)
            if meaning.required or isinstance(value, bool) or value != 0:
                self.arguments[meaning.name] = value

    def _better_words(self, meaning: ArgumentMeaning, words: list[Json]) -> list[Json]:
        """The words that would change something: another one, a higher level."""
        present = self._subject(meaning).get(meaning.field)
        if self.loose:
            return words
        if meaning.levels and present in meaning.levels:
            words = list(meaning.levels[meaning.levels.index(present) + 1 :])
        return [word for word in words if word != present]

    def _subject(self, meaning: ArgumentMeaning) -> Entity:
        """The entity whose field the argument is about; {} when it is about a new one."""
        name, entity = next(iter(self.chosen.items()), ("", {}))
        return entity if name and self.tool.arguments[name].collection == meaning.collection else {}

    def _draw_amount(self, meaning: ArgumentMeaning, schema: dict[str, Json]) -> Json:
        whole = schema["type"] == "integer"
        if meaning.bounded is None:
            least = max(schema["minimum"], -self._subject(meaning).get(meaning.field, 0))
            return self._pick(draw_amounts(self.rng, least, schema["maximum"], whole))
        argument, bound, less = meaning.bounded
        entity = self.chosen[argument]
        most = entity[bound] - (entity[less] if less else 0)
        if most is None or most <= 0:
            raise NoArguments
        if self.loose:
            return round_to(most * 2 + 1, 0 if whole else 2)
        shown = less is None and find_shown(entity, bound, self.known)
        return (
            most
            if self.rng.random() < (0.5 if shown else 0.1)
            else self._pick(draw_amounts(self.rng, 0, most, whole))
        )

    def _draw_new(self, meaning: ArgumentMeaning) -> Json:
        """A value by the field's generator; of several dates one that lies ahead."""
        if self.loose and meaning.field == self.domain[meaning.collection].label:
            return self.rng.choice(self.state.collections[meaning.collection])[meaning.field]
        entity = self._new_entity(meaning.collection) | self._subject(meaning) | self.arguments
        if meaning.kind == "when" and not self.loose and self._subject(meaning).get(meaning.field):
            return self._later(self._subject(meaning)[meaning.field])
        now = datetime.fromisoformat(self.state.now)
        draft = EntityDraft(self.rng, now, meaning.collection, entity, self.state.collections)
        generator = meaning.generator or self.domain.generator(meaning.collection, meaning.field)
        try:
            values = [generator.draw(draft, meaning.field) for _ in range(4)]
        except (Exhausted, KeyError) as error:
            raise NoArguments from error
        present = self._subject(meaning).get(meaning.field)
        good = [value for value in values if value not in (None, "", present)]
        if meaning.kind == "when" and not self.loose:
            good = [value for value in good if value > self.state.now] or good
        return self._pick(good)

    def _new_entity(self, collection: str) -> Entity:
        """What is true of an entity that is about to be made."""
        entity_type = self.domain[collection]
        status: Entity = {"status": entity_type.status.initial} if entity_type.status else {}
        return status | {name: 0 for name, held in entity_type.fields.items() if isinstance(held, TallyField)}

    def _later(self, value: str) -> str:
        """A date some days after one, and ahead of the clock."""
        start = max(value, self.state.now[: len(value)])
        moment = datetime.fromisoformat(start[:10] + value[10:]) + timedelta(days=self.rng.randint(1, 14))
        return moment.isoformat()[: len(value)]
