"""From descriptions of endpoints, however they are written, to a verb and what it is done to."""

import pytest

from conversations.generation.descriptions import add_articles, read_action


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("search_hotels", "Searches for hotels in a city.", ("search", "hotels in a city")),
        (
            "movie",
            "This endpoint returns the details of a specific movie by its id",
            ("return", "the details of a movie"),
        ),
        ("book", "Allows you to book a table (requires an account).", ("book", "a table")),
        (
            "getReviews",
            "Get the reviews for the given movieId &nbsp;(max 20).",
            ("get", "the reviews for the movie"),
        ),
        ("x", "This API detects the <b>language</b> of a text", ("detect", "the language of a text")),
        ("coin", "Retrieve the details of one coin", ("retrieve", "the details of a coin")),
        ("status", "Check status of bulk job", ("check", "the status of the bulk job")),
        ("players", "Returns all players of one team", ("return", "all players of a team")),
        ("convert", "Converts currency & returns the rate", ("convert", "the currency")),
        ("search", "Search through thousands of recipes using filters!", ("search", "recipes")),
        ("lyrics", "Get Lyrics of the song", ("get", "the lyrics of the song")),
        (
            "info",
            "Use a recipe id to get full information about a recipe",
            ("get", "the full information about a recipe"),
        ),
        (
            "now.json",
            "Current weather API method allows a user to get current weather",
            ("get", "the current weather"),
        ),
        (
            "similar",
            "Find recipes which are similar to the given one.",
            ("find", "recipes similar to a recipe"),
        ),
        ("tracking", "Create or update a tracking", ("create", "a tracking")),
        ("ride", "Request a ride", ("request", "a ride")),
        ("models", "Get models for make id", ("get", "the models for the make")),
        ("facts", "A random cat fact :)", ("look up", "a random cat fact")),
    ],
)
def test_descriptions_become_deeds(name: str, description: str, expected: tuple[str, str]) -> None:
    """Lead-ins, tags, code, marketing and technical asides fall away; articles stand where needed."""
    assert read_action(name, description, "retrieve") == expected


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("dividends", "Dividends", "the dividends"),
        ("player-stats", "Stats for player", "the stats for the player"),
        ("standings", "League table", "the league table"),
        ("Synonyms", "List of synonyms", "the list of synonyms"),
        ("orderStatus", "Order status", "the order status"),
        ("artist_albums", "Artist Albums", "the artist albums"),
        ("randomQuote", "Random quote.", "a random quote"),
        (
            "foodPairing",
            "Ever wondered what wine goes with what you have in your kitchen?",
            "the food pairing",
        ),
        ("quick-view", "We are the #1 source and you will love it", "the quick view"),
    ],
)
def test_what_names_no_deed_names_a_thing(name: str, description: str, expected: str) -> None:
    """A few words without a verb are what is wanted; where there are too many, the name says it."""
    assert read_action(name, description, "retrieve") == ("look up", expected)


def test_the_verb_of_a_name_counts() -> None:
    """Where a description has none: `SpellCheck` checks the spelling."""
    assert read_action("spell-check", "SpellCheck", "execute") == ("check", "the spelling")
    assert read_action("deleteNote", "", "delete") == ("delete", "the note")


def test_articles() -> None:
    """New things and sought ones have `a`, known ones `the`; plurals that are sought have none."""
    assert add_articles("create", "account") == "an account"
    assert add_articles("find", "cities") == "cities"
    assert add_articles("get", "cities") == "the cities"
    assert add_articles("find", "symbol for company") == "a symbol for the company"
    assert add_articles("get", "my orders from Lisbon") == "my orders from Lisbon"
    assert add_articles("show", "prices in euros") == "the prices in euros"
