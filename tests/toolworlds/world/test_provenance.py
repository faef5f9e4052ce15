import asyncio
from dataclasses import replace

import pytest

from tests.toolworlds.world.lending_library import draft_row, open_library
from toolworlds.records.base import Json
from toolworlds.records.tools import ToolReply
from toolworlds.world.descriptions import is_ranked_out, names_choice
from toolworlds.world.provenance import Provenance, trace_arguments
from toolworlds.world.replay import TwinExecutor, replay
from toolworlds.world.starlark import StarlarkWorker

Calls = list[tuple[str, dict[str, Json]]]
FIND_QUILL: Calls = [("find_books", {"author": "M. Quill"})]
LOANS_OF_INES: Calls = [("find_member", {"name": "Ines Falk"}), ("list_loans", {"member_id": "mb_01"})]


@pytest.fixture(scope="module")
def execute(worker: StarlarkWorker) -> TwinExecutor:
    """The library, open."""
    return open_library(worker)


def trace(execute: TwinExecutor, request: str, calls: Calls, without: tuple[str, ...] = ()) -> Provenance:
    """The sources of a ground truth's arguments, in a row without some of the tools."""
    row = draft_row(execute, request, calls)
    row = row.model_copy(update={"tools": [tool for tool in row.tools if tool.tool_name not in without]})
    return trace_arguments(row, asyncio.run(replay(row.initial_state, row.gt_calls, execute)))


def extend(loan: str, due: str) -> Calls:
    """One more call: a loan's new day."""
    return [("extend_loan", {"loan_id": loan, "due": due})]


def test_spellings_replies_and_the_clock(execute: TwinExecutor) -> None:
    """Values from the request in its spelling, from earlier replies, and from a word for a day."""
    found = trace(
        execute,
        "Please give Ines Falk three more days for Salt Roads: till Tuesday, 17 March.",
        [*LOANS_OF_INES, *extend("ln_01", "2026-03-17")],
    )
    assert found.problems == []
    assert found.sources == [
        {"name": "request"},
        {"member_id": "call 0 member_id"},
        {"loan_id": "call 1 loans.0.loan_id", "due": "request"},
    ]
    assert {path: (link.call, link.path) for path, link in found.links[2].items()} == {
        ("loan_id",): (1, ("loans", 0, "loan_id"))
    }


@pytest.mark.parametrize(
    ("request_text", "loan", "fine"),
    [
        ("Ines Falk wants The Glass Orchard until 1 April.", "ln_03", True),
        ("Ines Falk wants the book due 20 March until 1 April.", "ln_03", True),
        ("Ines Falk wants the book that is due latest until 1 April.", "ln_03", True),
        ("Ines Falk wants one of her books until 1 April.", "ln_03", False),
        ("Ines Falk wants Salt Roads and The Glass Orchard until 1 April.", "ln_03", True),
        ("Ines Falk wants Salt Roads until 1 April.", "ln_03", False),
    ],
)
def test_an_element_of_a_list_must_be_singled_out(
    execute: TwinExecutor, request_text: str, loan: str, fine: bool
) -> None:
    """By its values, or by a ranking when it is first or last; otherwise another one would do as well."""
    found = trace(execute, request_text, [*LOANS_OF_INES, *extend(loan, "2026-04-01")])
    assert (found.problems == []) == fine
    if not fine:
        assert "the request does not say which" in found.problems[0]


def test_all_elements_of_a_list_need_no_choice(execute: TwinExecutor) -> None:
    """Whoever treats every element alike chooses none."""
    calls = [*LOANS_OF_INES, *extend("ln_01", "2026-04-01"), *extend("ln_03", "2026-04-01")]
    assert trace(execute, "All that Ines Falk has may stay until 1 April.", calls).problems == []


