"""Names taken apart, lists joined, first letters raised and lowered."""

import pytest

from toolworlds.language.words import (
    base_form,
    drop_accents,
    join_words,
    lower_first,
    raise_first,
    split_name,
    write_email,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("check_in_date", "check in date"),
        ("checkInDate", "check in date"),
        ("XMLHttpRequest", "xml http request"),
        ("hotelid", "hotel id"),
        ("paid", "paid"),
        ("kebab-case name", "kebab case name"),
        ("Málaga_2", "malaga 2"),
        ("", ""),
    ],
)
def test_names_fall_into_words(name: str, words: str) -> None:
    """Whatever separates them; an id at the end of a word is a word of its own."""
    assert " ".join(split_name(name)) == words


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_end_with_and(words: list[str], text: str) -> None:
    """Commas between, `and` before the last."""
    assert join_words(words) == text


@pytest.mark.parametrize(
    ("sentence", "continued"),
    [
        ("Find it.", "find it."),
        ("I need it.", "I need it."),
        ("I'd like it.", "I'd like it."),
        ("EUR 5 is due.", "EUR 5 is due."),
    ],
)
def test_sentences_that_go_on_another(sentence: str, continued: str) -> None:
    """`I` and abbreviations keep their capitals."""
    assert lower_first(sentence) == continued


def test_first_words_that_are_names_keep_their_capital() -> None:
    """The names are those of the language that is spoken."""
    assert lower_first("German, please.", ["German"]) == "German, please."
    assert lower_first("Germans, please.", ["German"]) == "germans, please."


def test_only_the_first_letter_is_raised() -> None:
    """The rest stays as it is, and nothing stays nothing."""
    assert (raise_first("iPad of Ana"), raise_first("")) == ("IPad of Ana", "")


def test_accents_fall_away_and_letters_stay() -> None:
    """Letters without accents, of any script, are themselves."""
    assert drop_accents("Málaga, Łódź, 東京") == "Malaga, Łodz, 東京"


def test_addresses_are_plain_and_reserved_for_examples() -> None:
    """Whatever letters the name has."""
    assert write_email("Søren O'Neill-Łuk") == "soren.o.neill.uk@example.com"
    assert write_email("Ana Ribeiro", "org") == "ana.ribeiro@example.org"


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("finds", "find"),
        ("searches", "search"),
        ("tries", "try"),
        ("uses", "use"),
        ("does", "do"),
        ("accesses", "access"),
        ("access", "access"),
        ("find", "find"),
    ],
)
def test_verbs_lose_their_ending(said: str, verb: str) -> None:
    """The form that somebody else's verb stands in tells its base form."""
    assert base_form(said) == verb


def test_a_known_verb_comes_first() -> None:
    """`caches` is no `cach` where `cache` is known."""
    assert base_form("caches", {"cache"}) == "cache"
