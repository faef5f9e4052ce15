"""How entities are pointed at: by name, by what they are like, or by where they came up."""

from collections.abc import Iterator, Sequence

from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning
from toolworlds.models.embedded.archetypes.searching import say_extremes
from toolworlds.models.embedded.entities import Domain, EntityType
from toolworlds.models.embedded.generators import Person, ProperName
from toolworlds.models.embedded.phrasing.conditions import PREFIX
from toolworlds.models.embedded.phrasing.paging import SORTED
from toolworlds.models.embedded.phrasing.planned_turn import Earlier, PlannedTurn, Unspeakable
from toolworlds.models.embedded.schemas import kind_of
from toolworlds.records.base import Entity, Json
from toolworlds.world.interface import list_defaults
from toolworlds.world.json_paths import list_texts

TELLING = ("word", "integer", "number", "day", "moment", "name")
"""Kinds of fields by which one entity of a list is told from the others."""


def point(turn: PlannedTurn, meaning: ArgumentMeaning) -> str:
    """A noun phrase that fits the argument's entity and, for a reader of the request so far, no other.

    Raises Unspeakable.
    """
    pointer = turn.call.pointers[meaning.name]
    collection = pointer.collection or meaning.collection
    entity = turn.entity(collection, pointer.value)
    if entity is None:
        raise Unspeakable
    if pointer.call is None:
        if pointer.label is not None:
            raise Unspeakable
        return name_entity(turn.domain, collection, entity)
    ways = list(_point_back(turn, collection, entity, pointer.call, pointer.path))
    if not ways:
        raise Unspeakable
    return turn.rng.choice(ways)


def is_speakable(turn: PlannedTurn) -> bool:
    """Whether every entity that the call takes can be pointed at, and its order be named."""
    try:
        for meaning in turn.given():
            if turn.target(meaning):
                point(turn, meaning)
        if not _is_order_speakable(turn):
            return False
    except Unspeakable:
        return False
    return True


def _is_order_speakable(turn: PlannedTurn) -> bool:
    """Whether the field that a search is sorted by, if that matters, goes by the tool's word among people."""
    if not SORTED & turn.call.arguments.keys() or turn.archetype == "rank":
        return True
    field = str((list_defaults(turn.tool.spec.parameters) | turn.call.arguments)["sort_by"])
    return field.replace("_", " ") in turn.domain[turn.tool.collection].called(field).replace("-", " ")


def name_entity(domain: Domain, collection: str, entity: Entity) -> str:
    """What people call it: `Ana Ribeiro`, `the ship Aurora`, `order SO-20418`; without a name its id."""
    kind = domain[collection]
    if kind.label is None:
        return f"{kind.noun} {entity['id']}"
    generator = kind.generators[kind.label]
    label = str(entity[kind.label])
    if isinstance(generator, Person) or kind.noun.lower() in label.lower():
        return label
    return f"the {kind.noun} {label}" if isinstance(generator, ProperName) else f"{kind.noun} {label}"


def _point_back(
    turn: PlannedTurn, collection: str, entity: Entity, call: int, path: tuple[str | int, ...]
) -> Iterator[str]:
    """Ways to say an entity that an earlier reply showed at this path."""
    source, kind = turn.earlier[call], turn.domain[collection]
    label = turn.domain.label_of(collection, entity)
    if label is not None and any(label in list_texts([e.arguments, e.reply]) for e in turn.earlier):
        yield name_entity(turn.domain, collection, entity)
        yield name_entity(turn.domain, collection, entity)
    if len(path) == 3 and path[-1] == "id":
        yield from _point_into_list(turn, source, int(path[1]))
    elif path[-1] in turn.domain.references(source.tool.collection):
        yield from _point_through(turn, source, path)
    elif source.creates and source.tool.collection == collection:
        if sum(e.creates and e.tool.collection == collection for e in turn.earlier) == 1:
            yield from (f"the new {kind.noun}", f"that new {kind.noun}", f"the {kind.noun} you just made")
    elif _in_focus(turn, collection) == {entity["id"]} and not _is_among_others(turn, collection):
        yield from (f"that {kind.noun}", f"the same {kind.noun}")
    elif label is None and not _is_minted(turn, entity):
        yield name_entity(turn.domain, collection, entity)


