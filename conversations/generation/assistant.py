"""The assistant: asks for what is missing, fills arguments from what was said and returned, and reports."""

import logging
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from conversations.execution.offline import OfflineExecutor, is_unavailable
from conversations.execution.shapes import Group, Leaf, Listing, Shape
from conversations.execution.values import Scene, draw_value
from conversations.generation.actions import name_wanted
from conversations.generation.phrasing import Voice, load_phrases
from conversations.generation.references import Reference, list_parts
from conversations.generation.reports import Reporter, find_items, find_own, name_items
from conversations.generation.scenario import Pick, Scenario, Slot, Step, find_listing, list_values
from conversations.generation.spelling import draw_spelling, plain_name
from conversations.generation.state import ConversationState
from toolworlds.catalogue.spans import find_reversed
from toolworlds.language.numbers import ORDINALS
from toolworlds.language.phrases import fill
from toolworlds.language.words import join_words, raise_first, split_name
from toolworlds.records.base import Json
from toolworlds.records.conversations import ConversationCall
from toolworlds.world.calls import is_empty, is_error
from utils import ItemError

log = logging.getLogger(__name__)


class StuckError(ItemError):
    """The conversation cannot go on: a call was refused for good."""

    kind = "stuck"


@dataclass(slots=True)
class Assistant:
    """Speaks and acts for the assistant of one scenario."""

    scenario: Scenario
    state: ConversationState
    executor: OfflineExecutor
    rng: random.Random
    outputs: dict[int, Json] = field(default_factory=dict)
    """What the steps returned, by step."""
    asked: dict[int, dict[str, Json]] = field(default_factory=dict)
    """With which arguments, by step."""
    picked: dict[int, int] = field(default_factory=dict)
    """Which item of a step's list is gone on with."""
    voice: Voice = field(init=False)
    reporter: Reporter = field(init=False)

    def __post_init__(self) -> None:
        self.voice = Voice(self.rng)
        self.reporter = Reporter(self.voice, draw_spelling(self.rng, self.scenario.now.year))

    def ask(self, slots: Sequence[Slot]) -> None:
        """Asks for values, all at once."""
        wanted = join_words([name_wanted(slot, self.rng) for slot in slots])
        self.state.say_assistant(
            self.voice.say(load_phrases("assistant")["asks"], wanted=wanted), clarifies=True
        )

    def carry_out(self, group: Sequence[Step]) -> None:
        """Calls the steps of a group in one turn, again where nobody answered. Raises StuckError."""
        calls = [self._fill_call(step, place) for place, step in enumerate(group)]
        grounded = [bool(step.sources) for step in group]
        follows = bool(self.state.messages) and self.state.messages[-1].role == "tool"
        lookups = load_phrases("assistant")["lookups"]
        text = "" if follows and self.rng.random() < 0.85 else self.voice.choose(lookups)
        answers = self.state.call(calls, grounded, text)
        owed = [n for n, answer in enumerate(answers) if is_error(answer)]
        if owed:
            if not all(is_unavailable(answers[n]) for n in owed):
                raise StuckError(f"{calls[owed[0]].name} was refused: {answers[owed[0]]['error']}")
            again = self.state.call(
                [calls[n] for n in owed],
                [grounded[n] for n in owed],
                self.voice.choose(load_phrases("assistant")["retries"]),
            )
            for n, answer in zip(owed, again, strict=True):
                if is_error(answer):
                    raise StuckError(f"{calls[n].name} was refused twice")
                answers[n] = answer
        for step, call, answer in zip(group, calls, answers, strict=True):
            if isinstance(answer, dict) and answer.get("translated_text") in call.parameters.values():
                raise StuckError(f"nobody here can translate {answer['translated_text']!r:.60}")
            self.asked[step.index], self.outputs[step.index] = call.parameters, answer
            self._pick(step)

    def _fill_call(self, step: Step, place: int) -> ConversationCall:
        number = len(self.state.calls) + place
        parameters: dict[str, Json] = {}
        for slot in step.slots:
            if slot.dropped:
                continue
            value = self._find_value(slot) if slot.mapping else None
            if slot.spoken:
                value = self.scenario.wishes.wish(slot.parameter, step.endpoint)
            if value is None:
                value = self._make_up(slot, step, number)
            parameters[slot.parameter.name] = value
        if wrong := find_reversed(step.endpoint, parameters, all_apart=True):
            raise StuckError(f"{step.endpoint.endpoint_id} would end its {wrong[0].start} before it starts")
        return ConversationCall(name=step.endpoint.endpoint_id, parameters=parameters)

    def _find_value(self, slot: Slot) -> Json:
        """The value that an earlier output holds, of the item that was picked."""
        assert slot.mapping is not None
        source = slot.mapping.from_step
        values = list_values(self.outputs.get(source), slot.mapping.source_field, self.picked.get(source))
        if not values:
            return None
        return (
            [values[0]] if slot.parameter.type == "array" and not isinstance(values[0], list) else values[0]
        )

    def foresee(self, step: Step) -> dict[str, Json]:
        """What is known already of the plain values that will flow into a step, such as a city."""
        flowing = [slot for slot in step.slots if slot.mapping and slot.parameter.natural]
        found = {slot.parameter.name: self._find_value(slot) for slot in flowing}
        return {name: value for name, value in found.items() if value is not None}

    def _make_up(self, slot: Slot, step: Step, number: int) -> Json:
        """A value that nobody can know, marked as such."""
        self.state.mocks.append(f"{number}.{slot.parameter.name}")
        log.warning(
            "%s: nothing gives a value for %s of %s; it is made up and marked",
            self.state.session.name, slot.parameter.name, step.endpoint.endpoint_id,
        )  # fmt: skip
        if slot.parameter.type == "object":
            return {}
        value = draw_value(slot.described, self.rng, Scene(self.scenario.now), slot.parameter.entity)
        return [value] if slot.parameter.type == "array" and not isinstance(value, list) else value

    def _pick(self, step: Step) -> None:
        pick = self.scenario.picks.get(step.index)
        listing, items = self._list_items(step)
        if pick is None or listing is None or not items or not isinstance(listing.item, Group):
            return
        self.picked[step.index] = choose_item(pick, items, listing.item)

    def _list_items(self, step: Step) -> tuple[Listing | None, list[Json]]:
        """The first list that a step's reply holds, and what stands in it."""
        return find_items(self.outputs[step.index], self.executor.shape_of(step.endpoint))

    def found_nothing(self, step: Step) -> bool:
        """Whether a step's search came back empty."""
        return is_empty(self.outputs[step.index]) and step.endpoint.intent == "search"

    def tell_nothing(self, step: Step) -> None:
        """Says so and asks what else to try."""
        listing, _ = self._list_items(step)
        things = name_items(listing) if listing else "results"
        self.state.say_assistant(self.voice.say(load_phrases("assistant")["nothing"], things=things))

    def report(self, steps: Sequence[Step], offers: bool) -> None:
        """Tells what the steps of a request returned; with `offers` leaves the choice to the user."""
        used = {source for step in steps for source in step.chosen_from}
        parts = [
            self._report_step(step, used=step.index in used, offers=offers and step is steps[-1])
            for step in steps
        ]
        self.state.say_assistant("\n\n".join(part for part in parts if part))

    def _report_step(self, step: Step, *, used: bool, offers: bool) -> str:
        output, shape = self.outputs[step.index], self.executor.shape_of(step.endpoint)
        reporter = self.reporter.measured_by(self.asked.get(step.index, {}))
        if used and step.index in self.picked:
            choice = self._tell_choice(step)
            return choice if step.slots else f"{reporter.tell(step.endpoint, output, shape)}\n{choice}"
        text = reporter.tell(step.endpoint, output, shape)
        if offers and step.index in self._list_meant():
            text += f"\n{self.voice.choose(load_phrases('assistant')[_name_offer(shape)])}"
        return text

    def _list_meant(self) -> set[int]:
        """Steps of whose lists the user will choose an item."""
        later = [step for request in self.scenario.requests for step in request.steps]
        return {source for step in later for source in step.chosen_from}

    def _tell_choice(self, step: Step) -> str:
        """Which item was gone on with, when the user left the choice open."""
        listing, items = self._list_items(step)
        if listing is None or not items:
            return ""
        item = items[self.picked[step.index]]
        label = self.reporter.label(item, listing.item, find_own(step.endpoint))
        facts = self.reporter.list_facts(item, listing.item, label)[:2]
        if not label:
            return ""
        told = f"{label} ({', '.join(facts)})" if facts else label
        return raise_first(self.voice.say(load_phrases("assistant")["chosen"], it=told))

    def refer(self, step: Step, *, follows: bool) -> Reference:
        """How the user refers to what a step returned; `follows`: it was asked for just before."""
        shape = self.executor.shape_of(step.endpoint)
        told = load_phrases("user")["picks"]
        pick = self.scenario.picks.get(step.index)
        if pick and pick.manner not in told and step.index not in self.outputs:
            pick = None  # an item is chosen later on; what is meant now belongs to the whole
        found = find_listing(shape)
        inner = found.item if pick and found else shape
        entity = inner.owner if isinstance(inner, Group) else ""
        parts = list_parts(step.endpoint.endpoint_id)
        if pick is None:
            return Reference(self._refer_to_whole(step, follows=follows), entity, parts)
        if pick.manner in told:
            text = self.rng.choice(told[pick.manner])
            if not step.slots:  # nothing was searched for
                text = re.sub(r"(top|first) result", "first one", text)
        else:
            text = self._refer_to_item(step, pick)
        if len(self.scenario.picks) > 1 and text.endswith(" one"):
            text = f"{text.removesuffix('one')}{plain_name(entity).rpartition(' ')[2]}"
        return Reference(
            text, entity, {part: fill(name, {"it": text}, self.rng) for part, name in parts.items()}
        )

    def _refer_to_whole(self, step: Step, *, follows: bool) -> str:
        output, shape = self.outputs.get(step.index), self.executor.shape_of(step.endpoint)
        if follows and self.rng.random() < 0.7:
            return "it"
        if made := find_own(step.endpoint).get("made"):
            return str(made)
        looked_up = output is not None and step.endpoint.intent in ("search", "retrieve")
        return (self.reporter.label(output, shape) if looked_up else "") or "it"

    def _refer_to_item(self, step: Step, pick: Pick) -> str:
        """The item by its name, where it has one of its own, else by its place in the list."""
        listing, items = self._list_items(step)
        place, own = self.picked.get(step.index, 0), find_own(step.endpoint)
        labels = [self.reporter.label(item, listing.item, own) for item in items] if listing else []
        label = labels[place] if place < len(labels) else ""
        if pick.manner == "named" and label and labels.count(label) == 1:
            return label
        return f"the {ORDINALS[place]} one" if place < len(ORDINALS) else "the last one"

    def end(self) -> None:
        """The last word."""
        self.state.say_assistant(self.voice.choose(load_phrases("assistant")["endings"]))


