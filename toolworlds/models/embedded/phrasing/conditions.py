"""What the entities of a list must look like, in words: `that are open and whose zone is chilled`."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from toolworlds.language.nouns import is_plural, with_article
from toolworlds.language.phrases import choose
from toolworlds.language.words import join_words
from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning
from toolworlds.models.embedded.generators import Flag
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn
from toolworlds.models.embedded.schemas import kind_of

ADJECTIVE = re.compile(
    r"(?!arrived|departed).*(ed|ing|en|able|ible|ive)|(in|on|off|under|out|at|not|awaiting|up|no) .*"
    r"|(active|idle|due|overdue|free|new|ready|paid|unpaid|sent|lost|full|live|busy|valid|late|done|void|current|vacant|present|absent|dormant)"
)
"""Words after which `that are` reads right."""
PARTICIPLE = re.compile(r"\w+ed")
PREFIX = re.compile(r"\w+(ed|ing|en)|active|idle|overdue|new|unpaid|available|vacant|current")
"""Statuses that read right before a noun."""


PREFIXED = 0.5
"""How often a status of one word stands before the noun: `open bins`."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A plural noun with what stands before it, and the clauses behind it with a blank before them."""

    things: str
    conditions: str = ""


def word_selection(turn: PlannedTurn, spoken: Mapping[str, str]) -> Selection:
    """The entities that the call's filters select."""
    things = turn.domain[turn.tool.collection].plural
    by_field: dict[str, dict[str, ArgumentMeaning]] = defaultdict(dict)
    for meaning in turn.given():
        if meaning.kind == "filter":
            by_field[meaning.field][meaning.comparison] = meaning
    status = spoken[by_field["status"]["="].name] if "status" in by_field else ""
    if PREFIX.fullmatch(status) and turn.rng.random() < PREFIXED:
        del by_field["status"]
        things = f"{status} {things}"
    clauses = [_word_field(turn, sides, spoken) for sides in by_field.values()]
    turn.rng.shuffle(clauses)
    return Selection(things, f" {join_words(clauses)}" if clauses else "")


def _word_field(turn: PlannedTurn, sides: Mapping[str, ArgumentMeaning], spoken: Mapping[str, str]) -> str:
    meaning = next(iter(sides.values()))
    style = _choose_style(turn, sides, spoken)
    values = {side.comparison: spoken[side.name] for side in sides.values()}
    places = describe_noun(meaning.noun, meaning.unit) | {
        "value": next(iter(values.values())),
        "low": values.get(">=", ""),
        "high": values.get("<=", values.get("<", "")),
    }
    things = _counted_noun(meaning)
    places["counted"] = f"{places['value']} {things}".strip()
    places["low_of"], places["high_of"] = (
        places["low"].removesuffix(f" {meaning.unit}"),
        f"{places['high']} {things}".strip(),
    )
    return choose(turn.rng, load_phrases("clauses")["conditions"][style], **places)


def name_field(noun: str, unit: str | None) -> str:
    """What a field is called, as a noun: `reserved cases` for a bare participle."""
    return f"{noun} {unit or 'amount'}" if PARTICIPLE.fullmatch(noun) else noun


def describe_noun(noun: str, unit: str | None = None) -> dict[str, str]:
    """A field's name in the forms that templates ask for."""
    noun = name_field(noun, unit)
    plural = is_plural(noun)
    return {"noun": noun, "a_noun": noun if plural else with_article(noun), "is": "are" if plural else "is"}


def _choose_style(turn: PlannedTurn, sides: Mapping[str, ArgumentMeaning], spoken: Mapping[str, str]) -> str:
    meaning = next(iter(sides.values()))
    counts = meaning.comparison in (">=", "<=") and _is_counted(meaning)
    if len(sides) == 2:
        if "<" in sides:
            return "from_before"
        style = "exactly" if spoken[sides[">="].name] == spoken[sides["<="].name] else "between"
        return f"count_{style}" if counts else style
    match meaning.comparison:
        case ">=" if kind_of(turn.domain, meaning.collection, meaning.field) in ("day", "moment"):
            return "from_day"
        case ">=":
            return "count_at_least" if counts else "at_least"
        case "<=":
            return "count_at_most" if counts else "at_most"
        case "<":
            return "before_day"
        case "contains":
            return "contains"
    return _choose_equality(turn, meaning, spoken[meaning.name])


def _choose_equality(turn: PlannedTurn, meaning: ArgumentMeaning, value: str) -> str:
    if isinstance(turn.domain.generator(meaning.collection, meaning.field), Flag):
        return "flag"
    if turn.target(meaning):
        return "entity"
    if meaning.field == "status":
        return "state" if ADJECTIVE.fullmatch(value) else "status"
    return "word"


def _is_counted(meaning: ArgumentMeaning) -> bool:
    """Whether the noun itself is counted: `pallet places`, or what is left of a unit, `(cases) reserved`."""
    if PARTICIPLE.fullmatch(meaning.noun):
        return meaning.unit is not None
    if meaning.unit and meaning.noun.startswith(f"{meaning.unit} "):
        return True
    return meaning.noun == meaning.unit or (meaning.unit is None and is_plural(meaning.noun))


def _counted_noun(meaning: ArgumentMeaning) -> str:
    return meaning.noun.removeprefix(meaning.unit or "").strip()