@pytest.mark.parametrize(
    ("request_text", "source"),
    [
        ("Tom Ardennes pays a cent more than 1 (1.01).", "request (label)"),
        ("The member from the Mill who owes 12.25 pays 1.01.", "request (attributes)"),
        ("The member from the Mill pays 1.01.", None),
        ("Tom pays 1.01.", None),
    ],
)
def test_described_entities(execute: TwinExecutor, request_text: str, source: str | None) -> None:
    """An id may come from a description that fits one entity alone; `Tom Arden` is not in `Tom Ardennes`."""
    key = "mb_04" if source == "request (label)" else "mb_03"
    found = trace(execute, request_text, [("pay_fees", {"member_id": key, "amount": 1.01})])
    assert found.sources[0].get("member_id") == source
    assert (found.problems == []) == (source is not None)


def test_a_described_entity_must_be_found_by_a_tool(execute: TwinExecutor) -> None:
    """A name is no id: without a tool that reads the collection nobody could know it."""
    calls: Calls = [("pay_fees", {"member_id": "mb_03", "amount": 1.01})]
    request = "Ruth Okafor pays 1.01."
    assert trace(execute, request, calls).problems == []
    assert "no tool leads to" in trace(execute, request, calls, ("find_member",)).problems[0]


def test_lookups_may_take_several_steps(execute: TwinExecutor) -> None:
    """A loan is found by its member, and the member by name, or by an id that the request tells."""
    calls = extend("ln_01", "2026-04-01")
    request = "The loan of Salt Roads to Ines Falk may run until 1 April."
    assert trace(execute, request, calls, ("find_member",)).problems
    assert trace(execute, request, calls, ("list_loans",)).problems
    assert trace(execute, f"{request} She is mb_01.", calls, ("find_member",)).problems == []


def test_references_describe_too(execute: TwinExecutor) -> None:
    """A loan is known by the labels of its book and member."""
    request = "The loan of Salt Roads to Ines Falk may run until 1 April."
    found = trace(execute, request, extend("ln_01", "2026-04-01"))
    assert found.sources[0]["loan_id"] == "request (attributes)"


def test_prose_is_the_agents_own(execute: TwinExecutor) -> None:
    """What lands in free text alone needs no source; the same words elsewhere would."""
    calls: Calls = [("annotate_loan", {"loan_id": "ln_02", "note": "Asked twice, be patient."})]
    request = "Leave a friendly remark on the loan of Ruth Okafor."
    assert trace(execute, request, calls).sources == [
        {"loan_id": "request (attributes)", "note": "free text"}
    ]


def test_what_comes_from_nowhere_is_named(execute: TwinExecutor) -> None:
    """A value that only a guess could give refuses the row."""
    problems = trace(
        execute,
        "Ruth Okafor pays a part.",
        [
            ("pay_fees", {"member_id": "mb_03", "amount": 7}),
        ],
    ).problems
    assert problems == [
        "call 0 (pay_fees): amount = 7 comes from nowhere: not from the request, the clock, a default or an "
        "earlier reply"
    ]


ROOMS: list[Json] = [
    {"id": "a", "rate": 40},
    {"id": "b", "rate": 25},
    {"id": "c", "rate": 60},
    {"id": "d", "rate": 60},
]


@pytest.mark.parametrize(
    ("text", "place", "ranked"),
    [
        ("the cheapest room", 1, True),
        ("the dearest room", 2, False),
        ("the next one", 0, True),
        ("Last one, please.", 3, True),
        ("the best one", 0, True),
        ("the quietest room", 2, False),
        ("I request a room for my guest.", 0, False),
        ("the rest of the list, with interest", 0, False),
    ],
)
def test_rankings(text: str, place: int, ranked: bool) -> None:
    """Superlatives and ordinals rank who stands first or last, or is alone with an extreme value."""
    assert is_ranked_out(text, ROOMS, place) == ranked


def test_lists_of_bare_values_are_ranked_by_place() -> None:
    """Without fields only the ends of a list rank."""
    assert is_ranked_out("the first", ["a", "b", "c"], 0)
    assert not is_ranked_out("the first", ["a", "b", "c"], 1)


def test_choices_are_named_by_a_word_of_their_own() -> None:
    """A choice of an enum answers to a word that no other choice has, endings aside."""
    choices = ["weight_kg", "received_on", "due_on", "due_weight"]
    assert names_choice("by day of receipt, please", "received_on", choices)
    assert not names_choice("by weight", "weight_kg", choices)
    assert names_choice("by weight", "weight_kg", choices[:3])
    assert not names_choice("whatever is due", "due_on", choices)


