"""Phrases with places."""

import random

from hypothesis import given
from hypothesis import strategies as st

from conversations.generation.phrasing import Voice, fill, list_places


def test_a_part_in_brackets_stands_only_if_its_places_are_known() -> None:
    """What cannot be filled falls away with its words."""
    template = "find hotels[ in {city}][ for {guests} people]"
    assert fill(template, {"city": "Oslo"}, random.Random(1)) == "find hotels in Oslo"
    assert list_places(template) == {"city", "guests"}
    assert list_places(template, needed=True) == frozenset()


def test_one_of_the_choices_is_taken() -> None:
    """Each turns up."""
    rng = random.Random(1)
    assert {fill("(a|b) c", {}, rng) for _ in range(40)} == {"a c", "b c"}


def test_what_is_counted_agrees_with_its_number() -> None:
    """A single thing is no plural."""
    rng = random.Random(1)
    template = "There are {count} free appointments."
    assert fill(template, {"count": "1"}, rng) == "There is 1 free appointment."
    assert fill(template, {"count": "3"}, rng) == "There are 3 free appointments."
    assert fill("a room with {beds} beds", {"beds": "1"}, rng) == "a room with 1 bed"


@given(st.text(max_size=30))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    """Brackets, bars and braces in a value stay what they are."""
    assert fill("say {text}[ and {other}]", {"text": value}, random.Random(1)) == f"say {value}"


def test_a_voice_does_not_repeat_itself() -> None:
    """A phrase comes again only when all were said; one whose places are unknown never comes."""
    voice = Voice(random.Random(1))
    said = [voice.say(["one", "two", "three", "{four}"]) for _ in range(3)]
    assert sorted(said) == ["one", "three", "two"]
    assert voice.say(["one"]) == "one"
    assert voice.say(["{four}"]) == ""
