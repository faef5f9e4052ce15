"""Arguments that the main phrase leaves out: `with 12 cases`, or a sentence that lists them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toolworlds.language.nouns import is_plural
from toolworlds.language.phrases import choose, fill
from toolworlds.language.words import join_words, raise_first
from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning
from toolworlds.models.embedded.phrasing.conditions import describe_noun, name_field
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn

INLINE_MOST = 3
"""More details than that are listed in a sentence of their own."""

CHANGES = ("update",)
BARE = ("start", "length", "reason")
"""Styles of details that follow without `with`; their templates begin with what joins them."""
LONG_NOUN = 2
"""A noun of more words does not stand right before its value."""
TIMED = ("schedule", "reschedule", "availability")


@dataclass(frozen=True, slots=True)
class Details:
    """What follows the main phrase, and what follows the sentence; either may be empty."""

    inside: str = ""
    after: str = ""

    @property
    def breaks_off(self) -> bool:
        """Whether the sentence cannot go on behind it."""
        return bool(self.after) or any(mark in self.inside for mark in ":—“")


def word_details(turn: PlannedTurn, left: Sequence[ArgumentMeaning], spoken: Mapping[str, str]) -> Details:
    """Words for the arguments in `left`."""
    if not left:
        return Details()
    if len(left) > INLINE_MOST and turn.archetype not in CHANGES:
        return Details(after=_list_items(turn, left, spoken))
    if turn.archetype == "note":
        text = fill(load_phrases("clauses")["text_as_is"], {"value": spoken[left[0].name]})
        return Details(inside=f"{_lead(turn, 'text')}{text}")
    if turn.archetype in CHANGES:
        items = [_word_change(turn, meaning, spoken) for meaning in left]
        return Details(inside=f"{_lead(turn, 'changes')}{join_words(items)}")
    return Details(inside=_inline(turn, left, spoken))


def _word_change(turn: PlannedTurn, meaning: ArgumentMeaning, spoken: Mapping[str, str]) -> str:
    """`set the phone number to …`; what is answered by yes or no stands in quotes."""
    style = "new_flags" if isinstance(turn.call.arguments[meaning.name], bool) else "new_values"
    places = describe_noun(meaning.noun) | {"noun": meaning.noun, "value": _quoted(meaning, spoken)}
    return choose(turn.rng, load_phrases("clauses")[style], **places)


def _inline(turn: PlannedTurn, left: Sequence[ArgumentMeaning], spoken: Mapping[str, str]) -> str:
    """Times and lengths follow the phrase at once; all else follows `with`."""
    styles = {m.name: _choose_style(turn, m, spoken[m.name]) for m in left}
    bare = [m for m in left if styles[m.name] in BARE]
    rest = [m for m in left if styles[m.name] not in BARE]
    words = {m.name: _word_detail(turn, m, styles[m.name], spoken) for m in left}
    listed = f"{_lead(turn, 'default')}{join_words([words[m.name] for m in rest])}" if rest else ""
    return listed + "".join(words[m.name] for m in bare)


def _word_detail(turn: PlannedTurn, meaning: ArgumentMeaning, style: str, spoken: Mapping[str, str]) -> str:
    places = describe_noun(meaning.noun, meaning.unit) | {
        "value": spoken[meaning.name],
        "rest": meaning.noun.removeprefix(meaning.unit or "").strip(),
    }
    return choose(turn.rng, load_phrases("clauses")["details"][style], **places)


def _choose_style(turn: PlannedTurn, meaning: ArgumentMeaning, value: str) -> str:
    calendar = turn.domain[turn.tool.collection].calendar
    if calendar and turn.archetype in TIMED and meaning.field in (calendar.start, calendar.length):
        return "start" if meaning.field == calendar.start else "length"
    if meaning.kind == "note":
        return "note"
    if meaning.noun.startswith("reason"):
        return "reason"
    if meaning.unit and meaning.noun.startswith(f"{meaning.unit} "):
        return "measured"
    if _says_itself(turn, meaning, value):
        return "counted"
    if _is_bare_count(turn, meaning):
        return "number"
    if meaning.unit:
        return "amount"
    return "named" if turn.target(meaning) or len(meaning.noun.split()) > LONG_NOUN else "plain"


def _lead(turn: PlannedTurn, kind: str) -> str:
    return str(turn.rng.choice(load_phrases("clauses")["leads"][kind]))


def _quoted(meaning: ArgumentMeaning, spoken: Mapping[str, str]) -> str:
    return f"“{spoken[meaning.name]}”" if meaning.kind == "note" else spoken[meaning.name]


def _list_items(turn: PlannedTurn, left: Sequence[ArgumentMeaning], spoken: Mapping[str, str]) -> str:
    phrases = load_phrases("clauses")
    template = turn.rng.choice(phrases["item"])
    items = join_words([_word_item(turn, template, m, spoken) for m in left])
    return raise_first(choose(turn.rng, phrases["listing"], items=items))


def _word_item(turn: PlannedTurn, template: str, meaning: ArgumentMeaning, spoken: Mapping[str, str]) -> str:
    value = _quoted(meaning, spoken)
    if meaning.noun == meaning.unit:
        return value
    value = value.removeprefix(f"{meaning.noun} ")
    if _says_itself(turn, meaning, value) and ":" not in template:
        return value
    return fill(template, {"noun": name_field(meaning.noun, meaning.unit), "value": value})


def _says_itself(turn: PlannedTurn, meaning: ArgumentMeaning, value: str) -> bool:
    """Whether the value says what it is: `three hours`, `sailing KP118W`."""
    return meaning.noun == meaning.unit or (turn.target(meaning) is not None and meaning.noun in value)


def _is_bare_count(turn: PlannedTurn, meaning: ArgumentMeaning) -> bool:
    """Whether it is a number of what its name says: `places`."""
    value = turn.call.arguments[meaning.name]
    return isinstance(value, int) and meaning.unit is None and is_plural(meaning.noun)
