"""Where each argument of the ground truth comes from, and whether the request says which entity is meant.

Every leaf of every argument has one of these sources, looked for in this order:

    request                the request mentions the value, in a person's spelling
    default                the tool's schema has it as the default, or it is null
    call <i> <path>        an earlier reply holds the value at this path; when a list there offers several
                           entities, the request must single out this one by its values, or rank them and this
                           one ranks first or last, or every one of them is used by the ground truth
    now                    the clock's moment, day or time
    request (label)        an id: the request singles out its entity (in the state before the call) by label,
                           and the row's read tools lead to its collection (`world/lookups.py`)
    request (attributes)   likewise, by other values of the entity
    free text              the value ends in nothing but free-text fields: the words are the agent's own
    request                a boolean: the request says yes or no, or names the argument; a choice of an enum:
                           it holds a word that no other choice has (`weight` for `weight_kg`)

What has no source could only be guessed, so the row is refused.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from toolworlds.language.values import mentions, says, type_of
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.tasks import RowDraft
from toolworlds.records.worlds import (
    Delete,
    Delta,
    Increment,
    Insert,
    Operation,
    Update,
    UpdateWhere,
    WorldState,
)
from toolworlds.world.alterations import find_rule
from toolworlds.world.descriptions import describe_entities, find_described_by, is_ranked_out, names_choice
from toolworlds.world.interface import list_defaults
from toolworlds.world.json_paths import NoSuchPath, Steps, read_path, show_path, walk_leaves
from toolworlds.world.lookups import find_reachable
from toolworlds.world.replay import Replay


@dataclass(frozen=True, slots=True)
class ReplyPlace:
    """A place in an earlier reply."""

    call: int
    path: Steps

    def __str__(self) -> str:
        return f"call {self.call} {show_path(self.path)}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The sources of all arguments."""

    sources: list[dict[str, str]]
    """One map a call: argument leaf -> source, in the words above; leaves without one are left out."""
    links: list[dict[Steps, ReplyPlace]]
    """One map a call: the leaves that come from earlier replies."""
    prose: list[set[Steps]]
    """One set a call: the leaves that end in nothing but free text."""
    problems: list[str]


def trace_arguments(row: RowDraft, replayed: Replay) -> Provenance:
    """Finds the source of every argument of a row's ground truth."""
    found = Provenance([], [], [], [])
    replies = _Replies(row, replayed)
    for place, call in enumerate(row.gt_calls):
        tracer = _Tracer(row, replies, place, replayed.states[place], replayed.replies[place].delta)
        leaves = dict(walk_leaves(call.arguments))
        sources = {path: tracer.find_source(path, value) for path, value in leaves.items()}
        found.sources.append({show_path(path): str(source) for path, source in sources.items() if source})
        found.links.append(
            {path: source for path, source in sources.items() if isinstance(source, ReplyPlace)}
        )
        found.prose.append({path for path, value in leaves.items() if tracer.is_prose(value)})
        found.problems.extend(
            f"call {place} ({call.name}): {show_path(path)} = {value!r:.60} {tracer.explain(value)}"
            for (path, source), value in zip(sources.items(), leaves.values(), strict=True)
            if source is None
        )
    return found


class _Replies:
    """What the ground truth's replies hold, by value."""

    def __init__(self, row: RowDraft, replayed: Replay) -> None:
        self._row = row
        self._replies = [reply.reply for reply in replayed.replies]
        self._used = {_key(leaf) for call in row.gt_calls for _, leaf in walk_leaves(call.arguments)}
        self._links: dict[Json, list[ReplyPlace]] = defaultdict(list)
        for place, reply in enumerate(replayed.replies):
            for path, leaf in walk_leaves(reply.reply) if reply.status == 200 else ():
                self._links[_key(leaf)].append(ReplyPlace(place, path))

    def find_links(self, value: Json, argument: Steps, before: int) -> list[ReplyPlace]:
        """Places before a call that hold the value, likely ones first: of like name, in no list, late."""
        if isinstance(value, bool):
            return []
        links = [link for link in self._links.get(_key(value), []) if link.call < before]
        return sorted(links, key=lambda link: (_unlikeness(argument, link.path), -link.call))

    def is_decided(self, link: ReplyPlace) -> bool:
        """Whether the request says why it is this element of each list on the path."""
        return all(
            self._is_element_decided(link, depth)
            for depth, step in enumerate(link.path)
            if isinstance(step, int)
        )

    def _is_element_decided(self, link: ReplyPlace, depth: int) -> bool:
        place, rest = int(link.path[depth]), link.path[depth + 1 :]
        elements = read_path(self._replies[link.call], link.path[:depth])
        text = self._row.summary
        if len(elements) == 1 or is_ranked_out(text, elements, place):
            return True
        if all(isinstance(element, dict) for element in elements) and find_described_by(
            text, self._row.now, elements, place
        ):
            return True
        return all(self._is_used(element, rest) for element in elements)

    def _is_used(self, element: Json, rest: Steps) -> bool:
        """Whether some call of the ground truth uses what this element has at the place."""
        try:
            return _key(read_path(element, rest)) in self._used
        except NoSuchPath:
            return False


