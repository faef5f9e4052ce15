"""The user: says what is wanted, in turns, answers questions, changes course when nothing is found."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversations.generation.actions import attach, find_part, word_action
from conversations.generation.phrasing import Voice, load_phrases
from conversations.generation.references import Reference
from conversations.generation.reports import find_own
from conversations.generation.scenario import Request, Scenario, Slot, Step
from conversations.generation.spelling import Spelling, draw_spelling, plain_name
from toolworlds.language.nouns import is_plural
from toolworlds.language.phrases import fill, list_filled, list_places
from toolworlds.language.words import raise_first
from toolworlds.records.base import Json

CONTEXT_SHARE = 0.35
_FOR_USER = re.compile(r"\b(me|us)\b")
_STOP = r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!\bMrs)(?<!\bProf)(?<!\b[A-Z])\. "
"""The end of a sentence, not of a title or an initial."""
_FIRST_SENTENCE = re.compile(rf"((?:\"[^\"]*\"|(?!{_STOP}).)*+)(?:\. (.*))?", re.DOTALL)
_ROUTE = frozenset(["origin", "destination"])
_GREETING = re.compile(r"(hi|hey|hello|hiya|good|yo|dear|so|ok|morning|evening)\b", re.IGNORECASE)


@dataclass(slots=True)
class UserProxy:
    """Speaks for the user of one scenario."""

    scenario: Scenario
    rng: random.Random
    said: set[str] = field(default_factory=set)
    """Parameters and values that were said already, as `kind=value`."""
    spoke: bool = False
    withheld: set[str] = field(default_factory=set)
    """What the message that is being written leaves out, as `said`."""
    spelling: Spelling = field(init=False)
    voice: Voice = field(init=False)

    def __post_init__(self) -> None:
        self.voice = Voice(self.rng)
        self.spelling = draw_spelling(self.rng, self.scenario.now.year)

    def ask(
        self,
        request: Request,
        references: Mapping[int, Reference],
        heard: Mapping[int, Mapping[str, Json]],
    ) -> str:
        """The message that asks for all that the request holds, save what is withheld.

        `references` are things by the step that returned them; `heard` are values by step and parameter that
        earlier outputs gave.
        """
        phrases, register = load_phrases("user"), self.scenario.register
        self.withheld = {self._key(slot) for step in request.steps for slot in step.withheld}
        clauses = [self._word_step(step, references, heard[step.index]) for step in request.steps]
        done = clauses[0]
        for clause in clauses[1:]:
            done = self._join(done, clause)
        frames = phrases["follow_ups" if self.spoke else "frames"][register]
        if not self.spoke and not _FOR_USER.search(done):
            frames = [*frames, *phrases["own"][register]]
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
        first, rest = split_first_sentence(done)
        before = frame.partition("{do}")[0].strip()
        if register != "casual" and (not before or before[-1] in ".!?"):
            first = raise_first(first)
        text = fill(frame, {"do": first, "praise": praise}, self.rng)
        if rest:
            text = f"{text if text[-1] in '.?!)' else text + '.'} {raise_first(rest)}"
            text = text if text[-1] in ".?!" else f"{text}."
        text = _tidy(text)
        return text if register == "casual" else raise_first(text)

    def _join(self, done: str, clause: str) -> str:
        return done + self.voice.say(load_phrases("user")["joints"], do=clause)

    def _draw_context(self, request: Request) -> str:
        contexts = load_phrases("user")["contexts"]
        own = contexts.get(request.steps[0].endpoint.category, [])
        return str(self.rng.choice(own if own and self.rng.random() < 0.7 else contexts["any"]))

    def _word_step(self, step: Step, references: Mapping[int, Reference], heard: Mapping[str, Json]) -> str:
        """A clause for one call: its own phrase where there is one, else what its description says."""
        told = [s for s in step.slots if s.spoken and self._key(s) not in self.withheld]
        said = {s.parameter.name: self._spell(s) for s in told}
        fresh = self._list_fresh(told)
        reference = next((references[n] for n in step.meant if n in references), None)
        places = self._refer(step, references)
        again = [
            s for s in step.slots if not s.points and s.parameter.name in heard and self.rng.random() < 0.4
        ]
        places |= {s.parameter.name: self._repeat(heard[s.parameter.name], s) for s in again}
        repeated = {s.parameter.name for s in told if s.kind != "date" and self.rng.random() < 0.2}
        places |= {name: text for name, text in said.items() if name in fresh | repeated}
        pointed = {_name_place(slot) for slot in step.slots if slot.points}
        template = self._choose_own(find_own(step.endpoint).get("ask", []), places, said, fresh | pointed)
        if template:
            needed = list_places(template, needed=True)
            places = {**{n: said[n] for n in needed & said.keys()}, **places}
            clause = fill(template, places, self.rng)
            covered = list_filled(template, frozenset(places))
        else:
            covered = frozenset()
            clause = self._word_plainly(step, reference, {s.kind for s in step.slots if s.mapping is None})
        for slot in again if not template else []:
            clause += f" {attach(slot, places[slot.parameter.name], self.rng)}"
        for slot in told:
            name = slot.parameter.name
            if name in fresh - covered:
                clause += f" {attach(slot, said[name], self.rng)}"
            if name in places or name in fresh:
                self._note(slot)
        return _tidy(clause)

    def _list_fresh(self, told: Sequence[Slot]) -> set[str]:
        """Parameters to be said: what is new, where one goes, both days of a span if one of them is new."""
        fresh = {s.parameter.name for s in told if not self._was_said(s)}
        fresh |= {s.parameter.name for s in told if find_part(s) in _ROUTE}
        days = {s.parameter.name for s in told if s.kind == "date"}
        return fresh | days if fresh & days else fresh

    def _refer(self, step: Step, references: Mapping[int, Reference]) -> dict[str, str]:
        """Places for what the user points at: `{it}`, and each parameter."""
        places: dict[str, str] = {}
        for slot in step.slots:
            if slot.mapping and slot.points and slot.mapping.from_step in references:
                text = references[slot.mapping.from_step].name_part(slot.parameter.entity)
                places[_name_place(slot)] = text
                if not slot.parameter.natural:
                    places.setdefault("it", text)
        return places

    def _choose_own(
        self, templates: Sequence[str], places: Mapping[str, str], said: Mapping[str, str], wanted: set[str]
    ) -> str:
        """Of the templates that can be filled one of those that say most of what is new or pointed at."""
        known = places.keys() | said.keys()
        fitting = [t for t in templates if list_places(t, needed=True) <= places.keys()]
        fitting = fitting or [t for t in templates if list_places(t, needed=True) <= known]
        filled = frozenset(places)
        counts = [len(list_filled(template, filled) & wanted) for template in fitting]
        fullest = [t for t, count in zip(fitting, counts, strict=True) if count == max(counts)]
        return self.voice.choose(fullest) if fullest else ""

    def _word_plainly(self, step: Step, reference: Reference | None, spoken: set[str]) -> str:
        action = word_action(step.endpoint, spoken, self.rng)
        return reference.work_in(action) if reference else action

    def answer(self, slots: Sequence[Slot]) -> str:
        """The values that were asked for."""
        parts = [
            self._quote(slot)
            if slot.kind == "text" or (place == 0 and slot.kind not in ("date", "moment", "people"))
            else attach(slot, self._spell(slot), self.rng)
            for place, slot in enumerate(slots)
        ]
        for slot in slots:
            self._note(slot)
        text = self.voice.say(load_phrases("user")["answers"], values=", ".join(parts))
        return _tidy(text if self.scenario.register == "casual" else raise_first(text))

    def change(self, slot: Slot) -> str:
        """Another value where the first one found nothing."""
        self._note(slot)
        said = self._spell(slot)
        if slot.kind in ("city", "date", "moment", "time"):
            said = attach(slot, said, self.rng)
        return raise_first(self.voice.say(load_phrases("user")["changes"], values=said))

    def drop(self, slot: Slot) -> str:
        """A condition given up."""
        name = plain_name(slot.parameter.name).removeprefix("max ").removeprefix("min ")
        counted = slot.parameter.type == "integer" and is_plural(name)
        told = f"{name} limit" if slot.kind == "money" else f"number of {name}" if counted else name
        return self.voice.say(load_phrases("user")["drops"], name=told)

    def close(self) -> str:
        """Thanks."""
        return str(self.rng.choice(load_phrases("user")["closings"][self.scenario.register]))

    def _spell(self, slot: Slot) -> str:
        value = self.scenario.wishes.wish(slot.parameter, slot.endpoint)
        return self.spelling.spell(value, slot.described)

    def _quote(self, slot: Slot) -> str:
        """The value alone; in quotes where it is a sentence."""
        spelled = self._spell(slot)
        return f'"{spelled}"' if slot.kind == "text" else spelled

    def _repeat(self, value: Json, slot: Slot) -> str:
        """A value of an earlier reply; in quotes where it has marks of its own, as a subject line does."""
        spelled = self.spelling.spell(value, slot.described)
        return f'"{spelled}"' if ": " in spelled else spelled

    def _was_said(self, slot: Slot) -> bool:
        return self._key(slot) in self.said

    def _note(self, slot: Slot) -> None:
        self.said.add(self._key(slot))

    def _key(self, slot: Slot) -> str:
        return f"{slot.kind}={self.scenario.wishes.wish(slot.parameter, slot.endpoint)}"


def split_first_sentence(text: str) -> tuple[str, str]:
    """What comes before the first full stop that is not within quotes, and what comes after it."""
    found = _FIRST_SENTENCE.match(text)
    assert found is not None  # it fits any text
    return found[1], found[2] or ""


def _name_place(slot: Slot) -> str:
    """The place of a template for what a slot points at."""
    return f"its_{slot.parameter.name}" if slot.parameter.natural else slot.parameter.name


def _tidy(text: str) -> str:
    """Single blanks, `an` before a vowel, one mark at the end of what is quoted."""
    text = re.sub(r"\b([Aa]) (?=[aeioAEIO]\w|u[^ns]\w)(?!one\b|eu)", r"\1n ", " ".join(text.split()))
    text = re.sub(r"\?\"\?(?= |$)", '?"', text)
    return re.sub(r"([.!?]\")\.(?= |$)", r"\1", text)
