"""Both ends of a span as a user asks for them: the start before the end, each named as what it is."""

import random
import re
from datetime import datetime
from pathlib import Path

import orjson
import pytest

from conversations.audit.checks import check_record
from conversations.audit.truth import CompiledRegistry
from conversations.execution.fields import describe_parameter
from conversations.generation.actions import attach, name_wanted
from conversations.generation.generation import ConversationSettings, hold_all, plan_conversations
from conversations.generation.scenario import Slot
from conversations.generation.wishes import Wishes
from tests.toolworlds.catalogue.test_spans import DAYS, NUMBERS, build, list_pairs
from toolworlds.catalogue.artifacts import build_catalogue, write_artifacts
from toolworlds.records.catalogues import Endpoint
from toolworlds.records.conversations import Conversation

FIRST = re.compile(r"^(from|starting|at least|rated .* or better|with a rating of at least)\b|\bup$")
LAST = re.compile(r"^(until|to|up to|rated .* at most)\b|\bat most$")


def slots_of(endpoint: Endpoint) -> dict[str, Slot]:
    return {p.name: Slot(endpoint, p, describe_parameter(p)) for p in endpoint.parameters}


@pytest.mark.parametrize("pair", [*list_pairs(DAYS)], ids=" ".join)
def test_the_start_is_before_the_end(pair: tuple[str, str]) -> None:
    """Of whatever is asked first, and also once one of them was changed."""
    endpoint = build(*pair)
    first, last = endpoint.parameters
    for seed in range(20):
        wishes = Wishes(random.Random(seed), datetime(2026, 3, 1, 9))
        order = (last, first) if seed % 2 else (first, last)
        values = {p.name: wishes.wish(p, endpoint) for p in order}
        assert values[pair[0]] < values[pair[1]]
        for changed in order:
            values[changed.name] = wishes.change(changed, endpoint)
            assert values[pair[0]] < values[pair[1]]


@pytest.mark.parametrize("pair", list_pairs(NUMBERS), ids=" ".join)
def test_the_lowest_is_below_the_highest(pair: tuple[str, str]) -> None:
    """Prices, years and ratings."""
    endpoint = build(*pair, type_="NUMBER")
    for seed in range(20):
        wishes = Wishes(random.Random(seed), datetime(2026, 3, 1, 9))
        low, high = (wishes.wish(p, endpoint) for p in endpoint.parameters)
        assert low < high


@pytest.mark.parametrize("pair", list_pairs(DAYS), ids=" ".join)
def test_words_name_the_right_end(pair: tuple[str, str]) -> None:
    """`from 4 March until 9 March`, and asked for as the first and the last one."""
    slots = slots_of(build(*reversed(pair)))
    for seed in range(10):
        rng = random.Random(seed)
        start, end = (attach(slots[name], "…", rng) for name in pair)
        assert FIRST.search(start) and LAST.search(end), (start, end)
        wanted = [name_wanted(slots[name], rng) for name in pair]
        assert wanted[0] in ("the first day", "when it starts")
        assert wanted[1] in ("the last day", "when it ends")


def test_conversations_keep_the_order(tmp_path: Path) -> None:
    """Over a catalogue that takes and returns all these spans: no call ends before it starts."""
    reply = {
        "offers": [{"offer_id": "o1", "name": "Blue", "start_date": "2026-04-01", "end_date": "2026-04-02"}]
    }
    tools = [
        {
            "tool_name": f"tool {number}",
            "category": "Planning",
            "api_list": [
                {
                    "name": f"{verb} offers",
                    "description": f"{verb} offers",
                    "required_parameters": [{"name": name, "type": "STRING"} for name in (*more, *pair)],
                    "template_response": reply,
                }
                for verb, more in (("search", ()), ("book", ("offer_id",)))
            ],
        }
        for number, pair in enumerate(list_pairs(DAYS))
    ]
    (tmp_path / "tools.json").write_bytes(orjson.dumps(tools))
    build = build_catalogue(tmp_path / "tools.json")
    write_artifacts(build, tmp_path)
    settings = ConversationSettings(tmp_path, 5, "mixed", remembers=False)
    plans = plan_conversations(settings, build.catalogue, None, 1, 150)
    checks, called = CompiledRegistry(build.catalogue.registry), 0
    for held in hold_all(settings, build.catalogue, plans, jobs=1):
        assert not held.problem
        conversation = Conversation.model_validate(orjson.loads(held.line))
        assert not check_record(orjson.loads(held.line), checks)
        for call in conversation.tool_calls:
            endpoint = checks.endpoints[call.name]
            spans = [span for span in endpoint.spans if set(span.names) <= call.parameters.keys()]
            called += len(spans)
            ends = [(call.parameters[span.start], call.parameters[span.end]) for span in spans]
            assert all(start < end for start, end in ends), call
    assert called > 150


def test_shared_days_keep_their_order() -> None:
    """What was said of one call holds for the next: a trip's days are the stay's."""
    trip, stay = (
        build("departure_date", name="search_flights"),
        build("checkin", "checkout", name="book_hotel"),
    )
    for seed in range(30):
        wishes = Wishes(random.Random(seed), datetime(2026, 3, 1, 9))
        day = wishes.change(trip.parameters[0], trip)
        start, end = (wishes.wish(p, stay) for p in stay.parameters)
        assert day == start < end