def _point_into_list(turn: PlannedTurn, source: Earlier, place: int) -> Iterator[str]:
    """By the place on the list, or by what sets the entity apart there."""
    collection, hits = source.tool.collection, source.hits or []
    kind = turn.domain[collection]
    if sum(e.hits is not None and e.tool.collection == collection for e in turn.earlier) > 1:
        return
    if len(hits) == 1 and not _is_among_others(turn, collection):
        yield from _point_at_only_hit(turn, source, kind.noun)
        return
    if place == 0:
        yield from (f"the first {kind.noun} on the list", f"the first of those {kind.plural}")
    if not source.is_complete:
        return
    if place == len(hits) - 1:
        yield from (f"the last {kind.noun} on the list", f"the last of those {kind.plural}")
    if not _is_as_shown(turn, collection, hits[place]):
        return
    for field, value in hits[place].items():
        if field in kind.generators and kind_of(turn.domain, collection, field) in TELLING:
            yield from _point_by_field(turn, collection, hits, place, field, value)


def _point_at_only_hit(turn: PlannedTurn, source: Earlier, noun: str) -> Iterator[str]:
    """Who looks for one thing knows that it is one; who asks for a list does not yet."""
    if source.tool.operation.archetype == "find":
        yield f"the {noun} you found"
        if len(_in_focus(turn, source.tool.collection)) == 1:
            yield f"that {noun}"
    else:
        yield from (f"the {noun} {which}" for which in ("that comes up", "from that search", "on that list"))


def _point_by_field(
    turn: PlannedTurn, collection: str, hits: Sequence[Entity], place: int, field: str, value: Json
) -> Iterator[str]:
    """`the order with the latest shipping time`, `the lot with quantity 480`, where that is no other's."""
    kind, values = turn.domain[collection], [hit[field] for hit in hits]
    if value is None or values.count(value) > 1:
        return
    called = kind.called(field)
    sort = kind_of(turn.domain, collection, field)
    if place in (0, len(hits) - 1) and None not in values and sort not in ("word", "name"):
        high, low = say_extremes(turn.domain, collection, field)
        if value in (min(values), max(values)):
            yield f"the {kind.noun} with the {low if value == min(values) else high} {called} on that list"
    if sort == "word":
        yield _describe(kind, field, turn.speak(value, None))


def _describe(kind: EntityType, field: str, word: str) -> str:
    """`the open bin on that list`, `the bin on that list whose zone is upper`."""
    if field == "status" and PREFIX.fullmatch(word):
        return f"the {word} {kind.noun} on that list"
    return f"the {kind.noun} on that list whose {kind.called(field)} is “{word}”"


def _point_through(turn: PlannedTurn, source: Earlier, path: Sequence[str | int]) -> Iterator[str]:
    """`the bin of stock lot L2201-B`: what an entity that was shown refers to."""
    owner = turn.domain[source.tool.collection]
    called = owner.called(str(path[-1]))
    if source.tool.operation.archetype == "get":
        shown = turn.entity(source.tool.collection, source.reply["id"])
        if shown is not None and shown[str(path[-1])] == source.reply[path[-1]]:
            yield f"the {called} of {name_entity(turn.domain, source.tool.collection, shown)}"
    elif len(path) == 3 and source.hits:
        shown = source.hits[int(path[1])]
        if _is_as_shown(turn, source.tool.collection, shown):
            yield from (f"the {called} of {np}" for np in _point_into_list(turn, source, int(path[1])))
            if owner.label in shown:
                yield f"the {called} of {name_entity(turn.domain, source.tool.collection, shown)}"


def _is_as_shown(turn: PlannedTurn, collection: str, shown: Entity) -> bool:
    """Whether the entity still is what an earlier reply said, so that it may be described by that."""
    entity = turn.entity(collection, shown["id"])
    return entity is not None and all(entity[name] == value for name, value in shown.items())


def _is_among_others(turn: PlannedTurn, collection: str) -> bool:
    """Whether the call takes several entities of the collection, so that `that one` could be any."""
    return sum(turn.target(meaning) == collection for meaning in turn.given()) > 1


def _in_focus(turn: PlannedTurn, collection: str) -> set[str]:
    """Entities of the collection that earlier calls named, made or found."""
    prefix = f"{turn.domain[collection].prefix}_"
    said = list_texts([[earlier.arguments, earlier.reply] for earlier in turn.earlier])
    return {text for text in said if text.startswith(prefix)}


def _is_minted(turn: PlannedTurn, entity: Entity) -> bool:
    """Whether an earlier turn made the entity, so that nobody can know its id beforehand."""
    return any(earlier.creates and entity["id"] in list_texts(earlier.reply) for earlier in turn.earlier)