@dataclass(frozen=True, slots=True)
class _Tracer:
    """Looks for the sources of one call's arguments."""

    row: RowDraft
    replies: _Replies
    place: int
    state: WorldState
    """Before the call."""
    delta: Delta

    def find_source(self, path: Steps, value: Json) -> str | ReplyPlace | None:
        """The first source in the order of the module's list."""
        if not isinstance(value, bool) and mentions(self.row.summary, value, type_of(value), self.row.now):
            return "request"
        if value in (None, [], {}) or self._is_default(path, value):
            return "default"
        links = self.replies.find_links(value, path, self.place)
        if link := next((link for link in links if self.replies.is_decided(link)), None):
            return link
        if value in (self.row.now, self.row.now[:10], self.row.now[11:16]):
            return "now"
        return self._find_described(value) or self._find_own(path, value)

    def explain(self, value: Json) -> str:
        """Why a value has no source."""
        if self.replies.find_links(value, (), self.place):
            return "stands in a reply beside others, and the request does not say which is meant"
        if self._locate(value) is not None:
            return "is an entity that the request does not single out, or that no tool leads to"
        return "comes from nowhere: not from the request, the clock, a default or an earlier reply"

    def _is_default(self, path: Steps, value: Json) -> bool:
        try:
            return bool(read_path(list_defaults(self._parameters()), path) == value)
        except NoSuchPath:
            return False

    def _find_described(self, value: Json) -> str | None:
        located = self._locate(value)
        if located is None:
            return None
        collection, place = located
        schema = self.row.world_schema
        entities = describe_entities(schema, self.state, collection)
        fields = find_described_by(self.row.summary, self.row.now, entities, place)
        if not fields or collection not in find_reachable(self.row):
            return None
        return "request (label)" if schema.collections[collection].label in fields else "request (attributes)"

    def _find_own(self, path: Steps, value: Json) -> str | None:
        if isinstance(value, bool):
            named = to_words(str(path[0])) in to_words(self.row.summary)
            return "request" if says(self.row.summary, value) or (value and named) else None
        if self.is_prose(value):
            return "free text"
        choices = find_rule(self._parameters(), path).get("enum", [])
        return "request" if value in choices and names_choice(self.row.summary, value, choices) else None

    def _parameters(self) -> dict[str, Json]:
        name = self.row.gt_calls[self.place].name
        return next(tool.parameters for tool in self.row.tools if tool.tool_name == name)

    def _locate(self, value: Json) -> tuple[str, int] | None:
        """The collection of the entity with this id, and its place there."""
        for name, spec in self.row.world_schema.collections.items():
            for place, entity in enumerate(self.state.collections[name]):
                if entity[spec.id_field] == value:
                    return name, place
        return None

    def is_prose(self, value: Json) -> bool:
        """Whether the call wrote the value, and only where prose stands."""
        landed = [
            field in self.row.world_schema.collections[name].free_text
            for name, values in map(_written, self.delta)
            for field, written in values.items()
            if written == value
        ]
        return bool(landed) and all(landed)


def _written(operation: Operation) -> tuple[str, Mapping[str, Json]]:
    match operation:
        case Insert(insert=name, values=values):
            return name, values
        case Update(update=name, set=values) | UpdateWhere(update_where=name, set=values):
            return name, values
        case Increment(increment=name, field=field, by=by):
            return name, {field: by}
        case Delete(delete=name):
            return name, {}


def _key(leaf: Json) -> Json:
    """A leaf as a dictionary's key; true is not 1, and 1.0 is 1."""
    return (leaf,) if isinstance(leaf, bool) else str(leaf) if isinstance(leaf, list | dict) else leaf


def _unlikeness(argument: Steps, path: Steps) -> tuple[int, int]:
    """How little a reply's place looks like the argument's own: by name, then by the lists it lies in."""
    wanted = [step for step in argument if isinstance(step, str)][-1:]
    held = [step for step in path if isinstance(step, str)][-1:]
    name = 0 if wanted == held else 1 if wanted and held and wanted[0].endswith(held[0]) else 2
    return name, sum(isinstance(step, int) for step in path)
