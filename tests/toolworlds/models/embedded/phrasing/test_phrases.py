"""The phrase files: every archetype can be asked for, every place in a phrase can be filled."""

from string import Formatter
from typing import get_args

import pytest

from toolworlds.models.embedded.archetypes.any import AnyOperation
from toolworlds.models.embedded.archetypes.creating import Create
from toolworlds.models.embedded.archetypes.scheduling import Schedule
from toolworlds.models.embedded.catalogue import Subfield
from toolworlds.models.embedded.phrasing.phrases import load_phrases
from toolworlds.models.embedded.relations import Ref

ARCHETYPES = [
    get_args(kind.model_fields["archetype"].annotation)[0] for kind in get_args(get_args(AnyOperation)[0])
]
PLACES = {
    "it", "other", "amount", "when", "choice", "named", "for_it", "thing", "things", "a_thing", "conditions",
    "by_field", "add", "to",
    "field", "gives", "verb_it", "verb_all", "verb_them",
}  # fmt: skip
SEATED = {
    "assign": {"it", "other"},
    "reassign": {"it", "other"},
    "swap": {"it", "other"},
    "transfer": {"it", "other", "amount"},
    "reschedule": {"it", "when"},
    "escalate": {"it", "choice"},
}
"""Archetypes whose own phrases hold all that the call is about."""
FILTERED = ("search", "history", "rank", "aggregate", "breakdown", "bulk")


def list_places(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


@pytest.mark.parametrize("archetype", ARCHETYPES)
def test_every_archetype_can_be_asked_for_in_several_ways(archetype: str) -> None:
    """At least two imperatives, with known places; lists can always be narrowed down."""
    asks = load_phrases("archetypes")[archetype]["asks"]
    assert len(set(asks)) >= 2
    for phrase in asks:
        assert list_places(phrase) <= PLACES
        if archetype in FILTERED:
            assert {"conditions", "verb_all"} & list_places(phrase)


def test_something_new_is_asked_for_by_what_it_is_or_by_what_it_takes(subfield: Subfield) -> None:
    """Phrases that make something name it, or the first entity that it belongs to, if there is one."""
    for operation in subfield.operations:
        if isinstance(operation, Create | Schedule):
            fields = subfield.entities[operation.on].fields
            refers = any(isinstance(fields[taken], Ref) for taken in operation.takes)
            for phrase in operation.phrases:
                assert list_places(phrase) in ({"a_thing"}, {"it"} if refers else {"a_thing"}), phrase


@pytest.mark.parametrize("archetype", SEATED)
def test_own_phrases_seat_what_the_call_takes(archetype: str, subfield: Subfield) -> None:
    """Who gets it, how much and when stand in the phrase itself, not behind it."""
    for operation in subfield.operations:
        if operation.archetype == archetype:
            for phrase in operation.phrases:
                assert SEATED[archetype] <= list_places(phrase), phrase


def test_no_archetype_is_left_over() -> None:
    """The file speaks of archetypes that there are."""
    assert set(load_phrases("archetypes")) == set(ARCHETYPES)


def test_own_phrases_of_operations_have_known_places(subfield: Subfield) -> None:
    """`{it}` where an entity is acted on, `{a_thing}` where one is made; no closing dot."""
    for operation in subfield.operations:
        for phrase in operation.phrases:
            assert list_places(phrase) <= {
                "it",
                "other",
                "amount",
                "when",
                "choice",
                "a_thing",
                "things",
                "conditions",
            }
            assert not phrase.endswith(".")


@pytest.mark.parametrize("name", list(load_phrases("registers")))
def test_every_register_can_say_everything(name: str) -> None:
    """Long imperatives, ones with `me`, facts that only nouns fit: each finds a phrase in every register."""
    register = load_phrases("registers")[name]
    assert [mood for mood in register["moods"] if "{do}" in mood]
    assert [mood for mood in register["asides"] if "{do}" in mood]
    for phrase in (*register["joined"], *register["tells"]):
        assert list_places(phrase) <= {"do", "facts", "nouns"}
        assert len({"facts", "nouns"} & list_places(phrase)) == 1
    assert len(register["links"]) >= 2
    assert len(register["last"]) >= 2
