"""How a list is to be sorted and cut: `, sorted by price in descending order (just the first 4)`."""

from toolworlds.language.phrases import choose
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn
from toolworlds.models.embedded.schemas import kind_of
from toolworlds.world.interface import list_defaults

CUTS = ("page", "page_size", "limit")
SORTED = {"sort_by", "order", "page_size"}
"""Arguments of a search that make its order matter."""
DATES = ("day", "moment")


def word_paging(turn: PlannedTurn) -> str:
    """What follows the list in the sentence, each part with its comma or bracket."""
    given = turn.call.arguments
    said = _word_ranking(turn) if turn.archetype == "rank" else _word_order(turn)
    for name in CUTS:
        if name in given:
            latest = name == "limit" and turn.archetype == "history"
            said += _choose(turn, "latest" if latest else name, value=str(given[name]))
    return said


def _word_order(turn: PlannedTurn) -> str:
    """By what, and in which direction, as far as it was asked for or the first few depend on it."""
    given = turn.call.arguments
    if not SORTED & given.keys():
        return ""
    settled = list_defaults(turn.tool.spec.parameters) | given
    called = turn.domain[turn.tool.collection].called(str(settled["sort_by"]))
    style = "order" if {"order", "page_size"} & given.keys() else "sort_by"
    return _choose(turn, style, field=called, value=str(settled["order"]))


def _word_ranking(turn: PlannedTurn) -> str:
    """Which comes first; said also where it is the tool's own habit, since people would not know that."""
    meaning = turn.tool.arguments["order"]
    value = (list_defaults(turn.tool.spec.parameters) | turn.call.arguments)["order"]
    dates = kind_of(turn.domain, meaning.collection, meaning.field) in DATES
    return _choose(turn, "first_date" if dates else "first", value=str(value))


def _choose(turn: PlannedTurn, style: str, **places: str) -> str:
    return choose(turn.rng, load_phrases("clauses")["paging"][style], **places)
