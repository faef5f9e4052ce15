"""The gold set: handcrafted episodes that say how calls are written, which plans there are, how users speak.

A gold entry's calls are run again before a run: a result that differs from the filled one is an error, unless
all that the gold set names in that kind of data is unknown here, as in a workspace of one's own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import ValidationError

from episodes.patterns import PLANS
from episodes.phrasing import Template
from episodes.results import RESULT_CHARS, Results
from episodes.toolsets.base import Arguments, ToolBox
from toolworlds.language.phrases import escape
from toolworlds.records.base import Json
from toolworlds.records.episodes import GoldEpisode, Language
from toolworlds.tokens.call_format import CallFormat, learn_format
from utils import UserError, read_lines

RESULT_BLANK = "__TOOLRESULT_FILL__"
ANSWER_BLANK = "__FINAL_ANSWER_FILL__"


@dataclass(frozen=True, slots=True)
class Gold:
    """The specification that the generator follows."""

    path: Path
    episodes: list[GoldEpisode]
    calls: CallFormat

    def templates(self, plan: str, language: Language) -> Iterator[Template]:
        """First messages of this plan with slots in place of their words."""
        for episode in self.episodes:
            meta = episode.meta
            if meta.plan == plan and meta.language == language and meta.slots:
                yield Template(episode.episode_id, blank_slots(episode.messages[0].content, meta.slots))


def blank_slots(text: str, slots: Mapping[str, str]) -> str:
    """The text as a template: its own words as plain text, the slots' words replaced, longest first."""
    text = escape(text)
    for name, words in sorted(slots.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(escape(words), f"{{{name}}}")
    return text


def load_gold(path: Path) -> Gold:
    """Reads and checks the whole file; raises UserError that names the entry."""
    episodes = []
    for number, value in enumerate(read_lines(path), 1):
        try:
            episodes.append(GoldEpisode.model_validate(value))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise UserError(
                f"{path}:{number} is no gold episode: {place}: {first['msg']}; mend the line"
            ) from error
    if not episodes:
        raise UserError(f"--gold {path} is empty; it is the generator's specification")
    gold = Gold(path, episodes, _learn_calls(path, episodes))
    for episode in episodes:
        if reason := find_fault(episode, gold.calls):
            raise UserError(f"gold {episode.episode_id} ({path}): {reason}; mend the entry")
    return gold


def _learn_calls(path: Path, episodes: list[GoldEpisode]) -> CallFormat:
    written = [
        message.content
        for episode in episodes
        for message, following in zip(episode.messages, episode.messages[1:], strict=False)
        if message.role == "assistant" and following.role == "toolresult"
    ]
    formats: dict[CallFormat, str] = {}
    for content in written:
        try:
            formats.setdefault(learn_format(content), content)
        except ValueError as error:
            raise UserError(f"gold {path}: {error}; write it like the other calls") from error
    if len(formats) != 1:
        raise UserError(f"gold {path} writes calls in {len(formats)} ways; exactly one is needed")
    return next(iter(formats))


def list_calls(episode: GoldEpisode, calls: CallFormat) -> list[tuple[str, Arguments]]:
    """All calls in order; raises ValueError."""
    said = (m.content for m in episode.messages if m.role == "assistant")
    return [calls.read(content) for content in said if calls.is_call(content)]


def find_fault(episode: GoldEpisode, calls: CallFormat) -> str | None:
    """What is wrong with an entry's shape; None if nothing is."""
    plan = PLANS.get(episode.meta.plan)
    if plan is None:
        return f"unknown plan {episode.meta.plan!r}"
    if (plan.pattern, plan.category) != (episode.meta.pattern, episode.meta.category):
        return f"plan {plan.name} belongs to {plan.pattern}, {plan.category}"
    try:
        made = tuple(name for name, _ in list_calls(episode, calls))
    except ValueError as error:
        return str(error)
    if made != plan.calls:
        wanted, found = (", ".join(names) or "nothing" for names in (plan.calls, made))
        return f"plan {plan.name} calls {wanted}, the entry {found}"
    roles = "".join(
        "c" if m.role == "assistant" and calls.is_call(m.content) else m.role[0] for m in episode.messages
    )
    if not re.fullmatch(r"(u(ct)*a)+", roles):
        return f"roles {roles} do not alternate as user, (call, toolresult)…, assistant"
    spoken = " ".join(m.content for m in episode.messages if m.role == "user")
    missing = [words for words in episode.meta.slots.values() if words not in spoken]
    return f"slot {missing[0]!r} stands in no user message" if missing else None


@dataclass(frozen=True, slots=True)
class Drift:
    """How the filled results stand to what the tools give now."""

    differing: list[str]
    """`GOLD-WS-001 workspace.search` of each result that is another one now."""
    checked: int
    foreign: list[str]
    """Toolsets whose results are of other data altogether: nothing that they name exists here."""


def find_drift(gold: Gold, tools: ToolBox) -> Drift:
    """Asks for every filled result again."""
    differing: dict[str, list[str]] = {}
    known: dict[str, bool] = {}
    checked = 0
    for episode in gold.episodes:
        filled = [m.content for m in episode.messages if m.role == "toolresult"]
        for (name, arguments), content in zip(list_calls(episode, gold.calls), filled, strict=True):
            if content == RESULT_BLANK or name not in tools.tools:
                continue
            checked += 1
            toolset = name.split(".")[0]
            same = Results(RESULT_CHARS).give(name, arguments, tools.execute(name, arguments)) == content
            if not same:
                differing.setdefault(toolset, []).append(f"{episode.episode_id} {name}")
            if not known.get(toolset):
                known[toolset] = names_something(orjson.loads(content), tools)
    foreign = [toolset for toolset in differing if not known[toolset]]
    kept = [entry for toolset, entries in differing.items() if toolset not in foreign for entry in entries]
    return Drift(kept, checked, foreign)


def names_something(result: Json, tools: ToolBox) -> bool:
    """Whether a document, file or trace that a result names exists for these tools."""
    if isinstance(result, list):
        return any(names_something(inner, tools) for inner in result)
    if not isinstance(result, dict):
        return False
    for key, tool in (("doc_id", "workspace.get_doc"), ("path", "repo.log"), ("trace_id", "obs.trace")):
        if isinstance(result.get(key), str) and "error" not in tools.execute(tool, {key: result[key]}):
            return True
    return any(names_something(inner, tools) for inner in result.values())


def check_plans(gold: Gold, plans: list[str]) -> None:
    """Every plan that is to be generated needs a gold example; raises UserError."""
    shown = {episode.meta.plan for episode in gold.episodes}
    for plan in plans:
        if plan not in shown:
            raise UserError(f"gold {gold.path} has no example of {plan}; add one, or leave it out of --mix")
