"""Conversations over a catalogue that has no phrases of its own read as plain English all the same.

`foreign_tools.json` is invented, and as messy as public catalogues are: both layouts, names in every case,
types and descriptions missing, marketing and markup, flags, paging, plurals, nested and empty replies.
"""

import random
import re
from datetime import datetime
from functools import cache
from pathlib import Path

import orjson
import pytest

from conversations.execution.fields import describe_parameter
from conversations.generation.actions import attach, name_wanted, word_action
from conversations.generation.checks import find_problems
from conversations.generation.generation import ConversationSettings, hold_all, plan_conversations
from conversations.generation.scenario import Slot
from conversations.generation.spelling import Spelling
from conversations.generation.wishes import Wishes
from conversations.interfaces import describe_registry, find_misfits, list_choices
from conversations.steps import read_steps, trace_arguments
from toolworlds.catalogue.artifacts import Catalogue, build_catalogue, write_artifacts
from toolworlds.language.manner import Manner
from toolworlds.language.words import split_name
from toolworlds.records.catalogues import Endpoint, Mode
from toolworlds.records.conversations import Conversation

TOOLS = Path(__file__).with_name("foreign_tools.json")
MODES: tuple[Mode, ...] = ("sequential", "short", "clarification_first", "parallel")
COUNT = 40
SPELLING = Spelling(2026, Manner(time_first=False))


@cache
def build_foreign_catalogue() -> Catalogue:
    return build_catalogue(TOOLS).catalogue


@cache
def find_endpoint(name: str) -> Endpoint:
    return next(e for e in build_foreign_catalogue().registry.endpoints if e.name == name)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Conversation]:
    folder = tmp_path_factory.mktemp("foreign")
    write_artifacts(build_catalogue(TOOLS), folder)
    lines = []
    for mode in MODES:
        settings = ConversationSettings(folder, 7, mode, remembers=False)
        plans = plan_conversations(settings, build_foreign_catalogue(), None, 1, COUNT)
        held = list(hold_all(settings, build_foreign_catalogue(), plans, jobs=1))
        assert not [one.problem for one in held if one.problem]
        lines += [one.line for one in held]
    return [Conversation.model_validate(orjson.loads(line)) for line in lines]


def list_said(made: list[Conversation]) -> list[str]:
    return [m.content for c in made for m in c.messages if m.role in ("user", "assistant") and m.content]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("SearchMovie", "find a movie"),
        ("GetMovieDetails", "show me the movie details"),
        ("getReviews", "show me the reviews for the movie"),
        ("playersByTeam", "get all players of a team"),
        ("player-stats", "look up the stats for the player"),
        ("fixturesForDate", "get the list of fixtures"),
        ("get_quote", "show me the real-time quote"),
        ("Get coin", "show me the details of a coin"),
        ("price-history", "look up the price history of the coin"),
        ("recipeInformation", "show me the full information about a recipe"),
        ("findByIngredients", "find matches"),
        ("current.json", "show me the current weather information"),
        ("Synonyms", "find synonyms"),
        ("spell-check", "check the spelling"),
        ("bulk-status", "check the status of the bulk job"),
        ("requestRide", "request a ride"),
        ("delete_tracking", "delete a tracking"),
        ("removeAddress", "remove an address"),
        ("list-classes", "list yoga classes"),
        ("my_passes", "look up my passes"),
        ("check_my_ip", "check my IP address"),
    ],
)
def test_what_is_wanted_is_said_in_plain_words(name: str, action: str) -> None:
    """Whatever its name and description look like."""
    assert word_action(find_endpoint(name), set(), random.Random(1)) in (
        action,
        action.replace("show me", "get"),
    )


def say(name: str, parameter: str) -> str:
    """An endpoint's action with one value."""
    endpoint = find_endpoint(name)
    wanted = next(p for p in endpoint.parameters if p.name == parameter)
    described = describe_parameter(wanted)
    slot = Slot(endpoint, wanted, described)
    value = Wishes(random.Random(3), datetime(2026, 3, 1, 9)).wish(wanted, endpoint)
    spelled = SPELLING.spell(value, described)
    action = word_action(endpoint, {slot.kind}, random.Random(1))
    return f"{action} {attach(slot, spelled, random.Random(1))}".replace(spelled, "…")


@pytest.mark.parametrize(
    ("name", "parameter", "clause"),
    [
        ("lookup", "ip", "look up the IP address …"),
        ("Validate", "email", "check the email address …"),
        ("dictionary", "word", "look up the definitions of the word …"),
        ("getHoroscope", "sign", "show me the horoscope for the sign …"),
        ("playersByTeam", "season", "get all players of a team for the … season"),
        ("List coins", "orderBy", "show me a list of coins with market data sorted by …"),
        ("SearchMovie", "title", "find a movie called …"),
        ("requestRide", "pickupAddress", "request a ride from …"),
        ("dividends", "from", "look up the dividends from …"),
        ("list-classes", "dayOfWeek", "list yoga classes on …"),
    ],
)
def test_values_are_tacked_on_in_plain_words(name: str, parameter: str, clause: str) -> None:
    """No value stands behind its parameter's name and a colon."""
    assert say(name, parameter).replace("get the horoscope", "show me the horoscope") == clause


