"""Nouns in singular and plural, their articles, and which of them are one thing."""

import pytest

from toolworlds.language.nouns import is_plural, readings, same_noun, to_plural, to_singular, with_article

PAIRS = """
    hotel hotels, box boxes, movie movies, analysis analyses, address addresses, status statuses, bus
    buses, person people, child children, leaf leaves, shelf shelves, criterion criteria, quiz quizzes,
    city cities, day days, hero heroes, photo photos, index indexes, matrix matrices, base bases, class
    classes, course courses, house houses, case cases, purchase purchases, license licenses, response
    responses, expense expenses, database databases, warehouse warehouses, nurse nurses, game games,
    prize prizes, size sizes, match matches, watch watches, cache caches, branch branches, dish dishes,
    tax taxes, axis axes, recipe recipes, category categories, company companies, cookie cookies, tie
    ties, calorie calories, man men, woman women, foot feet, tooth teeth, mouse mice, life lives, wife
    wives, knife knives, half halves, potato potatoes, tomato tomatoes, video videos, radio radios, logo
    logos, virus viruses, bonus bonuses, campus campuses, gas gases, lens lenses, atlas atlases, crisis
    crises, diagnosis diagnoses, hypothesis hypotheses, phenomenon phenomena, vertex vertices, appendix
    appendices, alumnus alumni, flight flights, story stories, selfie selfies, pie pies, roof roofs,
    chef chefs, thief thieves, wolf wolves, piano pianos, echo echoes, canvas canvases, process
    processes, business businesses, boss bosses, quote quotes, alias aliases, bias biases, goose geese,
    menu menus, taxi taxis, emoji emojis, move moves, glove gloves, curve curves, wave waves, archive
    archives, drive drives, cave caves, shoe shoes, toe toes, horse horses, phase phases, release
    releases, disease diseases, cause causes, focus focuses, corpus corpora, radius radii, nucleus
    nuclei, formula formulas, schema schemas, museum museums, album albums, spectrum spectra, passerby
    passersby, attorney attorneys, survey surveys, essay essays, zombie zombies, API APIs, GPU GPUs, URL
    URLs, Menu Menus
"""
ONE_FORM = """
    series data news species aircraft sheep fish staff media headquarters physics means
"""
SECOND_READINGS = """
    index indices, basis bases, axe axes, medium mediums, datum data, formula formulae, schema schemata,
    virus viri, movy movies, leave leaves, saving savings, medium media, antenna antennae, lyric lyrics
"""
DIFFERENT = """
    plan planes, not notes, car cares, star stares, new view, rat rates, dat dates, case cash, pas pass,
    busy bus, address add, city site, base bass, hotel hostel, price prize, stat status, cost coast, tub
    tubes
"""
STAY = """
    status address class bus gas gps news this his basis axis lens canvas texas data process
"""
SAID = """
    an hour, a user, a unique code, an order, a lot, a European city, a one-way flight, a once-over, an
    umbrella, a unit, a union, an uninsured car, an unidentified item, an unissued ticket, a
    unidirectional link, an unread note, a use, an usher, a utility, an utter mess, an urgent call, a
    uranium mine, a ukulele, a eulogy, an honest man, an honour, an honor, an heir, a house, a hotel, an
    X-ray, an x-ray, an MRI, an SMS, an HTML page, an html page, a URL, a url, a UFO, a USB stick, a UK
    address, an F4, an M8 bolt, an LED, an FAQ, a NASA report, a SIM card, a HOTEL, a REST API, an RFID
    tag, an API, an IP, an 8 kg box, an 18th birthday, an 11-day stay, an 18 km trip, a 180 km trip,
    a 1 kg box, an 80, an Eiffel tower, a onesie, an onerous task, a yearly fee, an e-mail, a t-shirt, a
    u-turn, an item, an eye, an eight, a Uruguayan, an mp3, a video, an NFL team, an early bird, an
    ultimate
"""


def split(listed: str) -> list[str]:
    return [" ".join(item.split()) for item in listed.split(",")]


def pair(listed: str) -> list[list[str]]:
    return [item.split() for item in split(listed)]


@pytest.mark.parametrize(("one", "many"), pair(PAIRS))
def test_singular_and_plural_are_each_others(one: str, many: str) -> None:
    """Each is made from the other and stays as it is, at the end of a phrase or of a name as well."""
    assert (to_singular(many), to_singular(one)) == (one, one)
    assert (to_plural(one), to_plural(many)) == (many, many)
    assert to_singular(f"stock {many}") == f"stock {one}"
    assert to_plural(f"stock_{one}") == f"stock_{many}"
    assert is_plural(many) and not is_plural(one)
    assert same_noun(one, many) and same_noun(many, one)


@pytest.mark.parametrize("noun", ONE_FORM.split())
def test_some_nouns_have_one_form(noun: str) -> None:
    """A word with one form is its own singular and its own plural."""
    assert to_singular(noun) == to_plural(noun) == noun
    assert same_noun(noun, noun)


@pytest.mark.parametrize(("one", "many"), pair(SECOND_READINGS))
def test_any_reading_makes_two_nouns_one_thing(one: str, many: str) -> None:
    """A plural of two nouns is a form of both, and a second plural is one as well."""
    assert same_noun(one, many)
    assert one in readings(many)


@pytest.mark.parametrize(("one", "other"), pair(DIFFERENT))
def test_different_nouns_stay_apart(one: str, other: str) -> None:
    """What only looks like a form of another noun is none."""
    assert not same_noun(one, other)


def test_nouns_that_are_phrases_are_one_if_their_heads_before_the_last_word_agree() -> None:
    """`hotel_rooms` are a `hotel_room`; neither is a `hotel` nor a `guest_room`."""
    assert same_noun("hotel_rooms", "Hotel_Room")
    assert not same_noun("hotel_rooms", "hotel")
    assert not same_noun("hotel_rooms", "guest_room")


def test_what_follows_the_head_stays() -> None:
    """The noun before `of` and the like is the one that changes."""
    assert to_plural("lot of beans") == "lots of beans"
    assert to_singular("seats booked") == "seat booked"
    assert to_plural("wind speed") == "wind speeds"
    assert same_noun("items of clothing", "item of clothing")


@pytest.mark.parametrize("noun", STAY.split())
def test_words_that_end_like_plurals_stay(noun: str) -> None:
    """They are singulars, names or no nouns at all."""
    assert to_singular(noun) == noun
    assert not is_plural(noun)


@pytest.mark.parametrize(
    ("phrase", "plural"),
    [
        ("open pick tasks", True),
        ("hours of work", True),
        ("tours ahead", True),
        ("days asked for", True),
        ("days needed for the fix", True),
        ("goods", True),
        ("date of the last count", False),
        ("day it was raised", False),
        ("wind speed", False),
        ("seats taken", True),
        ("people booked", True),
        ("nights in the city", True),
        ("hotels nearby", True),
        ("price per night", False),
        ("status of orders", False),
        ("weight", False),
        ("", False),
    ],
)
def test_a_phrase_is_plural_if_its_head_is(phrase: str, plural: bool) -> None:
    """What follows the head does not count."""
    assert is_plural(phrase) is plural


@pytest.mark.parametrize("said", split(SAID))
def test_the_article_goes_by_sound(said: str) -> None:
    """`a` before a consonant that is heard, `an` before a vowel that is."""
    noun = said.split(" ", 1)[1]
    assert with_article(noun) == said
