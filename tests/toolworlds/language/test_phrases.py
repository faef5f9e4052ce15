"""The one language of templates, and that every file of phrases is written in it."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolworlds.language.phrases import (
    choose,
    escape,
    expand,
    fill,
    list_filled,
    list_places,
    read_phrases,
)
from toolworlds.records.base import Json

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(
    file
    for folder in ("conversations", "episodes", "toolworlds/models/embedded")
    for file in (ROOT / folder).rglob("*.yml")
    if file.parent.name == "phrases" or file.name == "pools.yml"
)


def list_texts(held: Json) -> Iterator[str]:
    if isinstance(held, dict):
        for member in held.values():
            yield from list_texts(member)
    elif isinstance(held, list):
        for member in held:
            yield from list_texts(member)
    elif isinstance(held, str):
        yield held


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_of_phrases_is_written_in_this_language(file: Path) -> None:
    """Its templates can be read, and when they are expanded only places and plain text are left."""
    texts = list(list_texts(read_phrases(file)))
    assert texts
    for text in texts:
        expanded = expand(text, random.Random(1))
        assert list_places(expanded, needed=True) == list_places(expanded) <= list_places(text)


def test_files_of_all_rooms_are_found() -> None:
    """Conversations, the embedded model and episodes have phrases."""
    assert {file.relative_to(ROOT).parts[0] for file in FILES} == {"conversations", "episodes", "toolworlds"}


def test_an_optional_part_stands_only_if_its_places_are_known() -> None:
    """What cannot be filled falls away with its words."""
    template = "find hotels< in {city}>< for {guests} people>"
    assert fill(template, {"city": "Oslo"}) == "find hotels in Oslo"
    assert list_places(template) == {"city", "guests"}
    assert list_places(template, needed=True) == frozenset()
    assert list_filled("{a}< {b}>< {c} {d}>", frozenset("abc")) == {"a", "b"}


def test_one_of_the_choices_is_taken() -> None:
    """Each turns up, those within others as well."""
    rng = random.Random(1)
    assert {fill("[a|b [c|d]|] e", {}, rng) for _ in range(99)} == {"a e", "b c e", "b d e", " e"}


def test_optional_parts_and_choices_stand_within_each_other() -> None:
    """A choice in a part that falls away costs no dice."""
    rng, untouched = random.Random(1), random.Random(1)
    assert fill("go< [by|on] {x}>", {}, rng) == "go"
    assert rng.random() == untouched.random()
    assert fill("go[< to {x}>| home]", {"x": "Oslo"}, random.Random(2)) in ("go to Oslo", "go home")


def test_a_choice_needs_dice() -> None:
    """A template without choices needs none."""
    with pytest.raises(ValueError, match="dice"):
        fill("[a|b]", {})


@pytest.mark.parametrize("template", ["a < b", "a > b", "[a|<b]"])
def test_an_optional_part_has_two_ends(template: str) -> None:
    """A mark that stands for itself has a backslash before it."""
    with pytest.raises(ValueError, match="without its"):
        fill(template, {})


@pytest.mark.parametrize(
    "text", ["see [1] (or 2|3) :)", "[file.md]", "a | b", "{}", "{ a }", "50 % (of it)", "[a", "a]", "C:\\x"]
)
def test_marks_that_mean_nothing_are_plain(text: str) -> None:
    """Brackets without a bar, bars and parentheses are themselves."""
    assert fill(text, {}) == text


@given(st.text(max_size=30))
def test_any_text_can_be_written_in_a_template(text: str) -> None:
    """Escaped it is plain, and a template that was expanded stays one."""
    assert fill(escape(text), {}) == text
    assert fill(expand(escape(text), random.Random(1)), {}) == text


@given(st.text(max_size=30).filter(lambda value: value[-1:] not in (".", "!", "?")))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    """Marks in a value stay what they are."""
    assert fill("say {text}< and {other}>.", {"text": value}) == f"say {value}."


def test_places_may_ask_for_capitals() -> None:
    """At the start of the value, or of each of its words."""
    places = {"name": "old mill", "row.part": "x"}
    assert fill("{name}, {Name}, {NAME}, {row.part}", places) == "old mill, Old mill, Old Mill, x"
    assert list_places("{Name} {NAME}") == {"name"}


def test_what_is_counted_agrees_with_its_number() -> None:
    """A single thing is no plural."""
    template = "There are {count} free appointments."
    assert fill(template, {"count": "1"}) == "There is 1 free appointment."
    assert fill(template, {"count": "3"}) == "There are 3 free appointments."
    assert fill("a room with {beds} beds", {"beds": 1}) == "a room with 1 bed"
    assert fill("{n} companies", {"n": "1"}) == "1 company"


def test_a_stop_is_not_said_twice() -> None:
    """Behind a value with a mark of its own."""
    assert fill("At {place}.", {"place": "Foo Inc."}) == "At Foo Inc."
    assert fill("Ask {question}.", {"question": "why?"}) == "Ask why?"


def test_one_of_some_templates_is_chosen_and_filled() -> None:
    """By the dice that are passed in."""
    said = {choose(random.Random(seed), ["a {x}", "[b|c] {x}"], x="y") for seed in range(30)}
    assert said == {"a y", "b y", "c y"}
