"""The imperative of a request: what is to be done, to what, and with which values."""

from collections.abc import Mapping
from dataclasses import replace

from toolworlds.language.nouns import is_plural, to_singular, with_article
from toolworlds.language.phrases import choose, fill, list_places
from toolworlds.models.embedded.archetypes.plan import ArgumentMeaning
from toolworlds.models.embedded.entities import EntityType
from toolworlds.models.embedded.phrasing.conditions import Selection, describe_noun, word_selection
from toolworlds.models.embedded.phrasing.details import Details, word_details
from toolworlds.models.embedded.phrasing.paging import word_paging
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn, is_person
from toolworlds.models.embedded.phrasing.pointing import point

OWN_PHRASES = 0.5
"""How often an operation's own phrases are used where it has some."""
WHOLE = 0.6
"""How often a quantity that is all there is goes by that, where an earlier reply shows it."""
FIELD_OPTIONS = ("field", "by", "of", "ref")
"""Options of operations that name the field that `{field}` stands for, the first that is one."""
ALWAYS_FILLED = ("thing", "things", "a_thing", "conditions")
"""Places that need no argument."""
PARTICLES = ("off", "up", "out", "in", "on", "down", "back", "over")
"""Words at the end of a verb that a noun follows: `sign off the order`, but `sign them all off`."""
PREPOSITIONS = ("of", "for", "to", "from", "with", "as")
SORTING = ("sort_by", "order")
PLACE_OF = {"for_it": "it", "verb_it": "it"}
"""Places in which an argument stands with other words -> the argument's own place."""


def speak_argument(turn: PlannedTurn, meaning: ArgumentMeaning) -> str:
    """An argument's value as people say it, or the entity that is meant. Raises Unspeakable."""
    if turn.target(meaning):
        return point(turn, meaning)
    value = turn.call.arguments[meaning.name]
    if meaning.kind == "amount":
        return _speak_amount(turn, meaning, value)
    return turn.speak(value, meaning.unit)


def _speak_amount(turn: PlannedTurn, meaning: ArgumentMeaning, value: float) -> str:
    """A quantity that is moved or changed: never without a word for what it counts; all of it perhaps so."""
    if turn.call.pointers[meaning.name].call is not None and turn.rng.random() < WHOLE:
        return choose(turn.rng, load_phrases("clauses")["whole"], **describe_noun(meaning.noun, meaning.unit))
    signed = turn.archetype == "adjust"
    manner = replace(turn.style.manner, spells_small=False) if signed else turn.style.manner
    spoken = manner.write_quantity(abs(value) if signed else value, meaning.unit)
    if meaning.unit is None and is_plural(meaning.noun):
        spoken = f"{spoken} {meaning.noun if abs(value) != 1 else to_singular(meaning.noun)}"
    if signed:
        return spoken
    return spoken if meaning.unit or is_plural(meaning.noun) else f"{with_article(meaning.noun)} of {spoken}"


def word_imperative(turn: PlannedTurn, spoken: Mapping[str, str]) -> tuple[str, Details]:
    """The main phrase with all that stands inside the sentence, and the details around it."""
    seats = _seat_arguments(turn)
    template = _choose_template(turn, seats)
    places = _word_places(turn, spoken, seats)
    used = {PLACE_OF.get(name, name) for name in list_places(template)}
    tails: Mapping[str, list[str]] = load_phrases("archetypes")[turn.archetype].get("tails", {})
    trailing = [place for place in seats if place in tails and place not in used]
    phrase = fill(template, places, turn.rng)
    for place in trailing:
        noun = turn.tool.arguments[seats[place]].noun
        phrase += choose(turn.rng, tails[place], **places | {"noun": noun})
    said = {seats[place] for place in seats if place in used or place in trailing}
    left = [m for m in turn.given() if m.name not in {*said, *SORTING} and m.kind not in ("filter", "paging")]
    details = word_details(turn, left, spoken)
    return phrase + details.inside + word_paging(turn), details


