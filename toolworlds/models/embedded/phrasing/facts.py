"""Facts: which of a call's are asked for, their names, and the words that ask for them."""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import count

from toolworlds.ids import slugify
from toolworlds.language.nouns import is_plural
from toolworlds.language.phrases import choose
from toolworlds.language.words import join_words
from toolworlds.models.embedded.call_sampling import AskedFact, SampledCall
from toolworlds.models.embedded.entities import EntityType
from toolworlds.models.embedded.phrasing.conditions import name_field
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn, is_person

SILENT_WRITE = 0.45
"""How often nothing is asked about a change."""
MOST_FACTS = 3
LONG_NAME = 48
COUNT = "number of "
SELECTED = " of that selection that are "
"""Stands in the noun of a count of what is in a state."""
WORDED_AS_ANY = ("",)
WORDED_AS_NOUNS = ("the ", "{its} ")
"""Beginnings of templates that are noun phrases."""


def pick_facts(call: SampledCall, effect: str, rng: random.Random) -> list[AskedFact]:
    """One to three of the facts, in the reply's order; after a change perhaps none."""
    if not call.facts or (effect == "write" and rng.random() < SILENT_WRITE):
        return []
    wanted = rng.choices(range(1, MOST_FACTS + 1), (6, 3, 1))[0]
    places = sorted(rng.sample(range(len(call.facts)), min(len(call.facts), wanted)))
    return [call.facts[place] for place in places]


def name_fact(turn: PlannedTurn, fact: AskedFact, taken: Collection[str]) -> str:
    """A name for the fact that tells it from those taken: `stock_lot_quantity`, `number_of_orders_2`."""
    said = slugify(fact.noun)
    alike = sum(other.noun == fact.noun for other in turn.call.facts)
    if alike > 1 or fact.noun.startswith("whether "):
        said = str(next(step for step in reversed(fact.path) if isinstance(step, str)))
    owner = _owner(turn, fact).slug
    name = said if said.startswith((slugify(COUNT), owner)) else f"{owner}_{said}"
    name = f"{owner}_{fact.path[-1]}" if len(name) > LONG_NAME else name
    name = f"first_{name}" if 0 in fact.path and fact.of is None else name
    numbered = (f"{name[:56]}_{number}" for number in count(2))
    return name[:60] if name[:60] not in taken else next(other for other in numbered if other not in taken)


def word_facts(turn: PlannedTurn, spoken: Mapping[str, str]) -> dict[str, str]:
    """`facts` may begin with `how` or `what`, `nouns` are noun phrases; empty without facts."""
    groups: dict[tuple[str, str], list[AskedFact]] = defaultdict(list)
    for fact in turn.facts:
        style = _choose_style(turn, fact)
        groups[style, fact.noun if style in ("count", "count_all") else fact.of or ""].append(fact)
    words = {"facts": WORDED_AS_ANY, "nouns": WORDED_AS_NOUNS}
    return {
        place: join_words(
            [_word_group(turn, style, group, spoken, begins) for (style, _), group in groups.items()]
        )
        for place, begins in words.items()
        if groups
    }


def _word_group(
    turn: PlannedTurn,
    style: str,
    group: Sequence[AskedFact],
    spoken: Mapping[str, str],
    begins: tuple[str, ...],
) -> str:
    """Facts of one kind about one thing: `its weight and service`."""
    fact = group[0]
    noun = join_words([_name_value(each) for each in group])
    places = {
        "noun": noun,
        "counted": fact.noun.removeprefix(COUNT).replace("_", " "),
        "np": spoken.get(fact.of or "", ""),
        **_split_state(fact.noun),
        "is": "are" if len(group) > 1 or is_plural(noun) else "is",
        "its": "their" if is_person(_owner(turn, fact)) else "its",
    }
    templates: Sequence[str] = load_phrases("clauses")["facts"][style]
    return choose(turn.rng, [template for template in templates if template.startswith(begins)], **places)


def _split_state(noun: str) -> dict[str, str]:
    """`number of bins of that selection that are open now` -> the bins, and `open now`."""
    things, _, state = noun.removeprefix(COUNT).partition(SELECTED)
    return {"things": things, "state": state}


def _name_value(fact: AskedFact) -> str:
    """What the value is called; a plain count by its plural noun is a number of them."""
    new = "new " if fact.noun.startswith("new ") else ""
    old = name_field(fact.noun.removeprefix(new), fact.unit).replace("_", " ")
    counts = fact.type == "integer" and fact.unit is None and is_plural(old) and not old.startswith(COUNT)
    return f"{new}{COUNT}{old}" if counts else f"{new}{old}"


def _owner(turn: PlannedTurn, fact: AskedFact) -> EntityType:
    """What kind of thing the value belongs to."""
    meaning = turn.tool.arguments.get(fact.of or "")
    return turn.domain[(turn.target(meaning) if meaning else None) or turn.tool.collection]


def _choose_style(turn: PlannedTurn, fact: AskedFact) -> str:
    if SELECTED in fact.noun:
        return "state"
    if (
        fact.noun.startswith(COUNT)
        and 0 not in fact.path
        and " that " not in fact.noun
        and (fact.of is None or turn.archetype == "history")
    ):
        return "count_all" if {"page_size", "limit"} & turn.call.arguments.keys() else "count"
    first = 0 in fact.path and fact.of is None
    if fact.noun.startswith("whether "):
        return "whether"
    if fact.type == "boolean":
        return "first_flag" if first else "flag"
    if first:
        return "first"
    if fact.of is None or " of the " in fact.noun or turn.archetype == "quote":
        return "selection"
    if sum(meaning.kind == "entity" for meaning in turn.given()) > 1:
        return "of_one"
    changes = turn.tool.spec.effect == "write"
    if changes and fact.path[-1] not in turn.domain[turn.tool.collection].generators:
        return "selection"
    return "after" if changes and not fact.noun.startswith("new ") else "own"