def ask_back(name: str, parameter: str) -> str:
    endpoint = find_endpoint(name)
    wanted = next(p for p in endpoint.parameters if p.name == parameter)
    described = describe_parameter(wanted)
    return name_wanted(Slot(endpoint, wanted, described), random.Random(1))


def test_questions_name_what_is_missing() -> None:
    """Choices are offered, flags are asked about, initials have capitals."""
    assert ask_back("requestRide", "vehicleClass") == "the vehicle class (economy, comfort or van)"
    assert ask_back("class-info", "include_details") in (
        "whether you want details",
        "if it should be with details",
    )
    assert ask_back("lookup", "ip") == "the IP address"
    assert ask_back("GetAncestry", "generations") in ("the number of generations", "how many generations")


def test_conversations_are_sound(made: list[Conversation]) -> None:
    """Every value has a source, every call fits, nothing internal is said."""
    schemas = describe_registry(build_foreign_catalogue().registry)
    for conversation in made:
        assert not find_problems(conversation)
        calls = conversation.tool_calls
        assert not [fault for call in calls for fault in find_misfits(call.name, call.parameters, schemas)]
        for argument in trace_arguments(conversation.messages, list_choices(schemas)):
            mocked = f"{argument.step.index}.{argument.parameter}" in (
                conversation.metadata.mock_arguments or []
            )
            assert mocked or argument.source.kind != "nobody", (conversation.conversation_id, argument)


def test_no_name_of_the_catalogue_is_said(made: list[Conversation]) -> None:
    """Neither a parameter's name nor a field's, unless it is a plain word."""
    registry = build_foreign_catalogue().registry
    names = {p.name for e in registry.endpoints for p in e.parameters}
    names |= {f.name for e in registry.endpoints for f in e.returns_fields} | {
        e.name for e in registry.endpoints
    }
    coded = {name for name in names if len(split_name(name)) > 1 and " " not in name}
    assert len(coded) > 80
    pattern = re.compile(rf"(?<![\w@.])(?:{'|'.join(map(re.escape, sorted(coded)))})(?![\w@])")
    assert not [(text, found) for text in list_said(made) if (found := pattern.findall(text))]


@pytest.mark.parametrize(
    "wrong",
    [
        r"\w+sss\b",
        r"&\w+;|<\w+>",
        r": (?:true|false|yes|no)\b",
        r"\b(?:not|no) (?:is|has) ",
        r"\b(?:the the|of of|a the|the a|an? an?|for for|in in)\b",
        r"(?:season|founded|born in|birth year) \d,\d{3}",
        r"\(\w+(?: \w+)?: ",
        r"\b1 \w+s came\b|\bis the \w+[^s]s:",
        r"the response|the data\b",
        r"\.\.(?!\.)",
        r"[€$]\d[\d,.]* (?:processed|in total)",
        r"\bid\b|\buuid\b",
    ],
)
def test_nothing_reads_like_code(made: list[Conversation], wrong: str) -> None:
    """No doubled endings or articles, no markup, no flags as values, no years with commas."""
    assert not [text for text in list_said(made) if re.search(wrong, text)]


def test_replies_are_told(made: list[Conversation]) -> None:
    """Also those whose facts lie deep, or are lists of plain words: no answer says `done` and no more."""
    reading = []
    for conversation in made:
        last = read_steps(conversation.messages)[-1]
        answer = next(m.content for m in conversation.messages[last.asked_in + 1 :] if m.role == "assistant")
        if find_by_id(last.call.name).intent in ("retrieve", "search"):
            reading.append(answer)
    assert len(reading) > 60
    assert not [text for text in reading if len(text) < 20]


def find_by_id(name: str) -> Endpoint:
    return next(e for e in build_foreign_catalogue().registry.endpoints if e.endpoint_id == name)


def test_users_say_which_hit_they_mean(made: list[Conversation]) -> None:
    """A symbol out of a list of companies: the first message that needs it says of which one."""
    told = 0
    for conversation in made:
        known = set()
        for argument in trace_arguments(conversation.messages):
            source, step = argument.source, argument.step
            if not source.path.startswith("bestMatches[") or argument.value in known:
                continue
            known.add(argument.value)
            asked = [m.content for m in conversation.messages[: step.asked_in] if m.role == "user"][-1]
            told += 1
            assert re.search(r"(?<!symbol) for (the \w+|[A-Z]\w+ [A-Z])", asked), asked
    assert told
