"""From a chain to a scenario: what the user asks for in which turn, what is withheld, which hit is taken."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conversations.execution.fields import Field, describe_parameter
from conversations.execution.offline import OfflineExecutor
from conversations.execution.shapes import Group, Leaf, Listing, Shape
from conversations.generation.references import list_parts
from conversations.generation.wishes import Wishes
from toolworlds.language.words import gather, split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Chain, ChainMapping, Endpoint, Parameter

OPTIONAL_SHARE = 0.4
"""How often a user says something that need not be said."""
LATE_QUESTION_SHARE = 0.06
"""How often something is left out later on, beside what the chain leaves out."""
_PRICES = frozenset(["price", "fare", "cost", "total", "fee", "rate"])
_SHARED = frozenset(["city", "country", "currency", "language", "airport", "date", "time", "timezone"])
"""Kinds of values that the items of a list have in common: which item is meant makes no difference."""
SPEAKABLE = gather(
    "money rating people cuisine genre diet choice date city level cabin room days minutes language "
    "difficulty employment distance rooms priority note query topic quantity time limit condition color "
    "size brand year calories amenity category"
)
"""Kinds of optional values that come up by themselves."""


@dataclass(slots=True)
class Slot:
    """One argument of a call, and where its value comes from."""

    endpoint: Endpoint
    parameter: Parameter
    described: Field
    mapping: ChainMapping | None = None
    """It comes from an earlier output."""
    is_mock: bool = False
    """No one can know it: it is made up and marked."""
    points: bool = False
    """The user points at a thing, or a part of one, that is known; else its value is enough."""
    dropped: bool = False

    @property
    def kind(self) -> str:
        """What its values look like."""
        return self.parameter.kind

    @property
    def spoken(self) -> bool:
        """Whether the user says it."""
        return self.mapping is None and not self.is_mock and not self.dropped


@dataclass(slots=True)
class Step:
    """One call."""

    index: int
    endpoint: Endpoint
    slots: list[Slot]
    withheld: list[Slot] = field(default_factory=list)
    """What the user leaves out at first."""

    @property
    def sources(self) -> list[int]:
        """Earlier steps whose outputs it uses."""
        return sorted({slot.mapping.from_step for slot in self.slots if slot.mapping})

    @property
    def meant(self) -> list[int]:
        """Earlier steps of which a particular thing is meant, not only a value such as its city."""
        return sorted({slot.mapping.from_step for slot in self.slots if slot.mapping and slot.points})

    @property
    def chosen_from(self) -> list[int]:
        """Those of them whose reply is a list, of which it takes one item."""
        pointing = [slot.mapping for slot in self.slots if slot.mapping and slot.points]
        return sorted({mapping.from_step for mapping in pointing if "[]" in mapping.source_field})


@dataclass(frozen=True, slots=True)
class Pick:
    """Which item of a list an earlier step goes on with."""

    manner: str
    """cheapest, rated, earliest, first: told beforehand; named, ordinal: told after the list was shown."""
    place: float
    """0 to 1: where in the list, for the last two."""


@dataclass(slots=True)
class Request:
    """What one message of the user asks for: groups of calls that share an assistant's turn."""

    groups: list[list[Step]]

    @property
    def steps(self) -> list[Step]:
        """All its calls."""
        return [step for group in self.groups for step in group]


@dataclass(slots=True)
class Scenario:
    """Everything that is settled before anybody speaks."""

    wishes: Wishes
    requests: list[Request]
    picks: dict[int, Pick]
    """By the step that returns the list."""
    register: str
    now: datetime


def draw_scenario(
    chain: Chain, endpoints: Mapping[str, Endpoint], executor: OfflineExecutor, now: str, rng: random.Random
) -> Scenario:
    """A scenario for the chain."""
    clock = datetime.fromisoformat(now)
    steps = [_draw_step(index, endpoints[name], chain, rng) for index, name in enumerate(chain.endpoint_ids)]
    for clarification in chain.clarifications:
        step = steps[clarification.step_index]
        step.withheld = [
            s for s in step.slots if s.spoken and s.parameter.name in clarification.missing_params
        ]
    requests = _draw_requests(steps, chain, rng)
    _withhold_later(requests, rng)
    picks = _draw_picks(requests, executor, rng)
    register = rng.choices(("neutral", "casual", "formal", "terse"), (5, 4, 2, 2))[0]
    return Scenario(Wishes(rng, clock), requests, picks, register, clock)


def _draw_step(index: int, endpoint: Endpoint, chain: Chain, rng: random.Random) -> Step:
    mappings = {m.target_param: m for m in chain.mappings if m.to_step == index}
    slots = []
    for parameter in endpoint.parameters:
        described = describe_parameter(parameter)
        mapping = mappings.get(parameter.name)
        if mapping is None and not parameter.required and not _comes_up(parameter, rng):
            continue
        unknown = mapping is None and (not parameter.natural or parameter.type == "object")
        parts = list_parts(chain.endpoint_ids[mapping.from_step]) if mapping else {}
        points = mapping is not None and (not parameter.natural or parameter.entity in parts)
        slots.append(Slot(endpoint, parameter, described, mapping, is_mock=unknown, points=points))
    if not any(slot.points or slot.spoken for slot in slots):
        for slot in slots:
            slot.points = bool(
                slot.mapping and "[]" in slot.mapping.source_field and slot.kind not in _SHARED
            )
    optional = [s for s in slots if not s.parameter.required and s.mapping is None]
    for slot in optional[2:]:
        slots.remove(slot)
    return Step(index, endpoint, slots)