def choose_item(pick: Pick, items: Sequence[Json], shape: Group) -> int:
    """The item's place; the first among equals."""
    told = {"cheapest": ("money",), "rated": ("rating",), "earliest": ("date", "moment", "time")}
    kinds = told.get(pick.manner)
    if kinds is None:
        return 0 if pick.manner == "first" else min(int(pick.place * len(items)), len(items) - 1, 5)
    fitting = [m for m in shape.members if isinstance(m, Leaf) and m.kind in kinds and _is_first(m)]
    fitting.sort(key=lambda m: (kinds.index(m.kind), m.name == "stars"))
    if not fitting:
        return 0
    deciding = fitting if pick.manner == "earliest" else fitting[:1]
    values = [[item.get(leaf.name) for leaf in deciding] for item in items]
    best = max(values) if pick.manner == "rated" else min(values)
    return values.index(best)


def _name_offer(shape: Shape | None) -> str:
    """Which phrases leave the choice: of things with prices or ratings one is liked, of others meant."""
    listing = find_listing(shape)
    members = listing.item.members if listing and isinstance(listing.item, Group) else []
    told = [m for m in members if isinstance(m, Leaf) and m.kind in ("money", "rating")]
    return "choose" if any(m.name not in ("balance", "amount") for m in told) else "choose_one"


def _is_first(leaf: Leaf) -> bool:
    """No time at which something ends, no price of all."""
    return not leaf.field.is_last and not set(split_name(leaf.name)) & {"total", "fee"}
