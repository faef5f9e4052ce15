"""Finds which new entity of one end state is which of another, although their minted ids differ.

Colour refinement: an entity's colour is a digest of its content and of the colours of what it refers to and
is referred to by; a few rounds tell apart whatever the world tells apart, without trying permutations. The
match is a proposal: `world.differences` compares exactly after the renaming.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import WorldSchema, WorldState
from toolworlds.world.canonical import digest
from toolworlds.world.json_paths import rename, show_path, walk_leaves


@dataclass(frozen=True, slots=True)
class NewEntities:
    """The entities of an end state that the initial state does not hold."""

    contents: dict[str, tuple[str, Entity]]
    """Minted id -> collection and content, without id and prose."""
    prose: dict[str, str]
    """Minted id -> its free text, which tells equals apart where both sides have the same."""
    mentions: dict[str, list[tuple[str, str]]]
    """Minted id -> (old entity, path) wherever an old entity holds the id."""


def match_minted(
    schema: WorldSchema, initial: WorldState, expected: WorldState, actual: WorldState
) -> dict[str, str]:
    """Minted id of `expected` -> its counterpart in `actual`, or `new <id>` (no id at all) without one."""
    sides = [find_new(schema, initial, state) for state in (expected, actual)]
    if sides[0] == sides[1]:
        return {key: key for key in sides[0].contents}
    pairs = _pair(sides, [dict(side.prose) for side in sides])
    if len(pairs) < len(sides[0].contents):
        pairs = _pair(sides, [dict.fromkeys(side.contents, "") for side in sides])
    return {key: pairs.get(key, f"new {key}") for key in sides[0].contents}


def find_new(schema: WorldSchema, initial: WorldState, final: WorldState) -> NewEntities:
    """The new entities of `final` and where its old ones mention them."""
    contents: dict[str, tuple[str, Entity]] = {}
    prose: dict[str, str] = {}
    changed: list[tuple[str, Entity]] = []
    for name, spec in schema.collections.items():
        if final.collections.get(name) == initial.collections.get(name):
            continue
        old = {entity[spec.id_field]: entity for entity in initial.collections.get(name, [])}
        for entity in final.collections.get(name, []):
            key = entity[spec.id_field]
            kept = {field: value for field, value in entity.items() if field not in spec.free_text}
            if key not in old:
                del kept[spec.id_field]
                contents[key] = name, kept
                prose[key] = " ".join(str(entity.get(field) or "") for field in spec.free_text)
            elif entity != old[key]:
                changed.append((f"{name} {key}", kept))
    return NewEntities(contents, prose, _find_mentions(changed, contents))


def _find_mentions(
    entities: list[tuple[str, Entity]], contents: Mapping[str, Json]
) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for label, entity in entities:
        for path, leaf in walk_leaves(entity):
            if isinstance(leaf, str) and leaf in contents:
                found[leaf].append((label, show_path(path)))
    return dict(found)


def _pair(sides: list[NewEntities], shades: list[dict[str, str]]) -> dict[str, str]:
    """Pairs ids of one colour. Colours begin with `shades`, which also part what was paired by choice."""
    linked = _find_linked(sides[0]) | _find_linked(sides[1])
    while True:
        groups = _group(sides, shades)
        tie = next((g for g in groups if len(g[0]) > 1 and len(g[1]) > 1 and linked & {*g[0], *g[1]}), None)
        if tie is None:
            return dict(pair for left, right in groups for pair in zip(left, right, strict=False))
        for ids, shade in zip(tie, shades, strict=True):
            shade[ids[0]] = f"chosen, {len(groups)} groups"


def _find_linked(side: NewEntities) -> set[str]:
    """New entities that refer to one another: only here does one choice among equals bear on the next."""
    holders = [(key, content) for key, (_, content) in side.contents.items()]
    targets = _find_mentions(holders, side.contents)
    return targets.keys() | {key for found in targets.values() for key, _ in found}


def _group(sides: list[NewEntities], shades: list[dict[str, str]]) -> list[tuple[list[str], list[str]]]:
    """Ids of both sides with one colour, in order of their prose."""
    colours, seen, count = shades, -1, 0
    while seen < count:
        colours = [_refine(side, colour) for side, colour in zip(sides, colours, strict=True)]
        seen, count = count, len({colour for known in colours for colour in known.values()})
    groups: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for place, (side, known) in enumerate(zip(sides, colours, strict=True)):
        for key in sorted(known, key=lambda key: (side.prose[key], key)):
            groups[known[key]][place].append(key)
    return [groups[colour] for colour in sorted(groups)]


def _refine(side: NewEntities, colours: Mapping[str, str]) -> dict[str, str]:
    holders = [(colours[key], content) for key, (_, content) in side.contents.items()]
    incoming = _find_mentions(holders, side.contents)
    return {
        key: digest(
            [
                colours[key],
                name,
                rename(content, colours),
                sorted(incoming.get(key, [])),
                side.mentions.get(key, []),
            ]
        )
        for key, (name, content) in side.contents.items()
    }