def _comes_up(parameter: Parameter, rng: random.Random) -> bool:
    if not parameter.natural or parameter.type in ("boolean", "object") or parameter.kind not in SPEAKABLE:
        return False
    if parameter.kind == "choice" and not all(isinstance(one, str) for one in parameter.enum):
        return False
    if parameter.side == "min" and parameter.kind not in ("rating", "date", "rooms"):
        return False
    return rng.random() < OPTIONAL_SHARE


def _draw_requests(steps: list[Step], chain: Chain, rng: random.Random) -> list[Request]:
    """One message may ask for two things that follow one another; parallel calls are always one group."""
    groups: list[list[Step]] = []
    shared = {index: number for number, members in enumerate(chain.parallel_groups) for index in members}
    for step in steps:
        before = groups[-1][-1].index if groups else -1
        if step.index in shared and shared.get(before) == shared[step.index]:
            groups[-1].append(step)
        else:
            groups.append([step])
    requests: list[Request] = []
    for group in groups:
        joins = bool(requests) and len(requests[-1].groups) < 3 and len(requests[-1].steps) < 4
        follows = any(step.sources for step in group)
        undoes = any(step.endpoint.intent in ("delete", "update") for step in group)
        if joins and not undoes and rng.random() < (0.42 if follows else 0.3):
            requests[-1].groups.append(group)
        else:
            requests.append(Request([group]))
    return requests


def _withhold_later(requests: list[Request], rng: random.Random) -> None:
    for request in requests[1:]:
        for step in request.steps:
            needed = [slot for slot in step.slots if slot.spoken and slot.parameter.required]
            if needed and not step.withheld and rng.random() < LATE_QUESTION_SHARE:
                step.withheld = needed[: rng.randint(1, len(needed))]


def _draw_picks(requests: list[Request], executor: OfflineExecutor, rng: random.Random) -> dict[int, Pick]:
    """For every step whose list is used later: told beforehand where the same message goes on with it."""
    turn_of = {step.index: turn for turn, request in enumerate(requests) for step in request.steps}
    endpoints = {step.index: step.endpoint for request in requests for step in request.steps}
    picks: dict[int, Pick] = {}
    for request in requests:
        for step in request.steps:
            for slot in step.slots:
                if (
                    slot.mapping is None
                    or slot.mapping.from_step in picks
                    or "[]" not in slot.mapping.source_field
                ):
                    continue
                source = slot.mapping.from_step
                manners = _list_manners(executor.shape_of(endpoints[source]))
                if turn_of[source] != turn_of[step.index]:
                    several = len(step.meant) > 1
                    manners = ["named"] if several else [*manners, "named", "named", "named", "ordinal"]
                picks[source] = Pick(rng.choice(manners), rng.random())
    return picks


def _list_manners(shape: Shape | None) -> list[str]:
    """How an item may be chosen before anybody has seen the list."""
    manners = ["first"]
    leaves = list_item_leaves(shape)
    kinds = {leaf.kind for leaf in leaves}
    priced = any(leaf.kind == "money" and _PRICES & set(split_name(leaf.name)) for leaf in leaves)
    manners += ["cheapest", "cheapest"] if priced else []
    manners += ["rated", "rated"] if "rating" in kinds else []
    return manners + (["earliest"] if kinds & {"moment", "time"} else [])


def list_item_leaves(shape: Shape | None) -> list[Leaf]:
    """The leaves of the items of a reply's first list."""
    listing = find_listing(shape)
    if listing is None or not isinstance(listing.item, Group):
        return []
    return [member for member in listing.item.members if isinstance(member, Leaf)]


def find_listing(shape: Shape | None) -> Listing | None:
    """A reply's first list of objects."""
    if isinstance(shape, Listing):
        return shape if isinstance(shape.item, Group) else None
    if isinstance(shape, Group):
        return next((found for m in shape.members if (found := find_listing(m))), None)
    return None


def list_values(output: Json, path: str, pick: int | None = None) -> list[Json]:
    """All values at a path such as `hotels[].id`; with `pick` only those of that item of the first list."""
    values, picked = [output], pick
    for part in path.split("."):
        name, _, _ = part.partition("[")
        values = [v.get(name) for v in values if isinstance(v, dict)] if name else values
        for _ in range(part.count("[]")):
            nested = [v for v in values if isinstance(v, list)]
            if picked is not None and nested:
                values = [v[picked] for v in nested if picked < len(v)]
                picked = None
            else:
                values = [one for v in nested for one in v]
    return [value for value in values if value is not None]
