"""Speakers who do not repeat themselves."""

import random

from conversations.generation.phrasing import Voice


def test_a_voice_does_not_repeat_itself() -> None:
    """A phrase comes again only when all were said; one whose places are unknown never comes."""
    voice = Voice(random.Random(1))
    said = [voice.say(["one", "two", "three", "{four}"]) for _ in range(3)]
    assert sorted(said) == ["one", "three", "two"]
    assert voice.say(["one"]) == "one"
    assert voice.say(["{four}"]) == ""