def test_a_choice_in_other_words_has_a_source(execute: TwinExecutor) -> None:
    """An enum member counts as said when the request holds its telling word."""
    row = draft_row(execute, "Books on shelf 7, the engines first.", [("find_books", {"author": "A. Dray"})])
    tools = [tool.model_copy(deep=True) for tool in row.tools]
    tools[0].parameters["properties"]["author"]["enum"] = ["A. Dray", "P. Venn"]
    again = asyncio.run(replay(row.initial_state, row.gt_calls, execute))
    for request, source in (("Those by Venn.", None), ("Those by Dray.", "request")):
        worded = row.model_copy(update={"tools": tools, "summary": request})
        assert trace_arguments(worded, again).sources[0].get("author") == source


@pytest.mark.parametrize(
    ("replies", "link"),
    [
        ([{"member_id": "mb_01"}, {"member_id": "mb_01"}], (1, ("member_id",))),
        ([{"member_id": "mb_01"}, {"owner": "mb_01"}], (0, ("member_id",))),
        ([{"owner": "mb_01", "member_id": "mb_01"}, {}], (0, ("member_id",))),
        ([{"owner": "mb_01", "id": "mb_01"}, {}], (0, ("id",))),
        ([{"all": [{"member_id": "mb_01"}], "member_id": "mb_01"}, {}], (0, ("member_id",))),
        ([{"holder": {"owner": "mb_01"}}, {"member": {"member_id": "mb_01"}}], (1, ("member", "member_id"))),
    ],
)
def test_the_likeliest_place_is_the_source(
    execute: TwinExecutor, replies: list[Json], link: tuple[int, tuple[str, ...]]
) -> None:
    """Of several places that hold a value: one of like name, in no list, of the latest call."""
    ask: Calls = [("find_member", {"name": "Ines Falk"})]
    row = draft_row(execute, "What has Ines Falk got?", [*ask, *ask, ("list_loans", {"member_id": "mb_01"})])
    replayed = asyncio.run(replay(row.initial_state, row.gt_calls, execute))
    told = [ToolReply(status=200, reply=reply, source="twin") for reply in replies]
    found = trace_arguments(row, replace(replayed, replies=[*told, replayed.replies[2]]))
    assert [(one.call, one.path) for one in found.links[2].values()] == [link]


def test_empty_lists_are_replies_too(execute: TwinExecutor) -> None:
    """A search that found nothing is no source, and no obstacle."""
    calls: Calls = [("find_books", {"author": "N. Body"}), ("pay_fees", {"member_id": "mb_03", "amount": 2})]
    found = trace(execute, "Is there anything by N. Body? And Ruth Okafor pays 2.", calls)
    assert found.problems == []


@pytest.mark.parametrize(
    ("request_text", "value", "source"),
    [
        ("Only open ones, please: what has Ines Falk, mb_01, got?", True, "request"),
        ("Has Ines Falk, mb_01, got any? Yes or no.", True, "request"),
        ("What has Ines Falk, mb_01, got, not counting old ones?", False, "request"),
        ("What has Ines Falk, mb_01, got?", True, None),
        ("Open ones, please: what has Ines Falk, mb_01, got?", False, None),
    ],
)
def test_switches_are_named_or_answered(
    execute: TwinExecutor, request_text: str, value: bool, source: str | None
) -> None:
    """A true one by its name or a yes, a false one by a no."""
    row = draft_row(execute, request_text, [("list_loans", {"member_id": "mb_01"})])
    replayed = asyncio.run(replay(row.initial_state, row.gt_calls, execute))
    call = row.gt_calls[0]
    switched = call.model_copy(update={"arguments": {**call.arguments, "open": value}})
    tools = [tool.model_copy(deep=True) for tool in row.tools]
    for tool in tools:
        tool.parameters["properties"]["open"] = {"type": "boolean"}
    worded = row.model_copy(update={"gt_calls": [switched], "tools": tools})
    assert trace_arguments(worded, replayed).sources[0].get("open") == source
