"""The user: says what is wanted, in turns, answers questions, changes course when nothing is found."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from conversation_generation.actions import attach, word_action
from conversation_generation.phrasing import Voice, fill, list_places, load_phrases, raise_first
from conversation_generation.references import Reference
from conversation_generation.scenario import Request, Scenario, Slot, Step
from conversation_generation.spelling import Spelling, draw_spelling, plain_name

CONTEXT_SHARE = 0.35
_GREETING = re.compile(r"(hi|hey|hello|hiya|good|yo|dear|so|ok)\b", re.IGNORECASE)


@dataclass(slots=True)
class UserProxy:
    """Speaks for the user of one scenario."""

    scenario: Scenario
    rng: random.Random
    said: set[str] = field(default_factory=set)
    """Parameters and values that were said already, as `kind=value`."""
    spoke: bool = False
    spelling: Spelling = field(init=False)
    voice: Voice = field(init=False)

    def __post_init__(self) -> None:
        self.voice = Voice(self.rng)
        self.spelling = draw_spelling(self.rng, self.scenario.now.year)

    def ask(self, request: Request, references: dict[int, Reference]) -> str:
        """The message that asks for all that the request holds, save what is withheld."""
        phrases, register = load_phrases("user"), self.scenario.register
        clauses = [self._word_step(step, references) for step in request.steps]
        done = clauses[0]
        for clause in clauses[1:]:
            done = self._join(done, clause)
        frames = phrases["follow_ups" if self.spoke else "frames"][register]
        with_context = not self.spoke and register != "terse" and self.rng.random() < CONTEXT_SHARE
        if with_context:
            frames = [frame for frame in frames if not _GREETING.match(frame)]
        text = self._frame(self.voice.choose(frames), done)
        self.spoke = True
        return f"{self._draw_context(request)} {raise_first(text)}" if with_context else text

    def _frame(self, frame: str, done: str) -> str:
        """The frame around what is to be done; several sentences stand after their frame's own mark."""
        phrases, register = load_phrases("user"), self.scenario.register
        praise = self.voice.choose(phrases["praise"][register])
        first, stop, rest = done.partition(". ")
        before = frame.partition("{do}")[0].strip()
        if register != "casual" and (not before or before[-1] in ".!?"):
            first = raise_first(first)
        text = fill(frame, {"do": first, "praise": praise}, self.rng)
        if stop:
            text = f"{text if text[-1] in '.?!' else text + '.'} {raise_first(rest)}"
            text = text if text[-1] in ".?!" else f"{text}."
        return text if register == "casual" else raise_first(text)

    def _join(self, done: str, clause: str) -> str:
        return done + self.voice.say(load_phrases("user")["joints"], do=clause)

    def _draw_context(self, request: Request) -> str:
        contexts = load_phrases("user")["contexts"]
        own = contexts.get(request.steps[0].endpoint.category, [])
        return str(self.rng.choice(own if own and self.rng.random() < 0.7 else contexts["any"]))

    def _word_step(self, step: Step, references: dict[int, Reference]) -> str:
        """A clause for one call: its own phrase where there is one, else what its description says."""
        said = {s.parameter.name: self._spell(s) for s in step.slots if s.spoken and s not in step.withheld}
        fresh = {s.parameter.name for s in step.slots if s.parameter.name in said and not self._was_said(s)}
        places = {name: text for name, text in said.items() if name in fresh or self.rng.random() < 0.2}
        reference = next((references[source] for source in step.sources if source in references), None)
        own = load_phrases("endpoints").get(step.endpoint.endpoint_id, {}).get("ask", [])
        if reference:
            places |= reference.places()
        clause = self._choose_own(own, places, said)
        used: frozenset[str] = frozenset()
        if clause:
            used = list_places(clause)
            clause = fill(
                clause,
                {**said, **places} if list_places(clause, needed=True) - places.keys() else places,
                self.rng,
            )
        else:
            clause = self._word_plainly(step, reference, {s.kind for s in step.slots if s.mapping is None})
        rest = [s for s in step.slots if s.parameter.name in fresh - used]
        siblings = tuple(s.kind for s in step.slots if s.kind in ("date", "moment"))
        for slot in rest:
            clause += f" {attach(slot, said[slot.parameter.name], siblings, self.rng)}"
        for slot in step.slots:
            if slot.parameter.name in places or slot.parameter.name in fresh:
                self._note(slot)
        return " ".join(clause.split())

    def _choose_own(self, templates: Sequence[str], places: dict[str, str], said: dict[str, str]) -> str:
        fitting = [t for t in templates if list_places(t, needed=True) <= places.keys()]
        fitting = fitting or [
            t for t in templates if list_places(t, needed=True) <= places.keys() | said.keys()
        ]
        return self.voice.choose(fitting) if fitting else ""

    def _word_plainly(self, step: Step, reference: Reference | None, spoken: set[str]) -> str:
        action = word_action(step.endpoint, spoken, self.rng)
        return reference.work_in(action) if reference else action

    def answer(self, slots: Sequence[Slot], step: Step) -> str:
        """The values that were asked for."""
        siblings = tuple(s.kind for s in step.slots if s.kind in ("date", "moment"))
        parts = [
            self._spell(slot)
            if place == 0 and slot.kind not in ("date", "moment", "people")
            else attach(slot, self._spell(slot), siblings, self.rng)
            for place, slot in enumerate(slots)
        ]
        for slot in slots:
            self._note(slot)
        text = self.voice.say(load_phrases("user")["answers"], values=", ".join(parts))
        return text if self.scenario.register == "casual" else raise_first(text)

    def change(self, step: Step, slots: Sequence[Slot]) -> str:
        """Another value where the first one found nothing."""
        siblings = tuple(s.kind for s in step.slots if s.kind in ("date", "moment"))
        parts = [attach(slot, self._spell(slot), siblings, self.rng) for slot in slots]
        for slot in slots:
            self._note(slot)
        return raise_first(self.voice.say(load_phrases("user")["changes"], values=" ".join(parts)))

    def drop(self, slot: Slot) -> str:
        """A condition given up."""
        name = plain_name(slot.parameter.name).removeprefix("max ").removeprefix("min ")
        told = f"{name} limit" if slot.kind == "money" else name
        return self.voice.say(load_phrases("user")["drops"], name=told)

    def close(self) -> str:
        """Thanks."""
        return str(self.rng.choice(load_phrases("user")["closings"][self.scenario.register]))

    def _spell(self, slot: Slot) -> str:
        value = self.scenario.wishes.wish(slot.parameter, slot.endpoint)
        return self.spelling.spell(value, slot.described)

    def _was_said(self, slot: Slot) -> bool:
        return self._key(slot) in self.said

    def _note(self, slot: Slot) -> None:
        self.said.add(self._key(slot))

    def _key(self, slot: Slot) -> str:
        return f"{slot.kind}={self.scenario.wishes.wish(slot.parameter, slot.endpoint)}"
