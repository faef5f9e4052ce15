"""Everything that making one episode needs, built once a process: tools, pools, wordings, schedule."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from episodes.dialogue import Dialogue, MisfitError
from episodes.gold import Gold, check_plans, find_drift, load_gold
from episodes.patterns import PLANS
from episodes.patterns.plan import Draw
from episodes.phrasing import Template, load_phrases, phrase_request
from episodes.results import Results
from episodes.schedule import Places, ScheduledEpisode, make_schedule, weigh_plans
from episodes.sources import Pool, Sources, find_sources
from episodes.splits import split_pool
from episodes.system_text import write_system
from episodes.toolsets.base import ToolBox
from episodes.toolsets.log_store import LogStore
from episodes.toolsets.observations import ObsTools
from episodes.toolsets.repository import RepoTools
from episodes.toolsets.workspace import WorkspaceTools
from episodes.validators import Checker
from toolworlds.records.episodes import Episode, EpisodeMeta, Language, Split
from toolworlds.tokens.call_format import CallFormat
from toolworlds.tokens.tags import TagSet, load_tags
from utils import UserError

NAMED = 5
"""Gold entries that an error lists."""
TRIES = 60
"""Draws for one episode, before the run gives up on it."""


@dataclass(frozen=True, slots=True)
class EpisodeSettings:
    """What a run is asked for."""

    index_dir: Path
    repo_dir: Path
    log_store: Path
    gold: Path
    tags: Path
    count: int
    seed: int
    mix: dict[str, float]
    languages: dict[Language, float]
    max_result_chars: int
    verify_all: bool


@dataclass(frozen=True, slots=True)
class WordedRequest:
    """A drawn subject and how the user words it."""

    slot: ScheduledEpisode
    draw: Draw
    text: str
    template: str


def open_toolsets(settings: EpisodeSettings) -> tuple[WorkspaceTools, RepoTools, ObsTools]:
    """The three toolsets anew: what one of them remembers of its calls, the next does not know."""
    obs = ObsTools(LogStore(settings.log_store))
    return WorkspaceTools(settings.index_dir), RepoTools(settings.repo_dir), obs


class Workshop:
    """Draws and plays episodes by number; nothing depends on which were made before."""

    def __init__(self, settings: EpisodeSettings) -> None:
        self.settings = settings
        workspace, repo, obs = open_toolsets(settings)
        self.repo, self.obs = repo, obs
        self.tools = ToolBox(workspace, repo, obs)
        self.tags: TagSet = load_tags(settings.tags)
        self.calls = CallFormat(*self.tags.toolcall)
        self.gold: Gold = load_gold(settings.gold)
        self.sources: Sources = find_sources(workspace, repo, obs)
        self._wordings: dict[tuple[str, Language], dict[Split, list[Template]]] = {}
        self.checker = Checker(
            ToolBox(*open_toolsets(settings)), self.calls, self.tags, settings.max_result_chars
        )

    @cached_property
    def places(self) -> Places:
        """Plan -> where it has something to speak of, found by trying."""
        return {
            name: [key for key, pool in self.sources.pools.items() if self._can_draw(name, pool)]
            for name in PLANS
        }

    def _can_draw(self, plan: str, pool: Pool) -> bool:
        if PLANS[plan].calls and not self._templates(plan, pool.language)[pool.split]:
            return False
        return PLANS[plan].choose(pool, random.Random(0)) is not None

    @cached_property
    def schedule(self) -> list[ScheduledEpisode]:
        """The slot of every episode, by number."""
        s = self.settings
        check_plans(self.gold, sorted(weigh_plans(s.mix, self.places)))
        return make_schedule(s.count, s.seed, s.mix, s.languages, self.places)

    def check_gold(self) -> str | None:
        """Raises UserError if the tools no longer give what the gold set says; tells what is not checked."""
        drift = find_drift(self.gold, self.tools)
        if drift.differing:
            named, more = ", ".join(drift.differing[:NAMED]), len(drift.differing) - NAMED
            raise UserError(
                f"{len(drift.differing)} of {drift.checked} results of the gold set {self.gold.path} are not"
                f" what the tools give now: {named}{f' and {more} more' if more > 0 else ''};"
                " run `python -m episodes fill-gold` with the same folders and read what changed"
            )
        if not drift.foreign:
            return None
        return f"the gold set's {', '.join(drift.foreign)} results are of other data and are not checked"

    def _templates(self, plan: str, language: Language) -> dict[Split, list[Template]]:
        if (plan, language) not in self._wordings:
            written = load_phrases("requests").get(plan, {}).get(language, [])
            own = [Template(f"{plan}/{language}/{number}", text) for number, text in enumerate(written)]
            pool = split_pool([*own, *self.gold.templates(plan, language)], f"{plan} {language}")
            self._wordings[plan, language] = pool
        return self._wordings[plan, language]

    def draw(self, number: int, attempt: int, slot: ScheduledEpisode | None = None) -> WordedRequest:
        """The request of one episode; another attempt gives another one."""
        slot = slot or self.schedule[number]
        rng = random.Random(f"{self.settings.seed}:{number}:{attempt}")
        draw = PLANS[slot.plan].choose(self.sources.pools[slot.language, slot.split], rng)
        if draw is None:
            raise MisfitError(f"{slot.plan} has nothing to speak of in {slot.language}")
        if draw.request:
            return WordedRequest(slot, draw, draw.request, draw.template)
        template = rng.choice(self._templates(slot.plan, slot.language)[slot.split])
        text = phrase_request(template.text, draw.slots, slot.language, rng)
        return WordedRequest(slot, draw, text, template.id)

    def play(
        self, number: int, attempt: int, results: Results, slot: ScheduledEpisode | None = None
    ) -> Episode:
        """The whole episode; raises MisfitError if the tools do not bear what was drawn."""
        request = self.draw(number, attempt, slot)
        rng = random.Random(f"{self.settings.seed}:{number}:{attempt}:play")
        dialogue = Dialogue(self.tools, self.calls, results, request.slot.language, rng)
        dialogue.user(request.text)
        plan = PLANS[request.slot.plan]
        plan.play(dialogue, request.draw, rng)
        if tuple(e.name for e in dialogue.exchanges) != plan.calls:
            raise MisfitError("another plan was followed")
        if any(self.sources.is_foreign(name, request.slot.split) for name in dialogue.cited):
            raise MisfitError("the answer cites what belongs to the other split")
        meta = EpisodeMeta(
            category=plan.category,
            pattern=plan.pattern,
            language=request.slot.language,
            source="generated",
            plan=plan.name,
            template=request.template,
            documents=list(dict.fromkeys(dialogue.cited)),
            split=request.slot.split,
        )
        system = write_system(self.tools.specs, self.calls, rng)
        return Episode(episode_id=f"EP-{number:06d}", meta=meta, system=system, messages=dialogue.messages)

    def make(self, number: int, attempt: int, results: Results) -> tuple[Episode, int]:
        """An episode that passes every check, and how many draws were refused on the way."""
        refused = 0
        for slot in self._list_slots(number):
            for _ in range(TRIES):
                try:
                    episode = self.play(number, attempt + refused * 1000, results, slot)
                    rerun = self.settings.verify_all or number % 50 == 0
                    if not self.checker.check(episode, rerun):
                        return episode, refused
                except MisfitError:
                    pass
                refused += 1
        slot = self.schedule[number]
        raise UserError(
            f"episode {number} ({slot.plan}, {slot.language}, {slot.split}) failed {refused} times; leave"
            f" {PLANS[slot.plan].pattern} out of --mix, or give more documents"
        )

    def _list_slots(self, number: int) -> Iterator[ScheduledEpisode]:
        """What the episode is to be; where the sources do not bear it, another plan with as many calls."""
        slot = self.schedule[number]
        yield slot
        calls = min(2, len(PLANS[slot.plan].calls))
        others = [
            name
            for name, places in self.places.items()
            if (slot.language, slot.split) in places
            and min(2, len(PLANS[name].calls)) == calls
            and name != slot.plan
            and (not self.settings.mix or PLANS[name].pattern in self.settings.mix)
        ]
        random.Random(f"{self.settings.seed}:{number}:others").shuffle(others)
        yield from (replace(slot, plan=name) for name in others)