def _choose_template(turn: PlannedTurn, seats: Mapping[str, str]) -> str:
    fillable = {*seats, *ALWAYS_FILLED}
    own = [phrase for phrase in turn.tool.operation.phrases if list_places(phrase) <= fillable]
    if own and turn.rng.random() < OWN_PHRASES:
        return turn.rng.choice(own).replace("{a_thing}", "{a_thing}{for_it}")
    phrases = load_phrases("archetypes")[turn.archetype]
    return str(
        turn.rng.choice([*phrases["asks"], *(phrases.get("persons", []) if _is_handed_on(turn) else [])])
    )


def _is_handed_on(turn: PlannedTurn) -> bool:
    """Whether the counterpart of what is acted on is a person."""
    others = (turn.domain[m.collection] for m in turn.given() if m.role == "other")
    return any(is_person(kind) for kind in others)


def _seat_arguments(turn: PlannedTurn) -> dict[str, str]:
    """The places of a phrase that arguments fill: place -> argument, the first that fits."""
    seats: dict[str, str] = {}
    for meaning in turn.given():
        seats.setdefault(_find_place(turn, meaning), meaning.name)
    seats.pop("", None)
    return seats


def _find_place(turn: PlannedTurn, meaning: ArgumentMeaning) -> str:
    if meaning.kind == "entity":
        return "other" if meaning.role == "other" else "it"
    if meaning.kind == "filter":
        return "named" if turn.archetype == "find" else ""
    return "" if meaning.name in SORTING else meaning.kind


def _word_places(turn: PlannedTurn, spoken: Mapping[str, str], seats: Mapping[str, str]) -> dict[str, str]:
    """All places of a phrase, filled by the arguments, the operation, and its collection."""
    operation, kind = turn.tool.operation, turn.domain[turn.tool.collection]
    named = (getattr(operation, option, None) for option in FIELD_OPTIONS)
    field = next((field for field in named if field in kind.generators), None)
    selection = Selection("") if turn.archetype == "find" else word_selection(turn, spoken)
    places = {place: spoken[name] for place, name in seats.items()}
    places |= {
        "field": kind.called(field) if field else "",
        "by_field": f"{',' if selection.conditions else ''} by {kind.called(field)}" if field else "",
        "add": "deduct" if _takes_away(turn) else "add",
        "to": "from" if _takes_away(turn) else "to",
        "gives": str(getattr(operation, "gives", "")).replace("_", " "),
        "thing": kind.noun,
        "a_thing": with_article(kind.noun),
        "things": selection.things,
        "conditions": selection.conditions,
        "named": _name(kind, places.get("named", "")),
        "for_it": f" for {places['it']}" if "it" in places else "",
    }
    return places | _place_verb(getattr(operation, "verb", ""), places)


def _takes_away(turn: PlannedTurn) -> bool:
    """Whether the change of a quantity makes it less."""
    amounts = [turn.call.arguments[m.name] for m in turn.given() if m.kind == "amount"]
    return any(amount < 0 for amount in amounts)


def _name(kind: EntityType, name: str) -> str:
    """`picker Ana Ribeiro`, but `Crew Gorse`."""
    return name if kind.noun.lower() in name.lower() else f"{kind.noun} {name}"


def _place_verb(verb: str, places: Mapping[str, str]) -> dict[str, str]:
    """The verb around its object: `send truck V-20 to the workshop`, `send them all to the workshop`."""
    split, whole = verb.partition(" ")[::2], (verb, "")
    last = verb.split(" ")[-1]
    before, after = whole if last in (*PARTICLES, *PREPOSITIONS) else split
    before_them, after_them = whole if last in PREPOSITIONS else split
    return {
        "verb_it": f"{before} {places.get('it', '')} {after}".rstrip(),
        "verb_all": f"{before} all {places['things']}{places['conditions']} {after}".rstrip(),
        "verb_them": f"{before_them} them all {after_them}".rstrip(),
    }
