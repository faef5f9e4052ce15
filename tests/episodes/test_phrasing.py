"""From templates to what a user types."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.phrasing import load_phrases, name_document, phrase_request
from toolworlds.records.episodes import Language

SEEDS = st.integers(0, 10_000)


@given(seed=SEEDS, title=st.sampled_from(["Leave Policy", "VPN Setup", "{odd} [a|b]"]))
def test_slots_stay_as_they_are(seed: int, title: str) -> None:
    """Whatever the register, the slot's words are in the request, braces and choices included."""
    text = "[What|Which part] of the {title} is about {topic}?"
    request = phrase_request(text, {"title": title, "topic": "  sick pay "}, "en", random.Random(seed))
    assert title in request and "  sick pay " in request


@pytest.mark.parametrize(
    ("title", "english", "german"),
    [
        ("Leave Policy", "the Leave Policy", "„Leave Policy“"),
        ("VPN Setup", '"VPN Setup"', "„VPN Setup“"),
        ("INC-0433 Login Outage", '"INC-0433 Login Outage"', "„INC-0433 Login Outage“"),
    ],
)
def test_titles_bear_an_article_or_quotes(title: str, english: str, german: str) -> None:
    """An article where the title names a kind of document; German titles are always quoted."""
    assert (name_document(title, "en"), name_document(title, "de")) == (english, german)
    asked = phrase_request("Open the {title}.", {"title": title}, "en", random.Random(1), dressed=0)
    assert asked == f"Open {english}."


@pytest.mark.parametrize(("term", "named"), [("wave machine", "the wave machine"), ("E22", "E22")])
def test_codes_and_names_bear_no_article(term: str, named: str) -> None:
    """`the E22` is no English."""
    asked = phrase_request("What is the {term}?", {"term": term}, "en", random.Random(3), dressed=0)
    assert asked == f"What is {named}?"


@pytest.mark.parametrize("language", ["en", "de"])
@given(seed=SEEDS)
def test_what_follows_a_greeting_begins_small(language: Language, seed: int) -> None:
    """After a comma no capital, unless the first word has one of its own."""
    text = {"en": "Show me the file.", "de": "Zeig mir die Datei."}[language]
    request = phrase_request(text, {}, language, random.Random(seed), dressed=1)
    greeting = request.split(" ")[0]
    if greeting in ("Hi,", "Hello,", "Hey,", "Hallo,", "Moin,"):
        assert request.split(" ")[1][0].islower()
    assert load_phrases("registers")[language]["capital"]
